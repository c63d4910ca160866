"""A cheap order over time: several first orders, and the best of them made better."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scoring.ordering.arrays import order_arrays
from scoring.profiles.dispatch import dispatch, dispatch_coarsely
from scoring.profiles.few import MOST, best_of_few
from scoring.profiles.insertion import Search
from scoring.profiles.links import Jobs, edges_of, listed
from scoring.profiles.shapes import Curves, Floats, Ints
from scoring.profiles.tolls import Tolls

# How many rows may be met by looking for better places, and how far away these are.
# Up to 10,000 linked rows each is looked at about once at the least: their first orders
# are worse, and what is not reached stays as bad as it was.
_WORK: Final = 4_500_000
_WORK_PER_ROW: Final = 300
_WORK_PER_LINKED: Final = 1_500
_WORK_MANY_LINKED: Final = 15_000_000
_WORK_ONCE_MORE: Final = 1_500_000
_REACH: Final = 2_000
_FAR: Final = 500

# How many of the first orders are made better, and how often the best is straightened.
_TRIED: Final = 4
_STRAIGHTENED: Final = 6
_TOLLED: Final = 2

# Linked backlogs beyond this size are dispatched in coarse steps, but more often: each
# time the tolls are drawn from a better order.
_FEW: Final = 300
_TOLLED_MANY: Final = 5

# A backlog is also shaken: of this many rows or fewer a few at a time, which may go
# anywhere; of more, one at a time, and what follows is looked for near by, as long as
# so many kicks save such a share.
_SHAKEN: Final = 150
_SHAKING: Final = 600_000
_SHAKING_PER_ROW: Final = 15_000
_KICKS: Final = 3
_SHAKING_MANY: Final = 3_000_000
_KICKED: Final = 40
_NEAR: Final = 60
_PATIENCE: Final = 40
_LEAST: Final = 1e-3
_SEED: Final = 1956

# Neighbours change places so often at most, to stand as they stand today.
_TURNS: Final = 64
_EVEN: Final = 1e-12


def cheap_order(
    jobs: Jobs, curves: Curves, known: Sequence[Ints], *, few: int = MOST
) -> Ints:
    """Find an order that costs little and keeps the links.

    `known` are orders that keep them: the result costs no more than any of these. Of
    equally cheap ones the earlier stands. `few` rows or less are ordered the best way
    there is.
    """
    if jobs.size <= few:
        return settled(jobs, curves, best_of_few(jobs, curves))
    work, reach = _work(jobs), _reach(jobs)
    starts = [Search(jobs, curves, order) for order in known]
    if any(jobs.graph.before):
        starts += _straightened(min(starts, key=_cost))
        starts += _tolled(min(starts, key=_cost))
    else:
        dispatched = dispatch(curves, jobs.durations)
        starts += [Search(jobs, curves, order) for order in dispatched]
    starts.sort(key=_cost)
    for start in starts[:_TRIED]:
        work = start.improve(work, reach)
    best = _shaken(min(starts, key=_cost))
    return settled(jobs, curves, best.rows)


def once_more(jobs: Jobs, curves: Curves, order: Ints, starts: Floats | None) -> Ints:
    """Begin again where each row would best start; keep the order if it is cheaper.

    Such an order is right from afar and wrong near by, so places are looked for near by
    only. Without links that has never found a better one.
    """
    if starts is None or not any(jobs.graph.before):
        return order
    place = np.empty(jobs.size, dtype=np.int64)
    place[order] = np.arange(jobs.size)
    wished = np.lexsort((place, starts)).tolist()
    tried = Search(jobs, curves, np.array(listed(jobs, wished), dtype=np.int64))
    tried.improve(max(_WORK_ONCE_MORE, _WORK_PER_ROW * jobs.size), _NEAR)
    if tried.cost >= Search(jobs, curves, order).cost:
        return order
    return settled(jobs, curves, tried.rows)


def _work(jobs: Jobs) -> int:
    least = _WORK
    if any(jobs.graph.before):
        least = max(least, min(_WORK_PER_LINKED * jobs.size, _WORK_MANY_LINKED))
    return max(least, _WORK_PER_ROW * jobs.size)


def _reach(jobs: Jobs) -> int:
    return jobs.size if jobs.size <= _REACH else _FAR


def _cost(search: Search) -> float:
    return search.cost


def _straightened(best: Search) -> list[Search]:
    """Order by what a while more would cost each row where it stands, links and all.

    The exact engine moves whole chains of links, which no move of one row does.
    """
    jobs, curves = best.jobs, best.curves
    total = float(jobs.durations.sum())
    found = []
    for turn in range(_STRAIGHTENED):
        rates = _rates(best, total / 4 / 2**turn)
        tried = Search(jobs, curves, straight(jobs, rates))
        best = min(best, tried, key=_cost)
        found.append(tried)
    return found


def _tolled(best: Search) -> list[Search]:
    """Dispatch anew, each blocker with what is urgent behind it."""
    jobs, curves, found = best.jobs, best.curves, []
    total, many = float(jobs.durations.sum()), jobs.size > _FEW
    for turn in range(_TOLLED_MANY if many else _TOLLED):
        while_ = total / 8 / (2 if many else 4) ** turn
        tilted = curves.tilt(Tolls(jobs, _rates(best, while_)).tilt)
        if many:
            orders = dispatch_coarsely(tilted, jobs.durations)
        else:
            orders = dispatch(tilted, jobs.durations)
        for order in orders:
            tried = Search(jobs, curves, np.array(listed(jobs, order.tolist())))
            best = min(best, tried, key=_cost)
            found.append(tried)
    return [best] if many else found


def _rates(search: Search, while_: float) -> Floats:
    """Average each row's slope from a while before its end to a while after it."""
    ends = np.empty_like(search.ends)
    ends[search.rows] = search.ends
    early = np.maximum(ends - while_, search.jobs.durations)
    late = ends + while_
    curves = search.curves
    found: Floats = (curves.cost(late) - curves.cost(early)) / (late - early)
    return found


