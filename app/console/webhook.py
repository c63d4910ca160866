"""`cd3 webhook`: register a site's webhook, look at it, try it, change its secret."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console.hooked import by_hand, plain, tell_registered, tell_width
from app.console.hooking import opened_hooking
from app.console.trouble import CHECK_FAILED, UNAVAILABLE, CommandError

if TYPE_CHECKING:
    from app.work.hooking import Hooking

webhook = typer.Typer(help="Register and look after the webhook of a site.")

TheSite = Annotated[str, typer.Argument(help="The site's id, as over REST.")]
TheUrl = Annotated[
    str,
    typer.Option("--url", help="Where Jira reaches us; CD3_PUBLIC_URL if left out."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@webhook.command("register")
def register(
    site: TheSite,
    *,
    url: TheUrl = "",
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Give it a new secret, without a gap.")
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Take the one of our name, though it leads elsewhere: we moved.",
        ),
    ] = False,
) -> None:
    """Make the site's one webhook in Jira, or mend it; run it as often as you like.

    It asks for the events and projects that matter and no more, and signs with a secret
    made here. Where the account may not administer Jira, it prints what to enter there.
    """
    from connectors.errors import (  # noqa: PLC0415 - loads slowly
        ForbiddenError,
        NotFoundError,
    )

    with opened_hooking(site, url, needs_url=True) as hooking:
        try:
            registered = hooking.register(site, rotate=rotate, take_over=take_over)
        except (ForbiddenError, NotFoundError) as error:
            secret = hooking.secret(site, rotate=rotate)
            wish = hooking.wish(site, secret=secret)
            for line in by_hand(wish, hooking.proof(site)):
                typer.echo(line)
            raise CommandError(
                f"this account may not administer webhooks ({error})",
                hint="let a Jira administrator enter what is printed above, then run: "
                f"cd3 webhook send-test {site}",
                code=CHECK_FAILED,
            ) from error
        proof, known = hooking.proof(site), hooking.proved(site)
        wide = hooking.wide(site)
    tell_registered(site, registered, proof, known=known, rotate=rotate)
    tell_width(wide)


@webhook.command("retire")
def retire(
    site: TheSite,
    *,
    entered: Annotated[
        bool,
        typer.Option("--by-hand", help="Somebody entered the newest in Jira."),
    ] = False,
) -> None:
    """Take the webhook secret before the newest no longer.

    Not while Jira was told that one last.
    """
    from app.work.hooking import NotToldError  # noqa: PLC0415 - loads slowly

    with opened_hooking(site) as hooking:
        try:
            done = hooking.retire(site, by_hand=entered)
        except NotToldError as error:
            raise CommandError(
                str(error), hint=error.hint, code=CHECK_FAILED
            ) from error
    typer.echo("It is retired." if done else "There is only one secret.", err=True)


@webhook.command("list")
def list_webhooks(site: TheSite, *, url: TheUrl = "", as_json: AsJson = False) -> None:
    """List all webhooks of the site's Jira, and which of them is ours."""
    with opened_hooking(site, url) as hooking:
        marked = hooking.webhooks(site)
    if as_json:
        items = [plain(each) | {"ours": mine} for mine, each in marked]
        typer.echo(json.dumps({"items": items}))
        return
    for mine, each in marked:
        ours = "ours" if mine else "    "
        signed = {True: "signed", False: "unsigned", None: "untold"}[each.signed]
        state = "on " if each.enabled else "off"
        typer.echo(
            f"{each.id:>6}  {ours}  {state}  {signed:8}  {each.name}  {each.url}"
        )


@webhook.command("prune")
def prune(
    site: TheSite,
    *,
    url: TheUrl = "",
    yes: Annotated[bool, typer.Option("--yes", help="Delete them.")] = False,
) -> None:
    """Delete webhooks that lead to us too and only double the one that is kept."""
    with opened_hooking(site, url, needs_url=True) as hooking:
        spare = hooking.prune(site) if yes else hooking.look(site).spare
    for each in spare:
        typer.echo(f"{each.id}  {each.url}")
    told = "deleted" if yes else "to delete with --yes"
    typer.echo(f"{len(spare)} {told}.", err=True)


