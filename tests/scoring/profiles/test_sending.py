"""Where costs change over time the gap that then saves most is sent first."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item, Mode
from scoring.moves import apply_moves, plan_moves, sort_moves, split_gaps
from scoring.plan import Move
from scoring.profiles.over_time import price_items
from scoring.profiles.sending import price_moves_over_time, sort_moves_over_time
from scoring.ranking import plan_changes, rank_backlog

TODAY = date(2026, 11, 23)
SIZE = 9
KEYS = [f"A-{n}" for n in range(SIZE)]

# A rate, a duration, weeks to the deadline, a profile, and what a missed one costs.
ITEMS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.integers(1, 5),
        st.sampled_from([None, 2, 9, 30]),
        st.sampled_from(["", "short", "ramp"]),
        st.sampled_from([0.0, 500.0]),
    ),
    min_size=SIZE,
    max_size=SIZE,
).map(
    lambda numbers: [
        Item(
            key,
            rate,
            weeks,
            place=place,
            deadline=TODAY + timedelta(weeks=due) if due else None,
            profile=profile,
            penalty=penalty,
        )
        for place, (key, (rate, weeks, due, profile, penalty)) in enumerate(
            zip(KEYS, numbers, strict=True)
        )
    ]
)
DESIRED = st.permutations(KEYS)


def cost(order: tuple[str, ...], items: list[Item]) -> float:
    by_key = {item.key: item for item in items}
    return price_items([by_key[key] for key in order], TODAY)


def savings(
    order: tuple[str, ...], gaps: list[tuple[Move, ...]], items: list[Item]
) -> list[float]:
    before = cost(order, items)
    return [(before - cost(apply_moves(order, gap), items)) / len(gap) for gap in gaps]


def sent(items: list[Item], moves: tuple[Move, ...], most: int) -> tuple[Move, ...]:
    return sort_moves_over_time(items, moves, today=TODAY, rated=items, most=most)


@given(ITEMS, DESIRED)
def test_each_gap_saves_the_most_of_those_that_are_left(
    items: list[Item], desired: list[str]
) -> None:
    moves = plan_moves(KEYS, desired, most_keys=2)
    order, left = tuple(KEYS), split_gaps(moves)
    for gap in split_gaps(sent(items, moves, 10_000)):
        best = max(savings(order, left, items))
        [saved] = savings(order, [gap], items)
        assert saved == pytest.approx(best, abs=1e-6)
        order = apply_moves(order, gap)
        left.remove(gap)
    assert (order, left) == (tuple(desired), [])


@given(ITEMS, DESIRED)
def test_beyond_a_limit_each_gap_is_priced_once_and_then_at_today_s_rates(
    items: list[Item], desired: list[str]
) -> None:
    moves = plan_moves(KEYS, desired, most_keys=2)
    gaps = split_gaps(moves)
    once = split_gaps(sent(items, moves, SIZE * len(gaps)))
    saved = savings(tuple(KEYS), once, items)
    if len(gaps) > 1:
        assert all(one >= two - 1e-6 for one, two in pairwise(saved))
        assert sent(items, moves, 0) == sort_moves(items, moves)
    assert sorted(map(str, once)) == sorted(map(str, gaps))


@given(ITEMS, DESIRED)
def test_the_prices_of_the_calls_are_differences_of_totals(
    items: list[Item], desired: list[str]
) -> None:
    moves = sent(items, plan_moves(KEYS, desired, most_keys=2), 10_000)
    order = tuple(KEYS)
    for move, saved in zip(
        moves, price_moves_over_time(items, moves, today=TODAY), strict=True
    ):
        before, order = order, apply_moves(order, [move])
        assert saved == pytest.approx(cost(before, items) - cost(order, items))


def test_what_saves_a_deadline_is_sent_before_what_saves_a_trifle() -> None:
    """D still waits, so it counts nothing today; left where it is, it would be late."""
    items = [Item(f"A-{n}", 10 + n, 1, place=n) for n in range(6)]
    due = TODAY + timedelta(weeks=4)
    items.append(Item("D", 5_000, 1, place=6, deadline=due))
    items += [Item("Y", 3, 1, place=7), Item("Z", 9, 1, place=8)]
    summary = rank_backlog([*items], [], today=TODAY, mode=Mode.MONEY, currency="EUR")
    plan = plan_changes(summary, [], backlog="b", outputs={})
    saved = price_moves_over_time(items, plan.moves, today=TODAY)
    assert saved == (15_004, 4)
    assert sum(saved) == plan.saved
