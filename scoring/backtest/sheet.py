"""Outcomes from a CSV file: predicted and actual durations in one unit."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from scoring.backtest.outcome import Outcome
from scoring.item import Gap, Span
from scoring.numerals import read_number
from scoring.sheet import Problem, SheetError

REQUIRED: Final = ("predicted", "actual")
OPTIONAL: Final = ("key", "low", "high", "size", "finished")
# Whatever the unit is, nothing takes longer or shorter; beyond it, ratios run over.
LEAST: Final = 1e-12
MOST: Final = 1e15
_MOST_QUOTED: Final = 40


@dataclass(frozen=True, slots=True)
class OutcomeSheet:
    """What a file says; a row that cannot be compared is a gap, with its number."""

    outcomes: tuple[Outcome, ...]
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...] = ()


def read_outcomes(lines: Iterable[str]) -> OutcomeSheet:
    """Read the lines of a CSV file, its header first.

    Commas, semicolons and tabs part cells. A missing column raises SheetError; a
    duration that is missing or not above 0 makes a gap of its row, as do a range or a
    day that cannot be read.
    """
    source = iter(lines)
    first = next(source, "")
    delimiter = max(",;\t", key=first.count)
    rows = _rows(csv.reader(chain([first], source), delimiter=delimiter, strict=True))
    columns, notes = _columns(next(rows, (1, []))[1])
    read = [
        _outcome(
            number,
            dict(zip(columns, map(str.strip, row), strict=False)),
            commas=delimiter == ";",
        )
        for number, row in rows
        if any(map(str.strip, row))
    ]
    return OutcomeSheet(
        tuple(one for one in read if isinstance(one, Outcome)),
        tuple(one for one in read if isinstance(one, Gap)),
        notes,
    )


def _columns(header: list[str]) -> tuple[list[str], tuple[str, ...]]:
    """Name the columns; case, spaces and hyphens do not matter."""
    names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in header]
    problems = [
        Problem(1, name, "missing; add it in the first row")
        for name in REQUIRED
        if name not in names
    ]
    problems += [
        Problem(1, name, "there are two of this name: keep one")
        for name in (*REQUIRED, *OPTIONAL)
        if names.count(name) > 1
    ]
    if problems:
        raise SheetError(problems)
    unknown = [name for name in names if name and name not in (*REQUIRED, *OPTIONAL)]
    return names, tuple(
        f"column {name} is not known and was ignored" for name in unknown
    )


def _rows(records: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, record in enumerate(records, 1):
            yield number, record
    except csv.Error as error:
        told = f"the text cannot be parted into cells ({error}): look for a stray quote"
        raise SheetError([Problem(number + 1, "", told)]) from error


class _UnfitError(ValueError):
    """A cell makes its row unfit; the message says why."""


def _outcome(number: int, cells: Mapping[str, str], *, commas: bool) -> Outcome | Gap:
    key = cells.get("key") or f"row {number}"
    try:
        return Outcome(
            key=key,
            predicted=_duration(cells, "predicted", commas=commas),
            actual=_duration(cells, "actual", commas=commas),
            span=_span(cells, commas=commas),
            size=cells.get("size", ""),
            finished=_day(cells.get("finished", "")),
        )
    except _UnfitError as error:
        return Gap(key, str(error))


def _duration(cells: Mapping[str, str], name: str, *, commas: bool) -> float:
    number = _number(cells, name, commas=commas)
    if number <= 0:
        raise _UnfitError(f"{name} {number:g} is not more than 0")
    if not LEAST <= number <= MOST:
        raise _UnfitError(f"{name} {number:g} is no duration that could be compared")
    return number


def _number(cells: Mapping[str, str], name: str, *, commas: bool) -> float:
    number = read_number(cells.get(name, ""), commas=commas)
    if isinstance(number, str):
        raise _UnfitError(f"{name} {number}")
    return number


def _span(cells: Mapping[str, str], *, commas: bool) -> Span | None:
    """Read a range where one is given; half of one is none."""
    if not (cells.get("low") and cells.get("high")):
        return None
    span = Span(*(_number(cells, end, commas=commas) for end in ("low", "high")))
    if span.low > span.high:
        raise _UnfitError(f"low {span.low:g} is above high {span.high:g}")
    return span


def _day(text: str) -> date | None:
    """Read a day, or the day of a moment."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError as error:
        told = text[:_MOST_QUOTED]
        raise _UnfitError(f"finished “{told}” is no date such as 2026-12-31") from error
