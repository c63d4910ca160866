"""The drivers that rows of a spreadsheet share: one range each, whoever names it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from scoring.cells import SheetRow
from scoring.item import Span
from scoring.numerals import MOST_QUOTED, read_number

# A factor of a cost of delay that is further from 1 is a percentage, or a slip.
_MOST: Final = 100.0
_RANGE: Final = f"a range of a factor around 1, within {1 / _MOST:g} and {_MOST:g}"

Ends = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """The range of each driver that has one, and what is to be said by row.

    `wrong` is row, column and message; `odd` is row and message.
    """

    spans: dict[str, Span]
    wrong: list[tuple[int, str, str]]
    odd: list[tuple[int, str]]


@dataclass
class DriverCells:
    """What the rows so far say of drivers: the first row of each name and range."""

    _first: dict[str, dict[Ends, int]] = field(default_factory=dict)

    def take(self, number: int, row: SheetRow) -> None:
        """Remember what one row says."""
        name, ends = row.text("driver"), row.driver_ends()
        if name or any(ends):
            self._first.setdefault(name, {}).setdefault(ends, number)

    def judged(self, *, commas: bool) -> Judged:
        """Read the ranges; rows of one driver must agree, and may leave it out."""
        found = Judged({}, [], [])
        for name, told in self._first.items():
            if name:
                self._judge(found, name, told, commas=commas)
            else:
                row = min(told.values())
                found.odd.append((row, "driver_low, driver_high: no driver is named"))
        return found

    def _judge(
        self, found: Judged, name: str, told: dict[Ends, int], *, commas: bool
    ) -> None:
        first, short = 0, name[:MOST_QUOTED]
        for ends, row in told.items():
            span = _span(ends, commas=commas)
            if span is None:
                if any(ends):
                    quoted = " to ".join(f"“{end[:MOST_QUOTED]}”" for end in ends)
                    odd = f"driver {short} {quoted} is not {_RANGE}: it is passed over"
                    found.odd.append((row, odd))
            elif not first:
                first, found.spans[name] = row, span
                found.odd.extend((row, odd) for odd in _widened(short, span))
            else:
                given = found.spans[name]
                found.wrong.extend(
                    (row, column, _disagreement(short, mine, first, theirs))
                    for column, mine, theirs in (
                        ("driver_low", span.low, given.low),
                        ("driver_high", span.high, given.high),
                    )
                    if mine != theirs
                )
        if not first:
            row = min(told.values())
            found.odd.append((row, f"driver {short} has no range: it changes nothing"))


def _disagreement(name: str, mine: float, row: int, theirs: float) -> str:
    return (
        f"{mine:g} for the driver {name}, but row {row} says {theirs:g}: "
        "give one range, or leave it out in later rows"
    )


def _widened(name: str, span: Span) -> Iterator[str]:
    low, high = min(span.low, 1.0), max(span.high, 1.0)
    if Span(low, high) != span:
        told = f"driver {name} “{span.low:g}” to “{span.high:g}” leaves out 1 itself"
        yield f"{told}: it is taken as {low:g} to {high:g}"


def _span(ends: Ends, *, commas: bool) -> Span | None:
    low, high = (read_number(end, commas=commas) for end in ends)
    if isinstance(low, str) or isinstance(high, str):
        return None
    return Span(low, high) if 1 / _MOST <= low <= high <= _MOST else None
