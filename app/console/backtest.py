"""`cd3 backtest`: predicted against actual durations, of a backlog or of a file."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from app.console import backtest_options as options
from app.console.trouble import CHECK_FAILED, CommandError

if TYPE_CHECKING:
    from app.console.backtested import Report
    from scoring.backtest.history import WorkingTime
    from scoring.backtest.learned import By

_SINCE: Final = re.compile(r"([1-9][0-9]{0,3})([dw])")
_BY: Final["dict[str, By | None]"] = {"": None, "size": "size", "quartile": "quartile"}
_CALENDAR: Final = "calendar weeks"
_WORKING: Final = "weeks of working time"


def backtest(  # noqa: PLR0913 - a command has these options
    backlog: options.Backlog = "",
    *,
    csv: options.Csv = "",
    since: options.Since = "365d",
    jql: options.Jql = "",
    by: options.Classes = "",
    working_time: options.WorkingTime = False,
    zone: options.Zone = "UTC",
    ranges: options.Ranges = "",
    as_json: options.AsJson = False,
) -> None:
    """Compare predicted with actual durations, and learn ranges from them.

    An actual duration is the time an issue spent in statuses of the category In
    Progress, in calendar weeks.
    """
    if bool(backlog) == bool(csv):
        raise CommandError("name a backlog or --csv FILE", hint="and not both")
    if by not in _BY:
        raise CommandError(f"--by {by} is no kind of class", hint="size or quartile")
    # numpy and rich are slow to load, and other commands need neither
    from app.console.backtested import write_json, write_table  # noqa: PLC0415 - so
    from app.console.learned import place_for  # noqa: PLC0415 - likewise

    path = place_for(ranges) if ranges else None

    if csv:
        report = _of_file(csv, _BY[by])
    else:
        wish = _Wish(jql, _days(since), _BY[by], _working(zone, asked=working_time))
        report = _of_backlog(backlog, wish)
    (write_json if as_json else write_table)(report, sys.stdout)
    if report.verdict.whole is None:
        raise CommandError(
            "nothing could be compared",
            hint="see why above; look further back with --since, or give --jql",
            code=CHECK_FAILED,
        )
    if path:
        _save(path, report)


def _save(path: Path, report: "Report") -> None:
    """Write what was learned where it was asked for, and say so."""
    from app.console.learned import save_ranges  # noqa: PLC0415 - loads slowly
    from scoring.backtest.ranges import LEAST  # noqa: PLC0415 - likewise

    if report.ranges is None:
        raise CommandError(
            f"too few to learn ranges from: nothing was written to {path}",
            hint=f"{LEAST} are needed; look further back with --since",
            code=CHECK_FAILED,
        )
    save_ranges(path, report.ranges)
    typer.echo(f"cd3: the ranges stand in {path}", err=True)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a backlog's backtest is asked for."""

    jql: str
    days: int
    by: "By | None"
    working: "WorkingTime | None"


def _days(text: str) -> int:
    found = _SINCE.fullmatch(text)
    if found is None:
        raise CommandError(f"--since {text} is no time", hint="write it as 365d or 26w")
    return int(found[1]) * (7 if found[2] == "w" else 1)


def _working(zone: str, *, asked: bool) -> "WorkingTime | None":
    if not asked:
        return None
    from scoring.backtest.history import WorkingTime  # noqa: PLC0415 - loads slowly

    try:
        return WorkingTime(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CommandError(
            f"--zone {zone} is not known here", hint="write it like Europe/Oslo"
        ) from error


def _of_file(file: str, by: "By | None") -> "Report":
    from app.console.backtested import Report  # noqa: PLC0415 - loads slowly
    from scoring.backtest.sheet import read_outcomes  # noqa: PLC0415 - likewise
    from scoring.backtest.verdict import judge_outcomes  # noqa: PLC0415 - likewise
    from scoring.sheet import SheetError  # noqa: PLC0415 - likewise

    try:
        sheet = read_outcomes(_text(file).splitlines(keepends=True))
    except SheetError as error:
        told = [f"{file} cannot be read", *(f"  {one}" for one in error.problems)]
        raise CommandError(
            "\n".join(told), hint="correct the file and try again"
        ) from error
    for note in sheet.notes:
        typer.echo(f"cd3: {note}", err=True)
    return Report(
        judge_outcomes(sheet.outcomes, by),
        "the file's own unit",
        sheet.gaps,
        named=file,
    )


def _text(file: str) -> str:
    """Read the file as UTF-8; a byte order mark is passed over."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read: {error.strerror}", hint="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{file} is not UTF-8 text", hint="save it as UTF-8 and try again"
        ) from error


def _of_backlog(backlog_id: str, wish: _Wish) -> "Report":
    from app.console.backlogs import opened_backlog  # noqa: PLC0415 - loads slowly
    from app.console.backtested import Report  # noqa: PLC0415 - likewise
    from app.work.finished import MOST_FINISHED, gather_finished  # noqa: PLC0415 - so
    from scoring.backtest.verdict import judge_outcomes  # noqa: PLC0415 - likewise

    with opened_backlog(backlog_id) as (backlog, mapping, jira):
        jql = wish.jql or _query(backlog.jql, wish.days)
        with _progress("Reading finished issues and their histories"):
            found = gather_finished(jira, jql, mapping, working=wish.working)
    if found.cut:
        told = f"cd3: only the first {MOST_FINISHED:,} issues found were read"
        typer.echo(told, err=True)
    verdict = judge_outcomes(found.outcomes, wish.by)
    unit = _WORKING if wish.working else _CALENDAR
    return Report(verdict, unit, found.gaps, backlog=backlog_id, jql=jql)


def _query(jql: str, days: int) -> str:
    """Turn a backlog's JQL to what is finished, and say what was left out of it."""
    from app.work.finished_jql import finished_jql  # noqa: PLC0415 - rarely needed

    found = finished_jql(jql, days=days)
    for condition in found.dropped:
        typer.echo(f"cd3: left out of the JQL: {condition}", err=True)
    return found.jql


@contextmanager
def _progress(task: str) -> Iterator[None]:
    """Show that work goes on, to a person at a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to load

    with Console(stderr=True, markup=False).status(f"{task} …"):
        yield
