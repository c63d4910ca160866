"""`cd3 rank`: order a spreadsheet, offline."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import typer

from app import clock
from app.console import rank_options as options
from app.console.trouble import CommandError
from scoring.currencies import CURRENCIES, near_currencies
from scoring.sheet import Sheet, SheetError, read_sheet

if TYPE_CHECKING:
    from app.console.findings import Findings

# So many rows take ten seconds, and three times as long where some have a deadline.
_MANY: Final = 200_000

_MORE = "save the file as “CSV UTF-8 (comma delimited)” and try again"


def rank(  # noqa: PLR0913 - a command has these options
    file: options.File,
    *,
    as_json: options.AsJson = False,
    currency: options.Currency = "",
    today: options.Today = "",
    tolerance: options.Tolerance = 0.0,
    teams: options.Teams = 0,
    queues: options.Queues = False,
    ranges: options.Ranges = "",
    explain: options.Explain = None,
    what_if: options.WhatIf = None,
    price_pin: options.PricePin = None,
    chart: options.Chart = "",
) -> None:
    """Order a spreadsheet by CD3, so that waiting costs the least.

    Costs of delay are per week and durations in weeks; without --currency the costs
    are relative points. Where no row has a deadline or a profile, any other time does
    as well, as long as both columns count in the same one.
    """
    # numpy and rich are slow to load, and other commands need neither
    from app.console.findings import find_out  # noqa: PLC0415 - as said
    from app.console.learned import load_ranges, with_ranges  # noqa: PLC0415 - as said
    from app.console.questions import read_questions  # noqa: PLC0415 - as said

    day, code = _day(today), _currency(currency)
    asked = read_questions(
        tolerance=tolerance,
        teams=teams,
        queues=queues,
        what_if=what_if or (),
        price_pin=price_pin or (),
        explain=explain or (),
    )
    picture = _picture(chart) if chart else None
    learned = load_ranges(ranges) if ranges else None
    with _open(file) as lines, _progress(f"Reading {file}"):
        sheet = _read(file, lines)
    if learned is not None:
        sheet = with_ranges(sheet, learned)
    if note := long_work(len(sheet.read)):
        typer.echo(f"cd3: {note}", err=True)
    with _progress(f"Ordering {len(sheet.read):,} rows"):
        found = find_out(sheet, asked, today=day, currency=code)
    unpriced = (found.unpriced,) if as_json and found.unpriced else ()
    for note in (*sheet.notes, *found.notes, *unpriced):
        typer.echo(f"cd3: {note}", err=True)
    if picture:
        _draw(found, picture)
    _write(found, as_json=as_json)


def long_work(rows: int) -> str:
    """Say before it begins that work may be long; empty where it is not."""
    return f"ordering {rows:,} rows may take minutes" if rows >= _MANY else ""


def _write(found: "Findings", *, as_json: bool) -> None:
    if as_json:
        from app.console.ranked_json import write_json  # noqa: PLC0415 - as above

        write_json(found, sys.stdout)
    else:
        from app.console.ranked import write_table  # noqa: PLC0415 - as above

        write_table(found, sys.stdout)


def _picture(chart: str) -> Path:
    """Find where the chart goes, before any work is done for it."""
    path = Path(chart)
    if path.suffix.lower() != ".png":
        raise CommandError(f"--chart {chart} is no PNG", hint="name it like out.png")
    if path.is_dir() or not path.parent.is_dir():
        raise CommandError(
            f"--chart {chart} cannot be written", hint="name a file in a folder"
        )
    return path


def _draw(found: "Findings", path: Path) -> None:
    from app.console.charted import draw_chart  # noqa: PLC0415 - matplotlib is slow

    with _progress(f"Drawing {path}"):
        picture = draw_chart(found)
    if picture is None:
        typer.echo("cd3: there is nothing to draw", err=True)
        return
    try:
        path.write_bytes(picture)
    except OSError as error:
        raise CommandError(
            f"--chart {path} cannot be written: {error.strerror}",
            hint="check the path and the permissions",
        ) from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError as error:
        raise CommandError(
            f"--today {text} is no date", hint="write it like 2026-12-31"
        ) from error


def _currency(text: str) -> str:
    code = text.strip().upper()
    if code and code not in CURRENCIES:
        near = ", ".join(near_currencies(code)) or "EUR"
        raise CommandError(
            f"--currency {text} is no currency",
            hint=f"use an ISO 4217 code such as {near}",
        )
    return code


@contextmanager
def _open(file: str) -> Iterator[TextIO]:
    """Open the file as UTF-8; a byte order mark is passed over."""
    if file == "-":
        yield io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig", newline="")
        return
    try:
        with Path(file).open(encoding="utf-8-sig", newline="") as lines:
            yield lines
    except OSError as error:
        raise CommandError(
            f"{file} cannot be read: {error.strerror}", hint="check the path"
        ) from error


@contextmanager
def _progress(task: str) -> Iterator[None]:
    """Show that work goes on, to a person at a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - rich is slow to load

    with Console(stderr=True, markup=False).status(f"{task} …"):
        yield


def _read(file: str, lines: TextIO) -> Sheet:
    try:
        return read_sheet(lines)
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8 text", hint=_MORE) from error
    except SheetError as error:
        told = [f"{file} cannot be ranked", *(f"  {one}" for one in error.problems)]
        if error.count > len(error.problems):
            told.append(f"  … and {error.count - len(error.problems)} more")
        raise CommandError(
            "\n".join(told), hint="correct the file and try again"
        ) from error
