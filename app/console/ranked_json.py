"""A ranked spreadsheet as one JSON object."""

import math
from dataclasses import asdict
from typing import Any, Final, TextIO

import orjson

from app.console.findings import Explained, Findings, blocks_of
from scoring.pin import PinPrice
from scoring.summary import Row
from scoring.teams import Schedule
from scoring.uncertainty.confidence import Confidence
from scoring.uncertainty.refinements import refinements
from scoring.what_if import Outcome

# Nobody refines more estimates than this at once.
MOST_REFINED: Final = 200


def write_json(found: Findings, out: TextIO) -> None:
    """Write one JSON object, row by row: a million of them need not fit a text.

    What is not asked for, or does not apply, is left out.
    """
    ranking, totals = found.ranking, found.ranking.totals
    out.write(f'{{"mode":"{ranking.mode.value}","order":[')
    for number, row in enumerate(ranking.rows(reasons=False)):
        out.write(",\n" if number else "\n")
        out.write(orjson.dumps(_row(row)).decode())
    rest = {
        "gaps": [{"key": gap.key, "reason": gap.reason} for gap in ranking.gaps],
        "cycles": [list(cycle.path[:-1]) for cycle in ranking.order.cycles],
        "totals": {
            "file_order": totals.jira_order,
            "order": totals.order,
            "saved": totals.saved,
            "lower_bound": totals.lower_bound,
            "gap": totals.gap,
        },
    }
    out.write("],\n" + orjson.dumps(rest | _answers(found)).decode()[1:] + "\n")


def _row(row: Row) -> dict[str, Any]:
    told = {
        "key": row.item.key,
        "rank": row.place,
        "cost_of_delay": row.item.cost_of_delay,
        "duration": row.item.duration,
        "cd3": row.cd3 if math.isfinite(row.cd3) else None,
        "starts": row.starts,
        "ends": row.ends,
        "delay_cost": row.delay_cost,
    }
    if row.item.likely_duration is not None:
        told["likely"] = {
            "cost_of_delay": row.item.likely_cost_of_delay,
            "duration": row.item.likely_duration,
        }
    if row.item.driver_span:
        told["driver"] = row.item.driver
    if row.latest_start:
        told["latest_start"] = row.latest_start.isoformat()
    if row.pulled_by:
        told["pulled_by"] = row.pulled_by
    return told


def _answers(found: Findings) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if found.blocking:
        told["gaps_block"] = found.blocking
    if found.broken:
        told["broken_by_file_order"] = found.broken
    if blocks := blocks_of(found.ranking):
        told["blocks"] = blocks
    if found.moves:
        told["moves"] = _moves(found)
    if found.confidence:
        told |= _confidence(found.confidence)
    return told | _asked(found)


def _asked(found: Findings) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if found.schedule:
        told["teams"] = _schedule(found.schedule, found.teams)
    if found.explained:
        told["explained"] = [_explained(one) for one in found.explained]
    if found.outcomes:
        told["what_if"] = [_outcome(one) for one in found.outcomes]
    if found.pins:
        told["pins"] = [_pin(one) for one in found.pins]
    return told


def _confidence(found: Confidence) -> dict[str, Any]:
    """Tell how sure each place is, and what to refine first."""
    return {
        "confidence": {
            one.key: {
                "p_first": one.first,
                "p_top": one.top,
                "rank_low": one.low,
                "rank_middle": one.middle,
                "rank_high": one.high,
            }
            for one in found.items
        },
        "uncertainty": {
            "top": found.top,
            "expected": found.expected,
            "regret": found.regret,
            "held": found.held,
            "method": "samples" if found.draws else "analytic",
            **(asdict(found.draws) if found.draws else {}),
        },
        "value_of_information": [
            {"key": one.key, "input": one.input, "worth": one.worth}
            for one in refinements(found, most=MOST_REFINED)
        ],
    }


def _moves(found: Findings) -> dict[str, Any]:
    """Tell the fewest moves from the file's order one by one, and the fewest calls."""
    saves = found.saves or (None,) * len(found.moves)
    return {
        "rows": sum(len(move.keys) for move in found.moves),
        "calls": len(found.moves),
        "plan": [
            asdict(move) | ({} if saved is None else {"saves": saved})
            for move, saved in zip(found.moves, saves, strict=True)
        ],
        "fewest_calls": {
            "rows": sum(len(move.keys) for move in found.calls),
            "calls": len(found.calls),
        },
    }


def _explained(one: Explained) -> dict[str, Any]:
    told, row = one.told, one.told.row
    return {
        "key": told.key,
        "rank": row.place if row else None,
        "was": row.was if row else None,
        "formula": told.formula,
        "why": row.why if row else None,
        "waits_for": list(row.waits_for) if row else [],
        "break_even": [
            {
                "rank": turn.place,
                "against": turn.against,
                "cost_of_delay": turn.cost_of_delay,
                "duration": _finite(turn.duration),
                "inclusive": turn.inclusive,
                "held_by": turn.held_by,
                "note": turn.note,
            }
            for turn in one.places
        ],
    }


def _finite(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None


def _schedule(schedule: Schedule, teams: int) -> dict[str, Any]:
    return {
        "count": teams or len({shift.queue for shift in schedule.shifts}),
        "delay_cost": schedule.cost,
        "lower_bound": schedule.lower_bound,
        "gap": schedule.gap,
        "schedule": [
            {
                "key": shift.key,
                "team": shift.team,
                **({} if teams else {"queue": shift.queue}),
                "starts": shift.starts,
                "ends": shift.ends,
                "delay_cost": shift.delay_cost,
            }
            for shift in schedule.shifts
        ],
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    change = one.change
    return {
        "key": change.key,
        "cost_of_delay": change.cost_of_delay,
        "duration": change.duration,
        "gain": change.gain,
        "rank_before": one.rank_before,
        "rank": one.rank,
        "before": one.before,
        "after": one.after,
        "added": one.added,
        "saved_by_moving": one.saved_by_moving,
        "net": one.net,
    }


def _pin(one: PinPrice) -> dict[str, Any]:
    return {
        "key": one.key,
        "asked": one.asked,
        "rank": one.rank,
        "place": one.place,
        "price": one.price,
        "along": list(one.along),
    }
