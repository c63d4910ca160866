"""Judge what is known of a site's webhook: pure, a rule a function."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.books.sightings import Sighting
from app.books.sites import Site
from app.checks.finding import Finding, Status
from app.work.trying_hooks import Ended
from connectors.hooks import HookPlan, masked
from connectors.jira_values import Webhook


def judge_hook(
    site: Site, plan: HookPlan, *, public_url: str, proved: bool, wide: str = ""
) -> Iterator[Finding]:
    """Say whether the webhook is there, narrow, signed and on.

    `wide` says why it is not narrowed, where that is as it should be.
    """
    on = f"sites/{site.id}"
    register = f"run: cd3 webhook register {site.id}"
    if not site.webhook_secrets:
        yield Finding(
            "webhook.secret",
            on,
            "fail",
            "there is no webhook secret in our books",
            "no delivery is taken without a signature",
            register,
        )
    if plan.kept is None and plan.elsewhere:
        there = "; ".join(f"{e.id} → {masked(e.url)}" for e in plan.elsewhere)
        yield Finding(
            "webhook",
            on,
            "fail",
            f"the webhook of our name leads elsewhere: {there}",
            "another CD3 is heard of by it, or this one moved: changes are found by "
            "the clock only",
            f"if it moved, {register} --take-over",
        )
        return
    if plan.kept is None:
        yield Finding(
            "webhook",
            on,
            "fail",
            "no webhook of ours is registered in Jira",
            "changes are found by the clock only",
            register if public_url else f"set CD3_PUBLIC_URL, then {register}",
        )
        return
    yield from _judge_kept(site, plan, plan.kept, register, wide)
    if "secret" in plan.untold and not proved:
        yield Finding(
            "webhook.secret",
            on,
            "warn",
            "Jira does not tell whether it signs, and none of its deliveries has come "
            "since it was told our secret",
            "what is not signed is not taken",
            f"change an issue in Jira, then run this again; else {register}",
        )


def _judge_kept(
    site: Site, plan: HookPlan, kept: Webhook, register: str, wide: str
) -> Iterator[Finding]:
    on = f"sites/{site.id}"
    differs = plan.differs
    if not kept.enabled:
        yield Finding(
            "webhook",
            on,
            "fail",
            f"webhook {kept.id} is switched off in Jira",
            "changes are found by the clock only",
            "switch it on: Jira settings → System → Webhooks",
        )
    elif not differs and not plan.spare:
        signed = site.webhook_proof == "signature"
        proved = "signed" if signed else f"proved by {site.webhook_proof}"
        narrow = f"hears of all projects' issues, for {wide}" if wide else "is narrow"
        told = f"webhook {kept.id} is there, is {proved} and {narrow}"
        if plan.untold:
            names = " and ".join(plan.untold)
            told = f"webhook {kept.id} is there; of its {names} Jira tells nothing"
        yield Finding("webhook", on, "ok", told)
    if differs:
        status: Status = "fail" if {"url", "secret"} & set(differs) else "warn"
        told = ", ".join(differs)
        why = "deliveries do not come, are not taken, or are more than are needed"
        told = f"webhook {kept.id} differs in: {told}"
        yield Finding("webhook", on, status, told, why, register)
    if plan.spare:
        ids = ", ".join(each.id for each in plan.spare)
        yield Finding(
            "webhook",
            on,
            "warn",
            f"webhooks {ids} double it",
            "each change is delivered more than once",
            f"run: cd3 webhook prune {site.id} --yes",
        )


def judge_heard(heard: Sighting, *, now: datetime, after: timedelta) -> Finding:
    """Say whether Jira is heard; a quiet site is well, one that changes unheard not."""
    check, on = "webhook.seen", f"sites/{heard.site}"
    tries = f"run: cd3 webhook verify {heard.site}, then cd3 webhook send-test"
    last = "none ever came"
    if heard.heard_at is not None:
        hours = (now - heard.heard_at) / timedelta(hours=1)
        last = f"the last delivery came {hours:.1f} h ago"
    if heard.missed:
        told = f"{heard.missed} changes came without a delivery; {last}"
        why = "Jira does not reach us: changes are found by the clock only"
        if heard.is_silent(now=now, after=after):
            return Finding(check, on, "fail", told, why, tries)
        return Finding(check, on, "warn", told, "some deliveries do not come", tries)
    if heard.heard_at is None:
        why = "a new site has heard nothing yet; else Jira does not reach us"
        return Finding(check, on, "warn", "no delivery ever came", why, tries)
    return Finding(check, on, "ok", f"{last}, and no change came without one")


def judge_round_trip(site: Site, ended: Ended | None) -> Finding:
    """Say what came of our own delivery; `None` where none could be sent."""
    check, on = "webhook.round_trip", f"sites/{site.id}"
    if ended is None:
        return Finding(
            check,
            on,
            "warn",
            "no delivery of our own was sent: address or secret is not known",
            "whether Jira could reach us cannot be told",
            f"set CD3_PUBLIC_URL, then run: cd3 webhook register {site.id}",
        )
    told = f"{ended.status or 'no answer'}: {ended.told}"
    if ended.read:
        return Finding(check, on, "ok", f"our own delivery came back: {told}")
    if ended.arrived:
        why = "what comes in is not worked off"
        return Finding(check, on, "fail", told, why, "start one: cd3 worker")
    return Finding(
        check,
        on,
        "fail",
        f"our own delivery did not come in: {told}",
        "where it does not get through, Jira's do not either",
        "see that CD3_PUBLIC_URL leads here, and what stands before CD3",
    )


def same_path(webhooks: Sequence[Webhook], site: str) -> str:
    """Find where our webhook leads, where nobody told us our own address."""
    path = f"/webhooks/jira/{site}"
    for one in webhooks:
        before, found, after = one.url.partition(path)
        if found and (not after or after.startswith("/")):
            return before
    return ""