def straight(jobs: Jobs, rates: Floats) -> Ints:
    """Order the rows as if each lost the same every week."""
    return order_arrays(rates, jobs.durations, edges_of(jobs)).order.astype(np.int64)


def _shaken(best: Search) -> Search:
    """Kick a few rows out of place and search again, keeping what is cheaper."""
    chance, size = np.random.default_rng(_SEED), best.jobs.size
    if size > _SHAKEN:
        return _shaken_near_by(best, chance)
    work = min(_SHAKING, _SHAKING_PER_ROW * size)
    while work > 0:
        rows = chance.integers(size, size=_KICKS).tolist()
        best, work = _kicked(best, rows, chance, work)
    return best


def _shaken_near_by(best: Search, chance: np.random.Generator) -> Search:
    """Kick one row after the other not far, as long as that saves enough."""
    size, work, kicks, known = best.jobs.size, _SHAKING_MANY, 0, best.cost
    while work > 0:
        row = int(chance.integers(size))
        best, work = _kicked(best, [row], chance, work, near=True)
        kicks += 1
        if kicks % _PATIENCE == 0:
            if known - best.cost <= _LEAST * abs(known):
                break
            known = best.cost
    return best


def _kicked(
    best: Search,
    rows: Sequence[int],
    chance: np.random.Generator,
    work: int,
    *,
    near: bool = False,
) -> tuple[Search, int]:
    """Put rows elsewhere and search from there: the better order, and the work left."""
    size = best.jobs.size
    tried = Search(best.jobs, best.curves, best.rows)
    dirty = np.zeros(size, dtype=bool)
    for row in rows:
        low, high = tried.room(row)
        at = int(tried.place[row])
        if near:
            low, high = max(low, at - _KICKED), min(high, at + _KICKED)
        to = int(chance.integers(low, high + 1))
        dirty[tried.rows[tried.move(at, to)]] = True
    work = tried.improve(work - 2 * size, _NEAR if near else size, dirty)
    return (tried if tried.cost < best.cost - best.noise else best), work


def settled(jobs: Jobs, curves: Curves, order: Ints) -> Ints:
    """Let neighbours stand as they stand today where that costs nothing."""
    rows, idle = order.copy(), 0
    for turn in range(_TURNS):
        first = np.arange(turn % 2, jobs.size - 1, 2)
        swapped = first[_even(jobs, curves, rows, first)]
        rows[swapped], rows[swapped + 1] = rows[swapped + 1], rows[swapped]
        idle = 0 if len(swapped) else idle + 1
        if idle == 2:  # noqa: PLR2004 - both the even and the odd pairs
            break
    return rows


def _even(jobs: Jobs, curves: Curves, rows: Ints, first: Ints) -> NDArray[np.bool_]:
    """Tell which pairs stand against today's order although it makes no difference."""
    one, two = rows[first], rows[first + 1]
    ends = np.cumsum(jobs.durations[rows])
    end = ends[first + 1]
    weeks_one, weeks_two = jobs.durations[one], jobs.durations[two]
    ahead, behind = curves.take(one), curves.take(two)
    before = ahead.cost(end - weeks_two), behind.cost(end)
    after = ahead.cost(end), behind.cost(end - weeks_one)
    size = np.abs(before[0]) + np.abs(before[1])
    equal = after[0] + after[1] - before[0] - before[1] <= _EVEN * size
    free = np.array(
        [
            a not in jobs.graph.before[b]
            for a, b in zip(one.tolist(), two.tolist(), strict=True)
        ],
        dtype=bool,
    )
    found: NDArray[np.bool_] = equal & free & (one > two)
    return found
