"""The cells of one row of a spreadsheet, judged."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from scoring.item import Gap, Item, Span
from scoring.numerals import (
    MOST_QUOTED,
    has_decimal_comma,
    may_be_thousands,
    read_number,
)
from scoring.profiles.names import profile_named
from scoring.urgency import DEADLINE

REQUIRED: Final = ("key", "cost_of_delay", "duration")
OPTIONAL: Final = (
    "summary",
    "rank",
    "blocked_by",
    "deadline",
    "profile",
    "duration_low",
    "duration_high",
    "cost_of_delay_low",
    "cost_of_delay_high",
    "profile_weeks",
    "penalty",
    "team",
    "driver",
    "driver_low",
    "driver_high",
    "size",
)
_OVER_TIME: Final = ("deadline", "profile", "profile_weeks", "penalty")

# A life-cycle of half an hour is none, and larger amounts are typing errors.
_SHORTEST: Final = 0.003
_MOST: Final = 1e15


class Columns:
    """Where each column stands, and what the rows so far tell of the file.

    `commas` says that decimals are written with a comma. As long as it is not known,
    `doubtful` notes by column in which rows a point may part thousands.
    """

    def __init__(self, at: Mapping[str, int], *, commas: bool = False) -> None:
        self.at = at
        self.commas = commas
        self.doubtful: dict[str, array[int]] = {}
        self.width = max(at.values()) + 1
        self.over_time = [column for column in _OVER_TIME if column in at]
        self.spans = {
            name: (f"{name}_low", f"{name}_high")
            for name in ("cost_of_delay", "duration")
            if f"{name}_low" in at or f"{name}_high" in at
        }


class SheetRow:
    """The cells of one row, by column."""

    def __init__(self, columns: Columns, cells: Sequence[str]) -> None:
        self._columns = columns
        self._at = columns.at
        self._cells = cells
        self._row = 0
        self.surplus = len(cells) > columns.width and any(
            cell.strip() for cell in cells[columns.width :]
        )

    def text(self, column: str) -> str:
        """Read a cell; one that is not there is empty."""
        at = self._at.get(column)
        return "" if at is None or at >= len(self._cells) else self._cells[at].strip()

    @property
    def profile(self) -> str | None:
        """Read the urgency profile; none where the word is not known."""
        text = self.text("profile")
        return profile_named(text) if text else ""

    def item(self, key: str, place: int) -> Item | Gap:
        """Judge the row: an item, or why it is none."""
        self._row = place
        cost = self._number("cost_of_delay")
        duration = self._number("duration")
        if isinstance(duration, float) and duration <= 0:
            duration = f"{duration:g} is not more than 0"
        if isinstance(cost, str):
            return self._gap(key, place, "cost_of_delay", cost)
        if isinstance(duration, str):
            return self._gap(key, place, "duration", duration)
        item = Item(
            key=key,
            cost_of_delay=cost,
            duration=duration,
            summary=self.text("summary"),
            place=place,
            cost_of_delay_span=self._span("cost_of_delay"),
            duration_span=self._span("duration"),
            team=self.text("team"),
            driver=self.text("driver"),
        )
        timed = any(map(self.text, self._columns.over_time))
        return self._over_time(item) if timed else item

    def _number(self, column: str) -> float | str:
        """Read a number, and learn from it how the file writes decimals."""
        text, columns = self.text(column), self._columns
        if not columns.commas:
            if has_decimal_comma(text):
                columns.commas = True
            elif may_be_thousands(text):
                columns.doubtful.setdefault(column, array("q")).append(self._row)
        return read_number(text, commas=columns.commas)

    def driver_ends(self) -> tuple[str, str]:
        """Read the ends of a driver's range, which are judged with all rows."""
        ends = self.text("driver_low"), self.text("driver_high")
        self._columns.commas |= any(map(has_decimal_comma, ends))
        return ends

    def _over_time(self, item: Item) -> Item | Gap:
        """Judge what changes the item's cost of delay as time goes by."""
        deadline = self._deadline()
        weeks = self._amount("profile_weeks", least=_SHORTEST)
        penalty = self._amount("penalty", least=0.0)
        if isinstance(deadline, str):
            return self._gap(item.key, item.place, "deadline", deadline)
        if isinstance(weeks, str):
            return self._gap(item.key, item.place, "profile_weeks", weeks)
        if isinstance(penalty, str):
            return self._gap(item.key, item.place, "penalty", penalty)
        return replace(
            item,
            deadline=deadline,
            profile=self.profile or "",
            profile_weeks=weeks,
            penalty=penalty or 0.0,
        )

    def _amount(self, column: str, *, least: float) -> float | str | None:
        """Read a number that may be left out, within what can be meant."""
        if not self.text(column):
            return None
        number = self._number(column)
        if isinstance(number, float) and not least <= number <= _MOST:
            return f"{number:g} is not between {least:g} and {_MOST:g}"
        return number

    def _gap(self, key: str, place: int, column: str, reason: str) -> Gap:
        return gap_of(key, column, reason, self.text("summary"), place)

    def _deadline(self) -> date | str | None:
        text = self.text("deadline")
        if not text:
            return (
                "is empty, yet the profile is deadline"
                if self.profile == DEADLINE
                else None
            )
        try:
            return date.fromisoformat(text)
        except ValueError:
            return f"says “{text}”, which is no date (YYYY-MM-DD)"

    def odd_ranges(self) -> Iterator[str]:
        """Say which 80 % ranges cannot be one, and which leave out their own number."""
        for column, names in self._columns.spans.items():
            texts = [self.text(name) for name in names]
            told = " to ".join(f"“{text[:MOST_QUOTED]}”" for text in texts)
            span, likely = self._span(column), self._number(column)
            if span is None and any(texts):
                key = self.text("key")
                yield f"{column} {told} is no range: {key} counts without it"
            elif span and isinstance(likely, float):
                low, high = min(span.low, likely), max(span.high, likely)
                if Span(low, high) != span:
                    wide = f"it is taken as {low:,g} to {high:,g}"
                    yield f"{column} {told} leaves out {likely:,g} itself: {wide}"

    def _span(self, column: str) -> Span | None:
        """Read an 80 % range; half a one or a reversed one is none."""
        names = self._columns.spans.get(column)
        if names is None:
            return None
        low, high = map(self._number, names)
        if isinstance(low, float) and isinstance(high, float) and low <= high:
            return Span(low, high)
        return None


def gap_of(key: str, column: str, reason: str, summary: str, place: int) -> Gap:
    """Make a gap of what one column says."""
    return Gap(key, f"{column} {reason}", summary, place, column, column)


def doubted(one: Item | Gap, column: str) -> tuple[Item | Gap, str]:
    """Take back a number whose point may part thousands, as the file now shows.

    What is told is there where a range is lost, for the row stays an item.
    """
    if isinstance(one, Gap):
        return one, ""
    name = column.removesuffix("_low").removesuffix("_high")
    if name == column:
        reason = read_number(f"{getattr(one, column):.3f}", commas=True)
        return gap_of(one.key, column, str(reason), one.summary, one.place), ""
    span = one.duration_span if name == "duration" else one.cost_of_delay_span
    if span is None:
        return one, ""
    end = span.low if column.endswith("low") else span.high
    told = f"{column} {read_number(f'{end:.3f}', commas=True)}"
    if name == "duration":
        return replace(one, duration_span=None), told
    return replace(one, cost_of_delay_span=None), told
