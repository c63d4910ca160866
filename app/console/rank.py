"""`cd3 rank`: order a spreadsheet, offline."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, TextIO

import typer

from app import clock
from app.console.trouble import CommandError
from scoring.item import Mode
from scoring.sheet import Sheet, SheetError, read_sheet

_MORE = "save the file as “CSV UTF-8 (comma delimited)” and try again"


def rank(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE.csv",
            help="Columns key, cost_of_delay, duration; optionally summary, rank, "
            "blocked_by, deadline, profile. «-» reads standard input.",
        ),
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object.")
    ] = False,
    currency: Annotated[
        str, typer.Option(help="What costs of delay are in, such as EUR.")
    ] = "",
    today: Annotated[
        str, typer.Option(metavar="YYYY-MM-DD", help="The day to order for.")
    ] = "",
) -> None:
    """Order a spreadsheet by CD3, so that waiting costs the least.

    Without --currency the costs of delay are relative points.
    """
    # numpy and rich are slow to load, and other commands need neither
    from app.console.ranked import write_json, write_table  # noqa: PLC0415 - as said
    from scoring.weighing import weigh_backlog  # noqa: PLC0415 - as said

    day, code = _day(today), _currency(currency)
    with _open(file) as lines, _progress(f"Reading {file}"):
        sheet = _read(file, lines)
    for note in sheet.notes:
        typer.echo(f"cd3: {note}", err=True)
    with _progress(f"Ordering {len(sheet.read):,} rows"):
        ranking = weigh_backlog(
            sheet.read,
            sheet.links,
            today=day,
            mode=Mode.MONEY if code else Mode.RELATIVE,
            currency=code,
        )
    write = write_json if as_json else write_table
    write(ranking, sys.stdout)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError as error:
        raise CommandError(
            f"--today {text} is no date", hint="write it like 2026-12-31"
        ) from error


def _currency(text: str) -> str:
    code = text.strip().upper()
    if code and not (len(code) == 3 and code.isascii() and code.isalpha()):  # noqa: PLR2004 - ISO 4217
        raise CommandError(
            f"--currency {text} is no currency", hint="use an ISO 4217 code such as EUR"
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
