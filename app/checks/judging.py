"""Judge what a site told: pure, so that each rule is a short test."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from app.books.sites import Site
from app.checks.finding import Finding, Status
from app.expiry import Ending
from app.work.hushing import ADMIN_RIGHTS
from connectors.jira_values import EditField
from connectors.kind import OLDEST, Kind, SiteKind
from connectors.limits import Headroom
from connectors.ways import SCOPES
from scoring.mapping import FieldUse

SKEW: Final = timedelta(seconds=60)
WIDE_SKEW: Final = timedelta(minutes=5)
# What is needed in each project: the right, what for, and whether all else hangs on it.
RIGHTS: Final = {
    "BROWSE_PROJECTS": ("Browse projects", "its issues cannot be read"),
    "EDIT_ISSUES": ("Edit issues", "no score can be written there"),
    "SCHEDULE_ISSUES": ("Schedule issues", "its issues cannot be ranked"),
}


def judge_kind(site: Site, kind: SiteKind) -> Finding:
    """Say what answers, and whether we know its kind and where its Confluence is."""
    on = f"sites/{site.id}"
    name = "Cloud" if kind.kind is Kind.CLOUD else "Data Center"
    told = f"Jira {name} {kind.version} answers"
    if kind.is_old:
        why = "it may answer otherwise than CD3 expects"
        mend = f"CD3 is made for {'.'.join(map(str, OLDEST))} and later: upgrade Jira"
        return Finding("jira", on, "warn", told, why, mend)
    if kind.kind is Kind.DATA_CENTER and not site.confluence_url:
        why = "its Confluence has a URL of its own, and no page can be written without"
        mend = f"PATCH /api/v1/sites/{site.id} with confluence_url, if pages are wanted"
        return Finding("jira", on, "warn", told, why, mend)
    return Finding("jira", on, "ok", told)


def judge_clock(date: str, now: datetime, on: str) -> Finding:
    """Compare the answer's `Date` with our clock."""
    try:
        theirs = parsedate_to_datetime(date)
        skew = abs(theirs - now)
    except (TypeError, ValueError):
        return Finding("clock", on, "ok", "the site does not tell its time")
    told = f"our clock and the site's differ by {skew / timedelta(seconds=1):.0f} s"
    if skew <= SKEW:
        return Finding("clock", on, "ok", told)
    status: Status = "fail" if skew > WIDE_SKEW else "warn"
    why = "changes are missed or read twice, and pauses end too early or too late"
    return Finding("clock", on, status, told, why, "let NTP set this machine's clock")


def judge_ending(site: Site, end: Ending | None, known: datetime | None) -> Finding:
    """Say when the credential ends."""
    on, way = f"sites/{site.id}", site.credential.way
    if end is None and known is None:
        told = f"{way}: nobody told when it ends"
        if way in {"service_account", "data_center_service_account", "basic"}:
            return Finding("credential.expiry", on, "ok", told)
        return Finding(
            "credential.expiry",
            on,
            "warn",
            told,
            "API tokens end after a year at most, and then the site stops",
            f"PATCH /api/v1/sites/{site.id} with credentials.expires_at",
        )
    if end is None:
        return Finding(
            "credential.expiry", on, "ok", f"{way}: ends on {known:%Y-%m-%d}"
        )
    status: Status = "fail" if end.within <= 1 else "warn"
    again = f"POST /api/v1/sites/{site.id}/authorization"
    fresh = f"make a new one and PATCH /api/v1/sites/{site.id}"
    return Finding(
        "credential.expiry",
        on,
        status,
        f"{way}: {end.words}",
        "from then on the site is stopped",
        again if way == "oauth" else fresh,
    )


