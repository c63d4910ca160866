"""`cd3 dead-letters`: look at what could not be worked off, replay it, put it away."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app import clock
from app.console.trouble import CHECK_FAILED, CommandError

if TYPE_CHECKING:
    from app.books.received import Received, Which

dead_letters = typer.Typer(
    help="Look at deliveries that could not be worked off; replay or discard them."
)

_ON_HOST: Final = "cd3 dead-letters"
_AGE: Final = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}

Ids = Annotated[list[int] | None, typer.Argument(help="Their numbers, from `list`.")]
OfSite = Annotated[str, typer.Option("--site", help="Only of this site.")]
OfReason = Annotated[str, typer.Option("--reason", help="How the reason begins.")]
OfEvent = Annotated[str, typer.Option("--event", help="How the event's name begins.")]
Since = Annotated[
    str,
    typer.Option(help="Only what came since: 90m, 12h, 3d, 2w, or 2026-11-02T09:00."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many.")]


@dead_letters.command("list")
def list_letters(  # noqa: PLR0913 - one argument an option
    *,
    site: OfSite = "",
    reason: OfReason = "",
    event: OfEvent = "",
    since: Since = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List the dead letters, newest first, with why each is dead."""
    from app.books.received import ReceivedDeliveries  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    which = _which(site, reason, event, since)
    with opened_books() as database, database.reading() as session:
        found = ReceivedDeliveries().list(session, which, limit=limit)
        count = ReceivedDeliveries().count(session, which)
    if as_json:
        _print_json({"items": [_plain(one) for one in found], "count": count})
        return
    for one in found:
        what = " ".join(filter(None, (one.event, one.issue_key))) or "?"
        typer.echo(
            f"{one.id:>8}  {one.received_at:%Y-%m-%d %H:%M}  {one.site_id}  {what}"
            f"  {one.reason}"
        )
    more = f"; {count - len(found)} more" if count > len(found) else ""
    typer.echo(f"{count} dead{more}", err=True)


