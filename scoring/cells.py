"""The cells of one row of a spreadsheet, judged."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from scoring.item import Gap, Item, Span
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
)
_OVER_TIME: Final = ("deadline", "profile", "profile_weeks", "penalty")

# A life-cycle of half an hour is none, and larger amounts are typing errors.
_SHORTEST: Final = 0.003
_MOST: Final = 1e15

# A cell may hold a novel.
_MOST_QUOTED: Final = 40

_PLAIN: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_THOUSANDS: Final = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DECIMAL_COMMA: Final = re.compile(r"[+-]?[0-9]+,[0-9]+")
_SPACED: Final = re.compile(r"[+-]?[0-9]{1,3}([ \u00a0\u202f][0-9]{3})+([.,][0-9]+)?")


class Columns:
    """Where each column stands, and what of it every row would find out again."""

    def __init__(self, at: Mapping[str, int]) -> None:
        self.at = at
        self.width = max(at.values()) + 1
        self.over_time = [column for column in _OVER_TIME if column in at]
        self.spans = {
            name: (f"{name}_low", f"{name}_high")
            for name in ("cost_of_delay", "duration")
            if f"{name}_low" in at
        }


class SheetRow:
    """The cells of one row, by column."""

    def __init__(self, columns: Columns, cells: Sequence[str]) -> None:
        self._columns = columns
        self._at = columns.at
        self._cells = cells
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
        cost = read_number(self.text("cost_of_delay"))
        duration = read_number(self.text("duration"))
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
        )
        timed = any(map(self.text, self._columns.over_time))
        return self._over_time(item) if timed else item

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
        text = self.text(column)
        if not text:
            return None
        number = read_number(text)
        if isinstance(number, float) and not least <= number <= _MOST:
            return f"{number:g} is not between {least:g} and {_MOST:g}"
        return number

    def _gap(self, key: str, place: int, column: str, reason: str) -> Gap:
        told = f"{column} {reason}"
        return Gap(key, told, self.text("summary"), place, column, column)

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

    def _span(self, column: str) -> Span | None:
        """Read an 80 % range; half a one or a reversed one is none."""
        names = self._columns.spans.get(column)
        if names is None:
            return None
        low, high = (read_number(self.text(name)) for name in names)
        if isinstance(low, float) and isinstance(high, float) and low <= high:
            return Span(low, high)
        return None


def read_number(text: str) -> float | str:
    """Read a number, or say what is wrong with it.

    Thousands may be parted by commas or spaces, and a comma may stand for the decimal
    point; «1,234» could be either, so it is neither.
    """
    if _PLAIN.fullmatch(text):
        return float(text)
    thousands, decimal = _THOUSANDS.fullmatch(text), _DECIMAL_COMMA.fullmatch(text)
    if thousands and not decimal:
        return float(text.replace(",", ""))
    if _SPACED.fullmatch(text) or (decimal and not thousands):
        return float(re.sub(r"\s", "", text).replace(",", "."))
    return _unreadable(text, ambiguous=thousands is not None)


def _unreadable(text: str, *, ambiguous: bool) -> str:
    if not text:
        return "is empty"
    if ambiguous:
        which = "which may be thousands or decimals: write it without a comma"
        return f"says “{text}”, {which}"
    return f"says “{text[:_MOST_QUOTED]}”, which is no number"
