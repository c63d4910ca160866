"""The answers below a ranked spreadsheet, in plain lines."""

from collections.abc import Iterator, Sequence
from typing import Final

from app.console.findings import Explained, Findings, has_negative
from app.console.turns import tell_turn
from scoring.pin import PinPrice
from scoring.plan import Move
from scoring.reasons import tell_amount
from scoring.teams import Schedule
from scoring.uncertainty.confidence import Confidence
from scoring.uncertainty.refinements import refinements
from scoring.what_if import Outcome

_REFINED: Final = 3

# As many places of an explanation as a person reads.
_PLACES: Final = 12

# A smaller share is rounded to nothing.
_LEAST_SHARE: Final = 0.00005
_INPUTS: Final = {
    "cost_of_delay": "cost of delay of",
    "duration": "duration of",
    "driver": "driver",
}


def answers(found: Findings) -> Iterator[str]:
    """Tell what was found beside the order and its totals."""
    unit = found.ranking.currency or "point-weeks"
    yield from _moves(found)
    if found.confidence:
        yield from _sureness(found.confidence, unit)
    if found.schedule:
        yield _teams(found, found.schedule, unit)
    for one in found.explained:
        yield from _explained(one, len(found.ranking.items))
    if found.left and (found.outcomes or found.pins):
        yield "Against the cheapest order, which the tolerance has left:"
    for outcome in found.outcomes:
        yield from _outcome(outcome, unit)
    for pin in found.pins:
        yield _pin(pin, unit)


def _sureness(found: Confidence, unit: str) -> Iterator[str]:
    too = ", drivers included" if found.draws else ""
    yield f"Where ranges are given, costs of delay and durations are their means{too}."
    yield f"Lost by not knowing better      {tell_amount(found.regret, unit)}, expected"
    if found.draws:
        yield (
            f"Chances, ranks and this loss are from {found.draws.samples:,} samples, "
            f"seed {found.draws.seed}: each draws a driver once for all its rows."
        )
    if found.held:
        yield (
            f"{found.held:,} linked items are too tangled to be ordered anew for each "
            "case: ranks are estimates there, and amounts at least what is told."
        )
    best = refinements(found, most=_REFINED)
    if best:
        yield "Refine first:"
    for one in best:
        worth = tell_amount(one.worth, unit)
        yield f"  the {_INPUTS[one.input]} {one.key}: worth {worth}"


def _moves(found: Findings) -> Iterator[str]:
    """Tell how little brings the file's order to ours."""
    if not found.moves:
        return
    rows, calls = _count(found.moves)
    yield f"To move from the file's order   {rows} in {calls}: the fewest rows"
    if len(found.calls) < len(found.moves):
        rows, calls = _count(found.calls)
        yield f"{'':<32}{rows} in {calls}: the fewest calls"


def _count(moves: Sequence[Move]) -> tuple[str, str]:
    rows, calls = sum(len(move.keys) for move in moves), len(moves)
    return f"{rows:,} row{'s' * (rows != 1)}", f"{calls:,} call{'s' * (calls != 1)}"


def _explained(one: Explained, size: int) -> Iterator[str]:
    """Tell why a row stands where it does, and what would bring it elsewhere."""
    told, row = one.told, one.told.row
    if row is None:
        yield f"{told.key}: {told.formula}"
        return
    yield f"{told.key}: place {row.place} of {size:,}, {row.was} in the file"
    yield f"  CD3 = {told.formula}"
    yield f"  {row.why}"
    yield from (f"  {s.role} {s.value:,g}: {s.formula}" for s in row.item.sources)
    near = sorted(one.places, key=lambda turn: abs(turn.place - row.place))
    for turn in sorted(near[:_PLACES], key=lambda turn: turn.place):
        yield f"  place {turn.place}, past {turn.against}: {tell_turn(turn)}"
    if len(near) > _PLACES:
        yield "  … --json has more places"


def how_sure(gap: float, above: float, unit: str, *, negative: bool) -> str:
    """Say how far above the cheapest a cost may be: in money where shares mislead."""
    if not gap:
        return "proven the cheapest"
    if negative:
        return f"at most {tell_amount(above, unit)} above the cheapest"
    share = f"at most {gap:.2%}" if gap >= _LEAST_SHARE else "less than 0.01%"
    return f"{share} above the cheapest"


def _teams(found: Findings, schedule: Schedule, unit: str) -> str:
    sure = how_sure(
        schedule.gap,
        schedule.cost - schedule.lower_bound,
        unit,
        negative=has_negative(found.ranking),
    )
    teams = found.teams or len({shift.queue for shift in schedule.shifts})
    who = "1 team" if teams == 1 else f"{teams:,} teams"
    head = f"Delay cost with {who}"
    return f"{head:<30}  {tell_amount(schedule.cost, unit)}, {sure}"


def _outcome(one: Outcome, unit: str) -> Iterator[str]:
    numbers = {
        "cost of delay": one.change.cost_of_delay,
        "duration": one.change.duration,
    }
    told = [
        f"{name} {value:,g}" for name, value in numbers.items() if value is not None
    ]
    yield f"What if {one.change.key} had {' and '.join(told) or 'what it has'}:"
    place = f"it stays at place {one.rank}"
    if one.rank != one.rank_before:
        moving = tell_amount(one.saved_by_moving, unit)
        place = f"from place {one.rank_before} to {one.rank}, which saves {moving}"
    yield f"  {place}"
    before, after = tell_amount(one.before, unit), tell_amount(one.after, unit)
    adds = f"adds {tell_amount(one.added, unit)}"
    if one.added < 0:
        adds = f"takes away {tell_amount(-one.added, unit)}"
    yield f"  delay cost {before} → {after}: {adds}"
    if one.change.gain:
        gain, net = tell_amount(one.change.gain, unit), tell_amount(one.net, unit)
        verdict = "accept" if one.net > 0 else "reject" if one.net < 0 else "even"
        yield f"  gain {gain}, net {net}: {verdict}"


def _pin(pin: PinPrice, unit: str) -> str:
    price = tell_amount(pin.price, unit)
    told = f"{pin.key} at place {pin.place} instead of {pin.rank} costs {price}"
    if pin.along:
        told += f"; {', '.join(pin.along)} must go along"
    if pin.place != pin.asked:
        told += f"; place {pin.asked} is out of its reach"
    return told
