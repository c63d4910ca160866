"""The fewest rank calls that turn today's order into the desired one.

Jira's rank call takes at most 50 issues and puts them, in the order given, right before
or after one anchor. Only relative order counts: issues that are not in the two orders
are never listed, never an anchor, and never change places among themselves.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

from scoring.item import Item
from scoring.kept import Price, kept_positions
from scoring.money import price_order
from scoring.plan import Move

Aim = Literal["moves", "calls", "weighted"]

# As many rank calls as a person would wait for, at a few a second.
MOST_CALLS = 60

# One call weighs as much as this many issues in the history of others.
_ISSUES_PER_CALL = 50


def plan_moves(
    current: Sequence[str],
    desired: Sequence[str],
    *,
    most_keys: int = 50,
    aim: Aim = "moves",
) -> tuple[Move, ...]:
    """Plan the rank calls from the current order to the desired order of the same keys.

    The aim is fewest issues moved (then fewest calls), fewest calls (then fewest
    issues), or a weighted mix in which a call counts as 50 issues. The calls are to be
    made in the order given; `sort_moves` may change it.
    """
    ranks = _ranks(current, desired)
    if most_keys < 1:
        raise ValueError(
            "a call moves at least one issue: raise most_keys to 1 or more"
        )
    first, last = _out_of_place(ranks)
    inner = [rank - first for rank in ranks[first:last]]
    kept = kept_positions(inner, most_keys, _price(aim, len(inner)))
    stay = [*range(first), *(first + k for k in kept), *range(last, len(ranks))]
    return tuple(_fill(desired, stay, most_keys))


def fitting_aim(current: Sequence[str], desired: Sequence[str]) -> Aim:
    """Choose the gentlest aim that keeps to a budget of calls.

    Fewest moves leave least behind in other people's history, but a wholly new order
    takes nearly as many calls as issues; then calls weigh too, and at last alone.
    """
    gentle: tuple[Aim, ...] = ("moves", "weighted")
    for aim in gentle:
        if len(plan_moves(current, desired, aim=aim)) <= MOST_CALLS:
            return aim
    return "calls"


def _ranks(current: Sequence[str], desired: Sequence[str]) -> list[int]:
    """Look up today's place of each desired key."""
    place = {key: rank for rank, key in enumerate(current)}
    if len(place) != len(current) or len(desired) != len(current):
        raise ValueError("both orders must hold the same keys, each once")
    try:
        ranks = [place[key] for key in desired]
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is not in the current order") from None
    if len(set(ranks)) != len(ranks):
        raise ValueError("both orders must hold the same keys, each once")
    return ranks


def _out_of_place(ranks: Sequence[int]) -> tuple[int, int]:
    """Find the stretch outside which both orders agree; its surroundings stay put.

    Keeping them never costs: they shorten the gaps beside them and split none.
    """
    first, last = 0, len(ranks)
    while first < last and ranks[first] == first:
        first += 1
    while last > first and ranks[last - 1] == last - 1:
        last -= 1
    return first, last


def _price(aim: Aim, size: int) -> Price:
    match aim:
        case "moves":
            return Price(call=1, move=size + 1)
        case "calls":
            return Price(call=size + 1, move=1)
        case "weighted":
            return Price(call=_ISSUES_PER_CALL, move=1)


def _fill(desired: Sequence[str], stay: Sequence[int], most: int) -> Iterable[Move]:
    """Fill each gap from left to right, after the issue before it.

    The gap in front of all has none: its calls go before the first issue that stays.
    """
    behind = 0
    for position in [*stay, len(desired)]:
        for start in range(behind, position, most):
            keys = tuple(desired[start : min(start + most, position)])
            if behind:
                yield Move(keys, desired[start - 1], "after")
            else:
                yield Move(keys, desired[stay[0]], "before")
        behind = position + 1


def apply_moves(order: Sequence[str], moves: Iterable[Move]) -> tuple[str, ...]:
    """Do to a list of keys what Jira's rank calls do to the backlog.

    A key or an anchor that is not in the list, or an anchor that is itself moved, is a
    ValueError: Jira would refuse the call.
    """
    after: dict[str | None, str | None] = dict(
        zip([None, *order], [*order, None], strict=True)
    )
    before = {following: key for key, following in after.items()}
    for move in moves:
        _refuse(move, after)
        for key in move.keys:
            _join(before[key], after[key], after, before)
        left = move.anchor if move.place == "after" else before[move.anchor]
        right = after[left]
        for key in move.keys:
            _join(left, key, after, before)
            left = key
        _join(left, right, after, before)
    return tuple(_read_from(None, after))


def _refuse(move: Move, known: dict[str | None, str | None]) -> None:
    missing = [key for key in (*move.keys, move.anchor) if key not in known]
    if missing:
        raise ValueError(f"{missing[0]} is not in this order: read it again")
    if move.anchor in move.keys or len(set(move.keys)) != len(move.keys):
        raise ValueError(f"a call names {move.anchor} or another key twice")


def _join(
    left: str | None,
    right: str | None,
    after: dict[str | None, str | None],
    before: dict[str | None, str | None],
) -> None:
    after[left] = right
    before[right] = left


def _read_from(start: str | None, after: dict[str | None, str | None]) -> Iterable[str]:
    key = after[start]
    while key is not None:
        yield key
        key = after[key]


def split_gaps(moves: Iterable[Move]) -> list[tuple[Move, ...]]:
    """Split a plan's calls into gaps: runs of calls that build on one another.

    Calls of different gaps are independent. No anchor that stays is ever moved, and
    beside it only its own gap is filled; so gaps may be sent in any sequence.
    """
    gaps: list[list[Move]] = []
    for move in moves:
        if gaps and _builds_on(gaps[-1][-1], move):
            gaps[-1].append(move)
        else:
            gaps.append([move])
    return [tuple(gap) for gap in gaps]


def _builds_on(one: Move, other: Move) -> bool:
    if other.place == "before":
        return one.place == "before" and one.anchor == other.anchor
    return other.anchor == one.keys[-1]


def sort_moves(current: Sequence[Item], moves: Iterable[Move]) -> tuple[Move, ...]:
    """Send first what saves most per call, so that an interrupted run is worth most.

    `current` is today's order. Calls of one gap keep their sequence; equal gaps keep
    the plan's.
    """
    priced = price_order(current)

    def per_call(gap: tuple[Move, ...]) -> float:
        keys = [key for move in gap for key in move.keys]
        return priced.saving(keys, gap[0].anchor, gap[0].place) / len(gap)

    gaps = sorted(split_gaps(moves), key=per_call, reverse=True)
    return tuple(move for gap in gaps for move in gap)


def price_moves(current: Sequence[Item], moves: Iterable[Move]) -> tuple[float, ...]:
    """Price each call as it is made: what it saves, after those before it.

    The prices add up to what all calls save together. A call that makes room for a
    later one may cost; prices are exact, in O(n) a call.
    """
    items = {item.key: item for item in current}
    order = tuple(items)
    prices = []
    for move in moves:
        priced = price_order([items[key] for key in order])
        prices.append(priced.saving(move.keys, move.anchor, move.place))
        order = apply_moves(order, [move])
    return tuple(prices)
