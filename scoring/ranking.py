"""The whole pure step: items and gaps in; the summary and what to write out."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from scoring.item import Cycle, Gap, Issue, Item, Link, Mode, Source, Span
from scoring.money import cd3
from scoring.moves import Aim, fitting_aim, plan_moves, sort_moves
from scoring.plan import FieldWrite, Move, Plan, seal
from scoring.profiles.sending import sort_moves_over_time
from scoring.summary import Row, Summary, Totals
from scoring.weighing import weigh_backlog

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Output = Literal["score", "position", "delay_cost"]

# Decimals that each output is written with, so that what Jira gives back is the same.
DIGITS: Final[Mapping[str, int]] = {"score": 4, "position": 0, "delay_cost": 2}

# Jira's number fields hold no more than this; beyond it nothing is written.
MOST: Final = 1e14


def rank_backlog(
    read: Sequence[Item | Gap],
    links: Sequence[Link],
    *,
    today: date,
    mode: Mode,
    currency: str,
) -> Summary:
    """Order a backlog for the day and tell every row.

    `read` are all issues that may be ranked, each with its place in Jira's order.
    Deadlines and profiles count as time goes by, in the order, in its cost and in the
    lower bound. A mode that does not fit the currency is a ValueError.
    """
    return weigh_backlog(
        read, links, today=today, mode=mode, currency=currency
    ).summary()


def plan_changes(
    summary: Summary,
    issues: Sequence[Issue],
    *,
    backlog: str,
    outputs: Mapping[Output, str],
    aim: Aim | Literal["fitting"] | None = "fitting",
) -> Plan:
    """Plan the moves and field writes that bring Jira to the summary.

    `outputs` names the field of each number that is written. `aim` says what moves are
    to be few of (`fitting_aim` unless told). Calls that save most come first; without
    an aim nothing is moved, so nothing is saved. Values are rounded
    (`DIGITS`) and written only where Jira holds something else; a gap's old values are
    cleared; done issues are left alone.
    """
    today = sorted(summary.rows, key=lambda row: row.was)
    before = tuple(row.item.key for row in today)
    after = tuple(row.item.key for row in summary.rows)
    if aim == "fitting":
        aim = fitting_aim(before, after)
    moves = plan_moves(before, after, aim=aim) if aim else ()
    return seal(
        Plan(
            backlog=backlog,
            before=before,
            after=after,
            moves=_above_unscored(_best_first(summary, today, moves), summary),
            writes=tuple(_writes(summary, issues, outputs)),
            saved=summary.totals.saved if aim else 0.0,
            currency=summary.currency,
            digest="",
        )
    )


def _best_first(
    summary: Summary, today: Sequence[Row], moves: Sequence[Move]
) -> Sequence[Move]:
    """Send what saves most first, by what deadlines and profiles make of it."""
    rated = [_at_rate(row) for row in today]
    if not summary.over_time:
        return sort_moves(rated, moves)
    return sort_moves_over_time(
        [row.item for row in today], moves, today=summary.today, rated=rated
    )


def _above_unscored(moves: Sequence[Move], summary: Summary) -> tuple[Move, ...]:
    """Put what goes to the front before the unscored issues that stand there too.

    Between two issues that stay, unscored ones end up behind what is moved there; at
    the front they would rise above it, as issues below them leave for elsewhere.
    """
    place = {row.item.key: row.item.place for row in summary.rows}
    first = min(summary.gaps, key=lambda gap: gap.place, default=None)
    return tuple(
        replace(move, anchor=first.key)
        if first is not None
        and move.place == "before"
        and first.place < place[move.anchor]
        else move
        for move in moves
    )


def _at_rate(row: Row) -> Item:
    return replace(row.item, cost_of_delay=row.rate)


def _writes(
    summary: Summary, issues: Sequence[Issue], outputs: Mapping[Output, str]
) -> Iterator[FieldWrite]:
    """Find the output fields that hold something else, in the recommended order."""
    open_issues = {issue.key: issue for issue in issues if not issue.done}
    for row in summary.rows:
        if row.item.key in open_issues:
            yield from _differing(open_issues[row.item.key], outputs, row)
    for gap in summary.gaps:
        if gap.key in open_issues:
            yield from _differing(open_issues[gap.key], outputs, None)


def _differing(
    issue: Issue, outputs: Mapping[Output, str], row: Row | None
) -> Iterator[FieldWrite]:
    for output, field in outputs.items():
        held = _held(issue.fields.get(field))
        value = _value(output, row) if row else None
        digits = DIGITS[output]
        if value != (held if held is None else _round(held, digits)):
            yield FieldWrite(issue.key, field, value, held)


def _value(output: Output, row: Row) -> float | None:
    values = {"score": row.cd3, "position": row.place, "delay_cost": row.delay_cost}
    value = values[output]
    return _round(value, DIGITS[output]) if abs(value) <= MOST else None


def _round(value: float, digits: int) -> float:
    return round(float(value), digits) + 0.0  # no negative zero


def _held(value: object) -> float | None:
    """Read what a number field holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def summary_to_json(summary: Summary) -> dict[str, Any]:
    """Write a summary as what JSON can hold; an infinite CD3 is null."""
    return {
        "mode": summary.mode.value,
        "currency": summary.currency,
        "today": summary.today.isoformat(),
        "rows": [_plain_row(row) for row in summary.rows],
        "gaps": [_parts(gap) for gap in summary.gaps],
        "cycles": [
            {"path": list(cycle.path), "dropped": _parts(cycle.dropped)}
            for cycle in summary.cycles
        ],
        "totals": _parts(summary.totals),
        "over_time": summary.over_time,
    }


