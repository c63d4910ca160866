"""Why an item stands where it stands, and what would change that."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scoring.item import Gap
from scoring.money import break_even
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

    The values of the turns are exact where neither item is linked; where one is, the
    link that holds it is named instead. Where costs change with time, values are named
    only between neighbours whose own do not.
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
    """Which items are linked, and with which others."""

    def __init__(self, summary: Summary) -> None:
        self._over_time = summary.over_time
        self._linked: dict[str, str] = {}
        for row in summary.rows:
            for blocker in row.blockers:
                self._linked.setdefault(row.item.key, blocker)
                self._linked.setdefault(blocker, row.item.key)

    def turn(self, goal: Goal, row: Row, other: Row) -> Turn:
        """Tell what would bring the row past the other."""
        turn = Turn(goal, other.place, other.item.key)
        if held := self._held(turn, row, other):
            return held
        if row.item.duration <= 0 or not math.isfinite(other.cd3):
            return _noted(
                turn, "no cost of delay decides where something takes no time"
            )
        if row.item.profile in LIFE:
            return _noted(turn, "its cost of delay changes with time: no value decides")
        if row.rate != row.item.cost_of_delay:
            return _noted(turn, f"its cost of delay counts from {row.latest_start} on")
        if self._over_time and not _plain_pair(row, other):
            return _noted(turn, "costs here change with time: no single value decides")
        cost, weeks = break_even(row.rate, row.item.duration, other.cd3)
        shortens = row.rate > 0 and other.cd3 > 0 and row.latest_start is None
        ahead = row.was < other.was
        return Turn(
            goal,
            other.place,
            other.item.key,
            cost_of_delay=cost,
            duration=weeks if shortens else None,
            inclusive=ahead != (goal == "down"),
        )

    def _held(self, turn: Turn, row: Row, other: Row) -> Turn | None:
        if other.item.key in row.blockers:
            return _noted(turn, f"{other.item.key} must come first, by a link", other)
        if row.item.key in other.blockers:
            return _noted(turn, f"{other.item.key} must come later, by a link", other)
        for one in (row, other):
            if end := self._linked.get(one.item.key):
                told = f"{one.item.key} is linked with {end}: they are placed together"
                return Turn(turn.goal, turn.place, turn.against, held_by=end, note=told)
        return None


def _plain_pair(row: Row, other: Row) -> bool:
    """Tell whether two neighbours keep their rates, so that CD3 parts them."""
    plain = all(
        one.latest_start is None and one.item.profile not in LIFE
        for one in (row, other)
    )
    return plain and abs(row.place - other.place) == 1


def _noted(turn: Turn, note: str, held_by: Row | None = None) -> Turn:
    key = held_by.item.key if held_by else None
    return Turn(turn.goal, turn.place, turn.against, held_by=key, note=note)