@dead_letters.command("show")
def show(
    delivery: Annotated[int, typer.Argument(min=1, help="Its number, from `list`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a delivery: its history, and its body without what people wrote."""
    from app.books.received import ReceivedDeliveries  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly
    from webhooks.redaction import redact  # noqa: PLC0415 - loads slowly

    with opened_books() as database, database.reading() as session:
        found = ReceivedDeliveries().find(session, delivery)
        if found is None:
            raise _nothing(delivery)
        payload = redact(ReceivedDeliveries().body(session, delivery))
    if as_json:
        _print_json({**_plain(found), "payload": payload})
        return
    for line in _told(found):
        typer.echo(line)
    typer.echo(json.dumps(payload, indent=2, ensure_ascii=False))


@dead_letters.command("replay")
def replay_letters(  # noqa: PLR0913 - one argument an option
    ids: Ids = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="All dead letters that the filters leave.")
    ] = False,
    site: OfSite = "",
    reason: OfReason = "",
    event: OfEvent = "",
    since: Since = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Have deliveries read again: some by number, or all dead ones by filter."""
    from app.books.letters import Letters  # noqa: PLC0415 - loads slowly
    from app.books.received import ReceivedDeliveries  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    which = _which(site, reason, event, since)
    _require_one_way(ids, every=every, filtered=bool(site or reason or event or since))
    done: list[int] = []
    with opened_books() as database:
        with database.reading() as session:
            received = ReceivedDeliveries()
            known = [one for one in ids or () if received.find(session, one)]
            matched = len(known) if ids else received.count(session, which)
        while not dry_run and len(done) < matched:
            with database.writing() as session:
                came = Letters().replay(
                    session, ids or which, actor=_ON_HOST, now=clock.now()
                )
            done += came
            if ids or not came:
                break
            # What is dead again already must not come twice.
            which = replace(which, after=came[-1])
    _report("replayed", matched, done, as_json=as_json, dry_run=dry_run)
    _require_all(ids, known if dry_run else done)


@dead_letters.command("discard")
def discard(
    ids: Annotated[list[int], typer.Argument(help="Their numbers, from `list`.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the list and audit.")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Put dead letters away for good: they become ignored, with the reason."""
    from app.books.letters import Letters  # noqa: PLC0415 - loads slowly
    from app.books.received import ReceivedDeliveries  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    why = " ".join(reason.split())
    if not why.isprintable() or not why:
        raise CommandError(
            "a reason is needed", hint='such as --reason "sent by a test"'
        )
    done: list[int] = []
    with opened_books() as database:
        with database.reading() as session:
            found = [ReceivedDeliveries().find(session, one) for one in ids]
        dead = [one.id for one in found if one and one.state == "dead"]
        if not dry_run:
            with database.writing() as session:
                done = Letters().discard(
                    session, ids, reason=why, actor=_ON_HOST, now=clock.now()
                )
    _report("discarded", len(dead), done, as_json=as_json, dry_run=dry_run)
    _require_all(ids, dead if dry_run else done)


def _which(site: str, reason: str, event: str, since: str) -> "Which":
    from app.books.received import Which  # noqa: PLC0415 - loads slowly

    for given in (site, reason, event):
        if not given.isprintable():
            raise CommandError("a filter may not hold control characters")
    return Which(
        state="dead", site_id=site, reason=reason, event=event, since=_since(since)
    )


def _since(since: str) -> datetime | None:
    if not since:
        return None
    age = _AGE.fullmatch(since)
    if age:
        return clock.now() - int(age[1]) * _UNITS[age[2]]
    try:
        given = datetime.fromisoformat(since)
    except ValueError:
        raise CommandError(
            f"{since} is no time", hint="write it as 12h, 3d or 2026-11-02T09:00 (UTC)"
        ) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _require_one_way(ids: list[int] | None, *, every: bool, filtered: bool) -> None:
    if bool(ids) == every:
        raise CommandError(
            "say which: numbers, or --all with filters if you like",
            hint="see: cd3 dead-letters list",
        )
    if ids and filtered:
        raise CommandError("numbers and filters together mean nothing", hint="use one")


def _require_all(ids: Iterable[int] | None, done: list[int]) -> None:
    """End with 1 where something that was named was not there, or not to be done."""
    left = [str(one) for one in dict.fromkeys(ids or ()) if one not in done]
    if left:
        raise CommandError(
            f"not possible with {', '.join(left)}",
            hint="it is not there, was not read yet, or is not dead; "
            "see: cd3 dead-letters show NUMBER",
            code=CHECK_FAILED,
        )


def _report(
    did: str, matched: int, done: list[int], *, as_json: bool, dry_run: bool
) -> None:
    if as_json:
        _print_json({"matched": matched, did: len(done), "dry_run": dry_run})
    elif dry_run:
        typer.echo(f"{matched} would be {did}")
    else:
        typer.echo(f"{len(done)} {did}")


def _told(one: "Received") -> Iterable[str]:
    yield f"delivery {one.id} of {one.site_id}, {one.identifier}"
    yield f"{one.received_at:%Y-%m-%d %H:%M:%S}  received {_of(one)}".rstrip()
    for past in one.history:
        why = f": {past['reason']}" if past["reason"] else ""
        yield f"{_moment(past)}  {past['state']} by {past['by']}{why}"
    if one.closed_at:
        why = f": {one.reason}" if one.reason else ""
        yield f"{one.closed_at:%Y-%m-%d %H:%M:%S}  {one.state}{why}"
    else:
        yield "it waits to be read"
    if one.tries:
        yield f"{one.tries} workers ended while they read it"


def _of(one: "Received") -> str:
    return " ".join(filter(None, (one.event, one.issue_key)))


def _moment(past: Mapping[str, Any]) -> str:
    at = datetime.fromisoformat(past["at"]) if past["at"] else None
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else "?"


def _nothing(delivery: int) -> CommandError:
    return CommandError(
        f"there is no delivery {delivery}",
        hint="see: cd3 dead-letters list",
        code=CHECK_FAILED,
    )


def _plain(one: "Received") -> dict[str, Any]:
    values = asdict(one) | {"history": list(one.history), "attempts": one.attempts}
    values["site"] = values.pop("site_id")
    values["worker_deaths"] = values.pop("tries")
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def _print_json(value: Mapping[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
