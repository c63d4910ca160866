"""A spreadsheet of a backlog: from the lines of a CSV file to items, gaps and links.

Numbers keep the file's own units; nothing is converted.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from scoring.cells import OPTIONAL, REQUIRED, Columns, SheetRow, read_number
from scoring.item import Gap, Item, Link
from scoring.profiles.names import PROFILES, SYNONYMS

_LEXORANK: Final = re.compile(r"[0-9]\|[0-9a-z]+:[0-9a-z]*")

# A file with more wrong cells than this is not read cell by cell.
_MOST_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a cell; rows count from 1, the header's."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        """Tell the place first."""
        where = (
            f"row {self.row}, column {self.column}"
            if self.column
            else f"row {self.row}"
        )
        return f"{where}: {self.message}"


class SheetError(ValueError):
    """The file cannot be ranked before a person corrects it.

    `problems` are the first ones, `count` is how many there are.
    """

    def __init__(self, problems: Sequence[Problem], count: int | None = None) -> None:
        self.problems = tuple(problems)
        self.count = len(problems) if count is None else count
        super().__init__("; ".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file says: items and gaps, links, and notes on what was passed over."""

    read: list[Item | Gap]
    links: list[Link]
    notes: tuple[str, ...]


def read_sheet(lines: Iterable[str]) -> Sheet:
    """Read the lines of a CSV file, its header first.

    Commas, semicolons and tabs part cells. Duplicate keys, missing columns, unknown
    blockers or profiles and ranks that cannot be compared raise SheetError; a bad
    number or date makes a gap of its row.
    """
    rows = _rows(lines)
    header, cells = next(rows, (1, []))
    reader = _Reader(Columns(_columns(header, cells)))
    for number, row in rows:
        reader.take(number, row)
    return reader.sheet()


def _rows(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Part the lines into rows with their numbers; pass over those without text."""
    source = iter(lines)
    first = next(source, "")
    if first.lower().startswith("sep="):  # Excel's own word for the delimiter
        delimiter, start = first.strip()[4:5] or ",", 2
        records = csv.reader(source, delimiter=delimiter, strict=True)
    else:
        delimiter, start = max(",;\t", key=first.count), 1
        records = csv.reader(chain([first], source), delimiter=delimiter, strict=True)
    number = start - 1
    try:
        for number, record in enumerate(records, start):
            if any(map(str.strip, record)):
                yield number, record
    except csv.Error as error:
        told = f"the text cannot be parted into cells ({error}): look for a stray quote"
        raise SheetError([Problem(number + 1, "", told)]) from error


def _columns(row: int, cells: Sequence[str]) -> dict[str, int]:
    """Find the columns; case, spaces and hyphens in their names do not matter."""
    names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        told = f"the columns {', '.join(REQUIRED)} are needed: add it in the first row"
        raise SheetError([Problem(row, name, f"missing; {told}") for name in missing])
    known = [name for name in names if name in REQUIRED or name in OPTIONAL]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        told = "there are two of this name: keep one"
        raise SheetError([Problem(row, name, told) for name in twice])
    return {name: at for at, name in enumerate(names) if name}


@dataclass
class _Reader:
    """The rows read so far, and what was wrong in them."""

    columns: Columns
    read: list[Item | Gap] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    ranks: list[str] = field(default_factory=list)
    blocked: list[tuple[int, str, list[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    notes: list[str] = field(default_factory=list)

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Read one row."""
        row = SheetRow(self.columns, cells)
        key = row.text("key")
        fits = self._fits(number, key, row)
        self.rows.setdefault(key, number)
        if not fits:
            return
        if "rank" in self.columns.at:
            self.ranks.append(row.text("rank"))
        if blockers := row.text("blocked_by"):
            self.blocked.append((number, key, re.split(r"[\s,;]+", blockers)))
        self.read.append(row.item(key, len(self.read)))

    def _fits(self, number: int, key: str, row: SheetRow) -> bool:
        """Check what a person must correct."""
        before = self.count
        if not key:
            self._wrong(number, "key", "empty: give each row a key")
        elif key in self.rows:
            told = f"{key} is in row {self.rows[key]} already: keep one of them"
            self._wrong(number, "key", told)
        if row.profile is None:
            known = ", ".join((*PROFILES, *SYNONYMS))
            told = f"“{row.text('profile')}” is not known: use one of {known}"
            self._wrong(number, "profile", told)
        if row.surplus:
            told = "more cells than the header has: quote texts that hold a delimiter"
            self._wrong(number, "", told)
        return self.count == before

    def _wrong(self, row: int, column: str, message: str) -> None:
        self.count += 1
        if len(self.problems) < _MOST_TOLD:
            self.problems.append(Problem(row, column, message))

    def sheet(self) -> Sheet:
        """Check what needs all rows, and give them all."""
        links = list(self._links())
        places = self._places()
        if self.count:
            raise SheetError(self.problems, self.count)
        if places:
            self.read = [
                replace(one, place=place)
                for one, place in zip(self.read, places, strict=True)
            ]
        unknown = [
            n for n in self.columns.at if n not in REQUIRED and n not in OPTIONAL
        ]
        notes = [f"column {name} is not known and was ignored" for name in unknown]
        return Sheet(self.read, links, tuple(notes))

    def _links(self) -> Iterator[Link]:
        """Make the links; one named further up counts as the older."""
        for number, key, blockers in self.blocked:
            for blocker in dict.fromkeys(blockers):
                if blocker in self.rows:
                    yield Link(blocker, key, f"{number}")
                elif blocker:
                    told = (
                        f"{blocker} is no key of this file: add its row or take it out"
                    )
                    self._wrong(number, "blocked_by", told)

    def _places(self) -> list[int]:
        """Turn the rank column into places; rows without a rank come last."""
        if not any(self.ranks):
            return []
        order = _comparable(self.ranks)
        if order is None:
            odd = next(
                at
                for at, rank in enumerate(self.ranks)
                if rank and not _is_number(rank)
            )
            told = f"“{self.ranks[odd]}” is neither a number nor, like all, Jira's own"
            self._wrong(self.rows[self.read[odd].key], "rank", told)
            return []
        places = [0] * len(order)
        for place, at in enumerate(sorted(range(len(order)), key=order.__getitem__)):
            places[at] = place
        return places


def _is_number(text: str) -> bool:
    return isinstance(read_number(text), float)


def _comparable(ranks: Sequence[str]) -> list[tuple[bool, float | str]] | None:
    """Make ranks comparable: all numbers, or all LexoRank texts; None if neither."""
    if all(not rank or _is_number(rank) for rank in ranks):
        numbers = [read_number(rank) for rank in ranks]
        return [
            (not rank, number if rank else 0)
            for rank, number in zip(ranks, numbers, strict=True)
        ]
    if all(not rank or _LEXORANK.fullmatch(rank) for rank in ranks):
        return [(not rank, rank) for rank in ranks]
    return None