def judge_rights(
    project: str, held: Mapping[str, bool], writes: Sequence[str], on: str
) -> Finding:
    """Say which rights are missing in a project for what the policy wants written.

    What Jira did not tell is neither held nor missing.
    """
    needed = ["BROWSE_PROJECTS"]
    needed += ["EDIT_ISSUES"] if "scores" in writes else []
    # To rank is to schedule, and an edit too.
    needed += ["SCHEDULE_ISSUES", "EDIT_ISSUES"] if "rank" in writes else []
    missing = [r for r in dict.fromkeys(needed) if held.get(r) is False]
    untold = [r for r in dict.fromkeys(needed) if r not in held]
    if not missing and not untold:
        return Finding("permissions", on, "ok", f"{project}: all rights are there")
    names = " and ".join(f"«{RIGHTS[one][0]}»" for one in missing or untold)
    why = "; ".join(RIGHTS[one][1] for one in missing or untold)
    if not missing:
        return Finding(
            "permissions",
            on,
            "warn",
            f"{project}: Jira does not tell whether the account has {names}",
            f"if not, {why}; CD3 tries, and says what Jira refuses",
            f"look in Jira: Project settings → Permissions of {project}",
        )
    return Finding(
        "permissions",
        on,
        "fail",
        f"{project}: the account lacks {names}",
        why,
        f"let an admin of {project} give {names} to the account (Project settings → "
        "Permissions), then run this again",
    )


def judge_mail(project: str, held: Mapping[str, bool], on: str) -> Finding:
    """Say whether scores can be written without mail to the issues' watchers."""
    if any(held.get(right, False) for right in ADMIN_RIGHTS):
        told = f"{project}: scores are written without mail to watchers"
        return Finding("mail", on, "ok", told)
    if any(right not in held for right in ADMIN_RIGHTS):
        return Finding(
            "mail",
            on,
            "warn",
            f"{project}: Jira does not tell whether watchers can be spared the mail",
            "CD3 tries, and writes with the mail where Jira refuses that",
        )
    return Finding(
        "mail",
        on,
        "warn",
        f"{project}: each score that is written mails the issue's watchers",
        "Jira lets nobody spare them who does not administer the project",
        "give the account «Administer projects» there, or accept the mail: "
        "policy.notify_watchers true",
    )


def judge_rooms(rooms: Sequence[Headroom], on: str) -> Iterator[Finding]:
    """Say how much is left of each quota; nothing where the site does not tell."""
    for room in rooms:
        if room.remaining is None:
            continue
        ends = f", {room.resets_in} s before it is full again" if room.resets_in else ""
        told = f"{room.policy}: {room.remaining:,} left{ends}"
        if room.remaining:
            yield Finding("limits.left", on, "ok", told)
        else:
            why = "the next calls are turned away; CD3 then waits as it is told"
            yield Finding("limits.left", on, "warn", told, why, "wait")


def judge_scopes(site: Site, held: Sequence[str]) -> Finding:
    """Say which of the usual scopes a token lacks; others may say the same."""
    on = f"sites/{site.id}"
    if not held:
        told = "the site does not tell what the token may do"
        return Finding("credential.scopes", on, "ok", told)
    missing = [scope for scope in SCOPES if scope not in held]
    if not missing:
        told = f"the token has all {len(SCOPES)} scopes"
        return Finding("credential.scopes", on, "ok", told)
    again = f"then consent anew: POST /api/v1/sites/{site.id}/authorization"
    return Finding(
        "credential.scopes",
        on,
        "warn",
        f"the token lacks {', '.join(missing)}",
        "calls that need them are refused, unless finer scopes say the same",
        "add them where the credential was made (docs/access.md, «Scopes»)"
        + (f", {again}" if site.credential.way == "oauth" else ""),
    )


def judge_screen(
    where: str,
    uses: Sequence[FieldUse],
    names: Mapping[str, str],
    meta: Mapping[str, EditField],
    on: str,
) -> Iterator[Finding]:
    """Say which mapped fields cannot be set on issues of one project and type."""
    for use in uses:
        field = meta.get(use.field)
        if field is not None and (not field.operations or "set" in field.operations):
            continue
        if not use.field.startswith("customfield_"):
            continue  # Jira's own: set by other means, or not by people
        called = f"{use.field} «{names.get(use.field, '?')}»"
        put = (
            f"in Jira: Custom fields → {called} → let its context cover {where}, and "
            "add it to the edit screen of that type"
        )
        if use.output:
            yield Finding(
                "mapping.screen",
                on,
                "fail",
                f"{where}: {called} ({use.role}) cannot be set",
                "Jira refuses each write: the field is on no edit screen of this type, "
                "or its context leaves the project out",
                put,
            )
        else:
            yield Finding(
                "mapping.screen",
                on,
                "warn",
                f"{where}: {called} ({use.role}) cannot be filled in",
                "such issues stay unscored",
                put,
            )
