"""Rank calls reach the desired order by the fewest moves or calls there can be."""

import math
import random
from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Item
from scoring.moves import (
    Aim,
    apply_moves,
    plan_moves,
    price_moves,
    sort_moves,
    split_gaps,
)
from scoring.plan import Move

AIMS: tuple[Aim, ...] = get_args(Aim)


def keys(size: int) -> list[str]:
    return [f"HARB-{number}" for number in range(1, size + 1)]


def jira(order: tuple[str, ...], move: Move) -> tuple[str, ...]:
    """One rank call, spelled out on lists."""
    rest = [key for key in order if key not in move.keys]
    at = rest.index(move.anchor) + (move.place == "after")
    return (*rest[:at], *move.keys, *rest[at:])


def made(order: list[str], moves: tuple[Move, ...]) -> list[str]:
    result = tuple(order)
    for move in moves:
        result = jira(result, move)
    return list(result)


def counts(moves: tuple[Move, ...]) -> tuple[int, int]:
    return sum(len(move.keys) for move in moves), len(moves)


def cheapest(ranks: list[int], most: int) -> tuple[tuple[int, int], ...]:
    """Fewest (moved, calls), fewest (calls, moved), least 50 calls + moved: O(n²)."""
    ends = [-1, *ranks, len(ranks)]
    tables: list[list[tuple[int, ...]]] = [[(0, 0)], [(0, 0)], [(0, 0)]]
    for j in range(1, len(ends)):
        found: list[list[tuple[int, ...]]] = [[], [], []]
        for i in range(j):
            if ends[i] < ends[j]:
                gap = j - 1 - i
                calls = math.ceil(gap / most)
                steps = (gap, calls), (calls, gap), (50 * calls + gap, 0)
                for options, table, step in zip(found, tables, steps, strict=True):
                    options.append((table[i][0] + step[0], table[i][1] + step[1]))
        for options, table in zip(found, tables, strict=True):
            table.append(min(options))
    return tuple((table[-1][0], table[-1][1]) for table in tables)


def shuffled(chance: random.Random, size: int) -> list[str]:
    """Some orders near today's, some far from it."""
    order = keys(size)
    if chance.random() < 0.5:
        chance.shuffle(order)
        return order
    for _ in range(chance.randint(0, 5)):
        order.insert(chance.randrange(size), order.pop(chance.randrange(size)))
    return order


def test_three_thousand_random_plans_are_as_cheap_as_the_quadratic_truth() -> None:
    chance = random.Random(20260901)  # noqa: S311 - a seed, no secret
    for _ in range(3_000):
        size, most = chance.randint(1, 30), chance.choice([1, 2, 3, 5, 7, 50])
        current, desired = keys(size), shuffled(chance, size)
        ranks = [current.index(key) for key in desired]
        by_moves, by_calls, mixed = cheapest(ranks, most)
        plans = {a: plan_moves(current, desired, most_keys=most, aim=a) for a in AIMS}
        assert counts(plans["moves"]) == by_moves
        assert counts(plans["calls"])[::-1] == by_calls
        moved, calls = counts(plans["weighted"])
        assert 50 * calls + moved == mixed[0]
        for moves in plans.values():
            assert made(current, moves) == desired
            assert all(len(move.keys) <= most for move in moves)


def longest_rising(ranks: list[int]) -> int:
    lengths = [0] * len(ranks)
    for j, rank in enumerate(ranks):
        before = [lengths[i] for i in range(j) if ranks[i] < rank]
        lengths[j] = 1 + max(before, default=0)
    return max(lengths, default=0)


@given(st.permutations(keys(12)))
def test_the_fewest_moves_are_all_but_the_longest_run_in_order(
    order: list[str],
) -> None:
    ranks = [keys(12).index(key) for key in order]
    moved, _ = counts(plan_moves(keys(12), order))
    assert moved == 12 - longest_rising(ranks)


def fewest_calls(size: int, most: int) -> dict[tuple[str, ...], int]:
    """Search all sequences of calls from today's order, breadth first."""
    start = tuple(keys(size))
    lists = [c for n in range(1, most + 1) for c in permutations(start, n)]
    calls = [
        Move(chosen, anchor, "after")
        for chosen in lists
        for anchor in start
        if anchor not in chosen
    ]
    tops = [
        Move(chosen, anchor, "before")
        for chosen in lists
        for anchor in start
        if anchor not in chosen
    ]
    known, edge = {start: 0}, [start]
    while edge:
        following = []
        for order in edge:
            for move in (*calls, *(t for t in tops if t.anchor == _first(order, t))):
                reached = jira(order, move)
                if reached not in known:
                    known[reached] = known[order] + 1
                    following.append(reached)
        edge = following
    return known


def _first(order: tuple[str, ...], move: Move) -> str:
    """Only the top is not reached by «after»."""
    return next(key for key in order if key not in move.keys)


@pytest.mark.parametrize(
    ("size", "most"), [(4, 2), (4, 3), (5, 2), (5, 3), (6, 2), (6, 3)]
)
def test_no_sequence_of_calls_is_shorter(size: int, most: int) -> None:
    current, truth = keys(size), fewest_calls(size, most)
    assert len(truth) == math.factorial(size)
    for desired, calls in truth.items():
        moves = plan_moves(current, desired, most_keys=most, aim="calls")
        assert made(current, moves) == list(desired)
        assert len(moves) == calls