@webhook.command("verify")
def verify(
    site: TheSite,
    *,
    url: TheUrl = "",
    body: Annotated[
        Path | None, typer.Option(help="A file with a delivery's raw body.")
    ] = None,
    signature: Annotated[
        str, typer.Option(help="Its X-Hub-Signature, to check against our secrets.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check the registration in Jira; or, with --body, a delivery's signature."""
    if body is not None:
        _verify_signature(site, body, signature)
        return
    with opened_hooking(site, url, needs_url=True) as hooking:
        plan = hooking.look(site)
        heard, silent = _heard(hooking, site)
        known, wide = hooking.proved(site), hooking.wide(site)
    findings = [f"{name} differs" for name in plan.differs]
    if "secret" in plan.untold and not known:
        findings.append(
            "Jira does not tell whether it signs, and no delivery of its own has come "
            "since it was told our secret: change an issue there"
        )
    if plan.kept is None:
        findings.append("no webhook of ours is registered")
        findings += [
            f"{each.id} bears its name, but leads to {each.url}"
            for each in plan.elsewhere
        ]
    elif not plan.kept.enabled:
        findings.append("it is switched off in Jira: switch it on there")
    findings += [f"{each.id} doubles it" for each in plan.spare]
    findings += [silent] if silent else []
    if as_json:
        kept = plain(plan.kept) if plan.kept else None
        told = {"webhook": kept, "last_delivery_at": heard, "findings": findings}
        typer.echo(json.dumps(told))
    elif not findings:
        last = f"The last delivery came {heard}." if heard else "None has come yet."
        typer.echo(f"The webhook is as it should be. {last}")
        tell_width(wide)
    if findings:
        raise CommandError(
            "; ".join(findings),
            hint=f"run: cd3 webhook register {site}, and cd3 webhook prune {site}",
            code=CHECK_FAILED,
        )


@webhook.command("send-test")
def send_test(
    site: TheSite,
    *,
    url: TheUrl = "",
    seconds: Annotated[
        float, typer.Option(min=1, max=300, help="How long to wait for its end.")
    ] = 30,
) -> None:
    """Send ourselves a signed delivery from outside, and follow it to its end."""
    from app.ground import way_out_of  # noqa: PLC0415 - loads slowly
    from app.settings import read_settings  # noqa: PLC0415 - loads slowly
    from app.work.trying_hooks import send_delivery  # noqa: PLC0415 - loads slowly
    from connectors.hooks import masked  # noqa: PLC0415 - loads slowly

    with opened_hooking(site, url, needs_url=True) as hooking:
        secret = hooking.secret(site)
        wish = hooking.wish(site, secret=secret)
        way_out = way_out_of(read_settings())
        ended = send_delivery(hooking.database, site, wish, way_out, seconds)
        address = masked(wish.url, [secret])
    if ended.status == 0:
        raise CommandError(
            f"{address} does not answer: {ended.told}",
            hint="see that the service runs and that CD3_PUBLIC_URL leads to it",
            code=UNAVAILABLE,
        )
    if not ended.arrived:
        raise CommandError(
            f"{address} answered {ended.status}: {ended.told}",
            hint="see that CD3_PUBLIC_URL leads to this service and these books",
            code=CHECK_FAILED,
        )
    typer.echo(f"{address} → {ended.status}, then: {ended.told}")


def _heard(hooking: "Hooking", site: str) -> tuple[str | None, str]:
    """Say when the last delivery came, and in words where too long ago."""
    from datetime import timedelta  # noqa: PLC0415 - with the rest

    from app import clock  # noqa: PLC0415 - with the rest
    from app.books.sightings import Sightings  # noqa: PLC0415 - loads slowly
    from app.settings import read_settings  # noqa: PLC0415 - loads slowly

    with hooking.database.engine.connect() as connection:
        found = Sightings().find(connection, site)
    at = found.heard_at.isoformat() if found.heard_at else None
    after = timedelta(hours=read_settings().webhook_silence_hours)
    if not found.is_silent(now=clock.now(), after=after):
        return at, ""
    return at, f"{found.missed} changes came without a delivery; the last came {at}"


def _verify_signature(site: str, body: Path, signature: str) -> None:
    from webhooks.errors import BadSignatureError  # noqa: PLC0415 - loads slowly
    from webhooks.signature import verify as check  # noqa: PLC0415 - loads slowly

    try:
        content = body.read_bytes()
    except OSError as error:
        raise CommandError(f"{body} cannot be read: {error.strerror}") from error
    with opened_hooking(site) as hooking:
        known = [secret.encode() for secret in hooking.secrets(site)]
    given = [signature.encode()] if signature else []
    try:
        which = check(content, given, secrets=known)
    except BadSignatureError as error:
        raise CommandError(
            f"it was not signed with a secret of {site}: {error}",
            hint="the signature is over the raw bytes, as sha256=<64 hex signs>",
            code=CHECK_FAILED,
        ) from error
    typer.echo(f"Signed with the {'newest secret' if not which else 'secret before'}.")
