"""A spreadsheet of a backlog: from the lines of a CSV file to items, gaps and links.

Numbers keep the file's own units; nothing is converted.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from scoring.cells import OPTIONAL, REQUIRED, Columns, SheetRow, doubted
from scoring.drivers import DriverCells
from scoring.item import Gap, Item, Link, Span
from scoring.numerals import read_number
from scoring.profiles.names import PROFILES, SYNONYMS

_LEXORANK: Final = re.compile(r"[0-9]\|[0-9a-z]+:[0-9a-z]*")

# Whether there is no rank, and the rank.
Rank = tuple[bool, float | str]

# A key in parts that sort as people count.
Natural = tuple[str, int, str, str]

# A file with more wrong cells than this is not read cell by cell.
_MOST_TOLD: Final = 20

# Nor does anybody read more notes on ranges than this.
_MOST_RANGES: Final = 5


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
    """What a file says: items and gaps, links, and notes on what was passed over.

    `sizes` are what rows are called by (T-shirt sizes), by key, where they are.
    """

    read: list[Item | Gap]
    links: list[Link]
    notes: tuple[str, ...]
    sizes: Mapping[str, str] = field(default_factory=dict)


def read_sheet(lines: Iterable[str]) -> Sheet:
    """Read the lines of a CSV file, its header first.

    Commas, semicolons and tabs part cells. Duplicate keys, missing columns, unknown
    blockers or profiles and ranks that cannot be compared raise SheetError; a bad
    number or date makes a gap of its row.
    """
    delimiter, number, rest = _delimited(lines)
    rows = _rows(rest, delimiter, number)
    header, cells = next(rows, (1, []))
    columns = Columns(_columns(header, cells), commas=delimiter == ";")
    reader = _Reader(columns)
    for number, row in rows:
        reader.take(number, row)
    return reader.sheet()


def _delimited(lines: Iterable[str]) -> tuple[str, int, Iterator[str]]:
    """Find what parts cells, in the first line that has text, and where that stands."""
    source = iter(lines)
    start, first = 1, next(source, "")
    while first and not first.strip():
        start, first = start + 1, next(source, "")
    if first.lower().startswith("sep="):  # Excel's own word for the delimiter
        return first.strip()[4:5] or ",", start + 1, source
    return max(",;\t", key=first.count), start, chain([first], source)


def _rows(
    lines: Iterator[str], delimiter: str, start: int
) -> Iterator[tuple[int, list[str]]]:
    """Part the lines into rows with their numbers; pass over those without text."""
    records = csv.reader(lines, delimiter=delimiter, strict=True)
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
    blocked: list[tuple[int, int, list[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    ranges: list[str] = field(default_factory=list)
    odd: int = 0
    drivers: DriverCells = field(default_factory=DriverCells)
    sizes: dict[str, str] = field(default_factory=dict)

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
            told = re.split(r"[\s,;]+", blockers)
            self.blocked.append((number, len(self.read), told))
        self.read.append(row.item(key, len(self.read)))
        self.drivers.take(number, row)
        if size := row.text("size"):
            self.sizes[key] = size
        for odd in row.odd_ranges() if self.columns.spans else ():
            self._note(number, odd)

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

    def _note(self, row: int, told: str) -> None:
        """Note what is odd in a range, as often as anybody reads it."""
        self.odd += 1
        if self.odd <= _MOST_RANGES:
            self.ranges.append(f"row {row}: {told}")

    def _doubt(self) -> None:
        """Take back what was read before a later row showed a decimal comma."""
        for column, rows in self.columns.doubtful.items():
            for at in rows:
                self.read[at], told = doubted(self.read[at], column)
                if told:
                    key = self.read[at].key
                    self._note(self.rows[key], f"{told}: {key} counts without it")

    def sheet(self) -> Sheet:
        """Check what needs all rows, and give them all."""
        if self.columns.commas:
            self._doubt()
        ranks = self._ranks()
        links = list(self._links(ranks))
        places = _places(ranks)
        spans = self._drivers()
        if self.count:
            told = sorted(self.problems, key=lambda one: one.row)
            raise SheetError(told, self.count)
        if places:
            self.read = [
                replace(one, place=place)
                for one, place in zip(self.read, places, strict=True)
            ]
        if spans:
            self.read = [
                replace(one, driver_span=spans.get(one.driver))
                if isinstance(one, Item) and one.driver
                else one
                for one in self.read
            ]
        unknown = [
            n for n in self.columns.at if n not in REQUIRED and n not in OPTIONAL
        ]
        notes = [f"column {name} is not known and was ignored" for name in unknown]
        if self.odd > _MOST_RANGES:
            more = self.odd - _MOST_RANGES
            self.ranges.append(f"… and {more:,} more ranges to look at")
        return Sheet(self.read, links, (*notes, *self.ranges), self.sizes)

    def _drivers(self) -> Mapping[str, Span]:
        """Find the drivers' ranges, and say where rows do not agree."""
        found = self.drivers.judged(commas=self.columns.commas)
        for wrong in found.wrong:
            self._wrong(*wrong)
        for row, told in found.odd:
            self._note(row, told)
        return found.spans

    def _links(self, ranks: Sequence[Rank]) -> Iterator[Link]:
        """Make the links; those of a row that stands further up count as older.

        Rows that no rank tells apart go by their keys, so that it does not matter how
        the file is sorted.
        """

        def age(one: tuple[int, int, list[str]]) -> tuple[Rank, Natural]:
            rank = ranks[one[1]] if ranks else (True, 0.0)
            return rank, natural(self.read[one[1]].key)

        for turn, (number, at, blockers) in enumerate(
            sorted(self.blocked, key=age), start=1
        ):
            for blocker in dict.fromkeys(blockers):
                if blocker in self.rows:
                    yield Link(blocker, self.read[at].key, f"{turn}")
                elif blocker:
                    told = (
                        f"{blocker} is no key of this file: add its row or take it out"
                    )
                    self._wrong(number, "blocked_by", told)

    def _ranks(self) -> list[Rank]:
        """Make the ranks comparable; none where no row has one."""
        if not any(self.ranks):
            return []
        commas = self.columns.commas
        found = _comparable(self.ranks, commas=commas)
        if found is not None:
            return found
        odd = next(
            at
            for at, rank in enumerate(self.ranks)
            if rank and not _is_number(rank, commas=commas)
        )
        told = f"“{self.ranks[odd]}” is neither a number nor, like all, Jira's own"
        self._wrong(self.rows[self.read[odd].key], "rank", told)
        return []


def natural(key: str) -> Natural:
    """Sort keys as people count: AB-9 comes before AB-10."""
    head = key.rstrip("0123456789")
    tail = key[len(head) :].lstrip("0")
    return head, len(tail), tail, key


def _places(ranks: Sequence[Rank]) -> list[int]:
    """Turn ranks into places; rows without one come last."""
    places = [0] * len(ranks)
    for place, at in enumerate(sorted(range(len(ranks)), key=ranks.__getitem__)):
        places[at] = place
    return places


def _is_number(text: str, *, commas: bool) -> bool:
    return isinstance(read_number(text, commas=commas), float)


def _comparable(ranks: Sequence[str], *, commas: bool) -> list[Rank] | None:
    """Make ranks comparable: all numbers, or all LexoRank texts; None if neither."""
    if all(not rank or _is_number(rank, commas=commas) for rank in ranks):
        numbers = [read_number(rank, commas=commas) for rank in ranks]
        return [
            (not rank, number if rank else 0)
            for rank, number in zip(ranks, numbers, strict=True)
        ]
    if all(not rank or _LEXORANK.fullmatch(rank) for rank in ranks):
        return [(not rank, rank) for rank in ranks]
    return None
