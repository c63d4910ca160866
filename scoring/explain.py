"""Why an item stands where it stands, and what would change that."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from scoring.item import Gap
from scoring.money import break_even, cd3
from scoring.profiles.names import LIFE
from scoring.reasons import tell_amount
from scoring.summary import Row, Summary

Goal = Literal["first", "up", "down"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What would bring an item past another one, all else being equal.

    `cost_of_delay` (per week) and `duration` (weeks) are the values at which both have
    the same CD3, one changed at a time; None where no value does it. `inclusive` says
    that the value itself suffices, because today's order breaks the tie that way.
    `held_by` is the other end of a link that decides instead. `note` says so in words.
    """

    goal: Goal
    place: int
    against: str
    cost_of_delay: float | None = None
    duration: float | None = None
    inclusive: bool = False
    held_by: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One issue's place in the order, or why it has none.

    A scored issue has a `row` (its inputs with their sources are in `row.item`), a
    formula, its neighbours and its turns; an issue without a score has a `gap`.
    """

    key: str
    row: Row | None = None
    gap: Gap | None = None
    formula: str = ""
    above: Row | None = None
    below: Row | None = None
    turns: tuple[Turn, ...] = ()


def explain(summary: Summary, key: str) -> Explanation | None:
    """Explain one issue; None where the summary does not know it.

    The values of the turns are exact. What links place together is passed as a whole,
    at the CD3 of the whole; where a link of the item itself decides, its other end is
    named instead. Where costs change with time, values are named only between
    neighbours without links whose own do not.
    """
    at = next((n for n, row in enumerate(summary.rows) if row.item.key == key), None)
    if at is None:
        gap = next((gap for gap in summary.gaps if gap.key == key), None)
        told = f"Not scored: {gap.reason}" if gap else ""
        return Explanation(key, gap=gap, formula=told) if gap else None
    rows, row = summary.rows, summary.rows[at]
    return Explanation(
        key,
        row=row,
        formula=_formula(row, summary.currency),
        above=rows[at - 1] if at else None,
        below=rows[at + 1] if at + 1 < len(rows) else None,
        turns=tuple(_turns(summary, at)),
    )


def break_evens(summary: Summary, key: str, *, most: int) -> tuple[Turn, ...]:
    """Tell what would bring an item to each other place, the `most` nearest ones.

    As for `explain`, all else stays equal, and each turn names the item that now has
    the place.
    """
    rows = summary.rows
    at = next(n for n, row in enumerate(rows) if row.item.key == key)
    low = max(0, min(at - most // 2, len(rows) - 1 - most))
    ties = _Ties(summary)
    return tuple(
        ties.turn("up" if other.place < at + 1 else "down", rows[at], other)
        for other in rows[low : low + most + 1]
        if other.place != at + 1
    )


def _formula(row: Row, currency: str) -> str:
    if not row.item.duration:
        rate = tell_amount(row.rate, currency)
        return f"{rate} per week ÷ no duration"
    rate, ratio = tell_amount(row.rate, currency), tell_amount(row.cd3, currency)
    told = (
        f"{rate} per week ÷ {row.item.duration:,.4g} weeks = {ratio} per week of work"
    )
    if row.rate == row.item.cost_of_delay:
        return told
    full = tell_amount(row.item.cost_of_delay, currency)
    if row.item.profile in LIFE:
        return f"{told}; its {row.item.profile} profile is about {full} per week"
    return f"{told}; from {row.latest_start} on {full} per week count"


def _turns(summary: Summary, at: int) -> Iterator[Turn]:
    rows, row = summary.rows, summary.rows[at]
    ties = _Ties(summary)
    if at:
        yield ties.turn("first", row, rows[0])
        yield ties.turn("up", row, rows[at - 1])
    if at + 1 < len(rows):
        yield ties.turn("down", row, rows[at + 1])


class _Ties:
    """Which items move together, and what links let each of them pass.

    Where none of its links binds, an item passes others by its CD3 alone, and a block
    at the block's: as long as its blockers stand at no lower ratio than that, and what
    it blocks at no higher one.
    """

    def __init__(self, summary: Summary) -> None:
        self._over_time = summary.over_time
        self._rows = {row.item.key: row for row in summary.rows}
        self._after: dict[str, list[str]] = {}
        self._blocks: dict[int, list[Row]] = {}
        self._chains: dict[tuple[str, bool], Sequence[str]] = {}
        for row in summary.rows:
            for blocker in row.blockers:
                self._after.setdefault(blocker, []).append(row.item.key)
            if row.block:
                self._blocks.setdefault(row.block, []).append(row)

    def turn(self, goal: Goal, row: Row, other: Row) -> Turn:
        """Tell what would bring the row past the other."""
        turn = Turn(goal, other.place, other.item.key)
        if held := self._held(turn, row, other):
            return held
        against = self._ratio(other)
        if note := self._undecided(goal, row, other, against):
            return _noted(turn, note)
        cost, weeks = break_even(row.rate, row.item.duration, against)
        shortens = row.rate > 0 and against > 0 and row.latest_start is None
        ahead = row.was < self._block(other)[0].was
        return Turn(
            goal,
            other.place,
            other.item.key,
            cost_of_delay=cost,
            duration=weeks if shortens else None,
            inclusive=ahead != (goal == "down"),
        )

    def _undecided(self, goal: Goal, row: Row, other: Row, against: float) -> str:
        """Say why no single value would bring the row past the other."""
        if row.item.duration <= 0 or not math.isfinite(against):
            return "no cost of delay decides where something takes no time"
        if row.item.profile in LIFE:
            return "its cost of delay changes with time: no value decides"
        if row.rate != row.item.cost_of_delay:
            return f"its cost of delay counts from {row.latest_start} on"
        if self._over_time and not self._plain_pair(row, other):
            return "costs here change with time: no single value decides"
        if row.cd3 != against and (row.cd3 > against) == (goal != "down"):
            return "its CD3 would bring it there already: the tolerance keeps it here"
        return ""

    def _held(self, turn: Turn, row: Row, other: Row) -> Turn | None:
        """Name the link that decides instead, if one does."""
        up = turn.goal != "down"
        chain = self._chain(row.item.key, up=up)
        when = "first" if up else "later"
        if other.item.key in chain:
            return _noted(turn, f"{other.item.key} must come {when}, by a link", other)
        if self._over_time:
            return None
        if None in {row.block, other.block} and (
            self._linked(row) or self._linked(other)
        ):
            return _noted(turn, "links may decide here: no value is known")
        if mate := self._mate(row):
            told = f"{row.item.key} is linked with {mate.item.key}"
            return _noted(turn, f"{told}: they are placed together", mate)
        against = self._ratio(other)
        for key in chain:
            end = self._rows[key]
            ratio = self._ratio(end)
            binds = ratio < against if up else ratio > against
            between = (other.place < end.place) == up and ratio == against
            if binds or between or (end.block and end.block == other.block):
                return _noted(turn, f"{key} must come {when}, by a link", end)
        return None

    def _chain(self, key: str, *, up: bool) -> Sequence[str]:
        """List all that must come before an item, or after it, the nearest first."""
        if (key, up) not in self._chains:
            found = {key: None}
            for one in (edge := [key]):
                ends = self._rows[one].blockers if up else self._after.get(one, ())
                edge += [end for end in ends if end not in found]
                found |= dict.fromkeys(ends)
            self._chains[key, up] = tuple(found)[1:]
        return self._chains[key, up]

    def _linked(self, row: Row) -> bool:
        return bool(row.blockers) or row.item.key in self._after

    def _mate(self, row: Row) -> Row | None:
        """Find another row of the same block, one with a link to it where there is."""
        others = [one for one in self._block(row) if one is not row]
        near = {*row.blockers, *self._after.get(row.item.key, ())}
        return min(others, key=lambda one: one.item.key not in near, default=None)

    def _block(self, row: Row) -> Sequence[Row]:
        return self._blocks[row.block] if row.block else (row,)

    def _ratio(self, row: Row) -> float:
        """Give the CD3 by which a row is placed: its own, or its block's."""
        block = self._block(row)
        if len(block) == 1:
            return row.cd3
        rate = sum(one.rate for one in block)
        return cd3(rate, sum(one.item.duration for one in block))

    def _plain_pair(self, row: Row, other: Row) -> bool:
        """Tell whether two neighbours keep their rates, so that CD3 parts them."""
        plain = all(
            one.latest_start is None
            and one.item.profile not in LIFE
            and not self._linked(one)
            for one in (row, other)
        )
        return plain and abs(row.place - other.place) == 1


def _noted(turn: Turn, note: str, held_by: Row | None = None) -> Turn:
    key = held_by.item.key if held_by else None
    return Turn(turn.goal, turn.place, turn.against, held_by=key, note=note)