def _plain_row(row: Row) -> dict[str, Any]:
    return _parts(row) | {
        "item": _plain_item(row.item),
        "cd3": row.cd3 if math.isfinite(row.cd3) else None,
        "latest_start": _iso(row.latest_start),
        "blockers": list(row.blockers),
        "waits_for": list(row.waits_for),
    }


def _plain_item(item: Item) -> dict[str, Any]:
    cost, duration = item.cost_of_delay_span, item.duration_span
    return _parts(item) | {
        "deadline": _iso(item.deadline),
        "cost_of_delay_span": _parts(cost) if cost else None,
        "duration_span": _parts(duration) if duration else None,
        "sources": [_parts(source) for source in item.sources],
    }


def _parts(value: "DataclassInstance") -> dict[str, Any]:
    """Name a value's parts, one floor deep: `asdict` copies each to the bottom."""
    return {name: getattr(value, name) for name in _names(type(value))}


@cache
def _names(kind: "type[DataclassInstance]") -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def summary_from_json(raw: Mapping[str, Any]) -> Summary:
    """Read what `summary_to_json` wrote."""
    return Summary(
        mode=Mode(raw["mode"]),
        currency=raw["currency"],
        today=date.fromisoformat(raw["today"]),
        rows=tuple(_read_row(row) for row in raw["rows"]),
        gaps=tuple(Gap(**gap) for gap in raw["gaps"]),
        cycles=tuple(
            Cycle(tuple(cycle["path"]), Link(**cycle["dropped"]))
            for cycle in raw["cycles"]
        ),
        totals=Totals(**raw["totals"]),
        over_time=raw.get("over_time", False),
    )


def _read_row(raw: Mapping[str, Any]) -> Row:
    item = _read_item(raw["item"])
    ratio = raw["cd3"]
    return Row(
        **{
            **raw,
            "item": item,
            "cd3": cd3(raw["rate"], item.duration) if ratio is None else ratio,
            "latest_start": _day(raw["latest_start"]),
            "blockers": tuple(raw.get("blockers", ())),
            "waits_for": tuple(raw.get("waits_for", ())),
        }
    )


def _read_item(raw: Mapping[str, Any]) -> Item:
    return Item(
        **{
            **raw,
            "deadline": _day(raw["deadline"]),
            "cost_of_delay_span": _span(raw["cost_of_delay_span"]),
            "duration_span": _span(raw["duration_span"]),
            "sources": tuple(Source(**source) for source in raw["sources"]),
        }
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _span(raw: Mapping[str, Any] | None) -> Span | None:
    return Span(**raw) if raw else None