@given(st.permutations(range(9)), st.permutations(range(15)), st.sampled_from(AIMS))
def test_foreign_issues_keep_their_relative_order(
    desired: list[int], mixed: list[int], aim: Aim
) -> None:
    board = [f"HARB-{n}" if n < 9 else f"OTHER-{n}" for n in mixed]
    ours = [key for key in board if key.startswith("HARB")]
    foreign = [key for key in board if key.startswith("OTHER")]
    wanted = [f"HARB-{n}" for n in desired]
    moves = plan_moves(ours, wanted, most_keys=2, aim=aim)
    after = made(board, moves)
    assert [key for key in after if key.startswith("HARB")] == wanted
    assert [key for key in after if key.startswith("OTHER")] == foreign
    assert list(apply_moves(board, moves)) == after
    assert plan_moves([k for k in after if k in ours], wanted) == ()


def test_one_change_in_a_thousand_is_one_call() -> None:
    current = keys(1_000)
    desired = [current[700], *current[:700], *current[701:]]
    for aim in AIMS:
        moves = plan_moves(current, desired, aim=aim)
        assert counts(moves) == (1, 1)
        assert moves == (Move(("HARB-701",), "HARB-1", "before"),)


def test_no_plan_needs_more_calls_than_batches_of_fifty() -> None:
    current = keys(501)
    chance = random.Random(7)  # noqa: S311 - a seed, no secret
    desired = chance.sample(current, len(current))
    assert len(plan_moves(current, desired, aim="calls")) <= 10
    assert len(plan_moves(current, desired[::-1], aim="calls")) <= 10


@given(st.permutations(keys(8)), st.sampled_from(AIMS))
def test_an_order_that_is_right_already_needs_no_call(
    order: list[str], aim: Aim
) -> None:
    assert plan_moves(order, list(order), aim=aim) == ()


@pytest.mark.parametrize(
    ("current", "desired"),
    [
        (["A", "B"], ["A"]),
        (["A"], ["A", "B"]),
        (["A", "B"], ["A", "C"]),
        (["A", "A"], ["A", "A"]),
        (["A", "B"], ["A", "A"]),
    ],
)
def test_two_orders_of_different_keys_are_refused(
    current: list[str], desired: list[str]
) -> None:
    with pytest.raises(ValueError, match="order"):
        plan_moves(current, desired)


def test_a_call_without_room_for_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="most_keys"):
        plan_moves(["A"], ["A"], most_keys=0)


def test_empty_orders_need_nothing() -> None:
    assert plan_moves([], []) == ()


@pytest.mark.parametrize(
    "move",
    [
        Move(("X",), "A", "after"),
        Move(("A",), "X", "after"),
        Move(("A",), "A", "after"),
        Move(("A", "A"), "B", "after"),
    ],
)
def test_a_call_that_jira_would_refuse_is_not_simulated(move: Move) -> None:
    with pytest.raises(ValueError, match=r"order|twice"):
        apply_moves(["A", "B"], [move])


@given(st.permutations(keys(10)), st.data(), st.sampled_from(AIMS))
def test_gaps_may_be_sent_in_any_sequence(
    desired: list[str], data: st.DataObject, aim: Aim
) -> None:
    board = [*keys(4), "OTHER-1", *keys(7)[4:], "OTHER-2", *keys(10)[7:]]
    moves = plan_moves(keys(10), desired, most_keys=2, aim=aim)
    gaps = data.draw(st.permutations(split_gaps(moves)))
    mixed = tuple(move for gap in gaps for move in gap)
    assert made(board, mixed) == made(board, moves)


def cost(order: list[str], items: dict[str, Item]) -> float:
    ends = total = 0.0
    for key in order:
        ends += items[key].duration
        total += items[key].cost_of_delay * ends
    return total


NUMBERS = st.lists(
    st.tuples(st.integers(-3, 20), st.integers(0, 9)), min_size=9, max_size=9
)


def priced_items(numbers: list[tuple[int, int]]) -> dict[str, Item]:
    return {
        key: Item(key, rate, weeks)
        for key, (rate, weeks) in zip(keys(9), numbers, strict=True)
    }


@given(st.permutations(keys(9)), NUMBERS, st.sampled_from(AIMS))
def test_the_prices_of_the_calls_are_differences_of_totals(
    desired: list[str], numbers: list[tuple[int, int]], aim: Aim
) -> None:
    items = priced_items(numbers)
    moves = plan_moves(keys(9), desired, most_keys=2, aim=aim)
    prices = price_moves([items[key] for key in keys(9)], moves)
    board = keys(9)
    for move, price in zip(moves, prices, strict=True):
        before = cost(board, items)
        board = made(board, (move,))
        assert price == before - cost(board, items)
    assert sum(prices) == cost(keys(9), items) - cost(desired, items)


@given(
    st.permutations(keys(9)),
    st.lists(st.tuples(st.integers(-3, 20), st.integers(0, 9)), min_size=9, max_size=9),
)
def test_the_gap_that_saves_most_per_call_is_sent_first(
    desired: list[str], numbers: list[tuple[int, int]]
) -> None:
    current = keys(9)
    items = priced_items(numbers)
    moves = plan_moves(current, desired, most_keys=2)
    sent = sort_moves([items[key] for key in current], moves)
    assert made(current, sent) == desired
    assert sorted(map(str, sent)) == sorted(map(str, moves))
    before = cost(current, items)
    alone = [
        (before - cost(made(current, gap), items)) / len(gap)
        for gap in split_gaps(sent)
    ]
    assert alone == sorted(alone, reverse=True)


def test_j16_a_plan_names_50_issues_a_call_at_most() -> None:
    current = keys(120)
    block = [*current[60:], *current[:60]]  # one gap takes 60
    moves = plan_moves(current, block)
    assert [len(move.keys) for move in moves] == [50, 10]
