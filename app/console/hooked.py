"""What `cd3 webhook` says of a webhook, and what an administrator enters."""

from typing import TYPE_CHECKING

import typer

from app.console.trouble import CHECK_FAILED, CommandError

if TYPE_CHECKING:
    from app.books.sites import Proof
    from app.work.hooking import Registered
    from connectors.jira_values import Webhook, WebhookWish


def tell_registered(
    site: str, registered: "Registered", proof: "Proof", *, known: bool, rotate: bool
) -> None:
    """Say what was done and what is left to do; `known` is a secret that was proved.

    CommandError where Jira says that it does not sign.
    """
    made = registered.webhook
    typer.echo(f"{made.id}  {made.url}")
    typer.echo(f"The webhook was {registered.done}: {made.name}.", err=True)
    if registered.before:
        typer.echo(f"Before, it led to {registered.before}", err=True)
    _tell_proof(site, made, proof, known=known)
    if not rotate:
        return
    if not registered.fresh:
        typer.echo(
            "Its secret is the one made last, which Jira was not known to have. For "
            "another, run this again.",
            err=True,
        )
    typer.echo(
        "The secret before is still taken. Once deliveries come, end it with: "
        f"cd3 webhook retire {site}",
        err=True,
    )


def tell_width(wide: str) -> None:
    """Say why Jira tells of all projects, where it is to."""
    if wide:
        typer.echo(f"Jira tells of all its projects' issues, for {wide}.", err=True)


def _tell_proof(site: str, made: "Webhook", proof: "Proof", *, known: bool) -> None:
    from webhooks.proof import USER  # noqa: PLC0415 - loads slowly

    if proof == "basic":
        typer.echo(
            f"Enter there, as its authentication: user {USER}, and the site's webhook "
            "secret as the password.",
            err=True,
        )
    elif proof == "signature" and made.signed is None and not known:
        typer.echo(
            "This Jira does not tell whether it signs. The first delivery of a change "
            f"in Jira proves it: make one, then run: cd3 webhook verify {site}",
            err=True,
        )
    elif proof == "signature" and made.signed is False:
        raise CommandError(
            "Jira does not say that it signs this webhook",
            hint="for a Jira that cannot sign, see docs/webhooks.md",
            code=CHECK_FAILED,
        )


def by_hand(wish: "WebhookWish", proof: "Proof") -> list[str]:
    """Say what an administrator enters under System → WebHooks."""
    from webhooks.proof import USER  # noqa: PLC0415 - loads slowly

    proved = {
        "signature": [f"  Secret:  {wish.secret}"],
        "basic": [f"  User:    {USER}", f"  Password: {wish.secret}"],
        "path_token": [],  # it stands in the URL
    }
    return [
        "In Jira: Settings → System → WebHooks → Create a WebHook",
        f"  Name:    {wish.name}",
        f"  URL:     {wish.url}",
        *proved[proof],
        f"  Events:  {', '.join(wish.events)}",
        f"  JQL:     {wish.jql or '(leave empty)'}",
        "  Exclude body: no",
    ]


def plain(each: "Webhook") -> dict[str, object]:
    """Write a webhook as JSON has it."""
    return {
        "id": each.id,
        "name": each.name,
        "url": each.url,
        "events": list(each.events),
        "jql": each.jql,
        "enabled": each.enabled,
        "signed": each.signed,
    }
