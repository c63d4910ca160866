"""The gentlest aim is taken that keeps to the budget of calls."""

import random

import pytest

from scoring.moves import MOST_CALLS, Aim, fitting_aim, plan_moves

GENTLEST_FIRST: tuple[Aim, ...] = ("moves", "weighted", "calls")
KEYS = [f"HARB-{number}" for number in range(1_000)]


def orders() -> list[list[str]]:
    shuffled = random.Random(7).sample(KEYS, len(KEYS))  # noqa: S311 - an example
    return [
        KEYS,
        [KEYS[-1], *KEYS[:-1]],
        [*KEYS[0::2], *KEYS[1::2]],
        shuffled,
        [*KEYS[:300], *shuffled[:0], *reversed(KEYS[300:])],
    ]


@pytest.mark.parametrize("desired", orders())
def test_no_gentler_aim_would_have_fitted(desired: list[str]) -> None:
    aim = fitting_aim(KEYS, desired)
    calls = {each: len(plan_moves(KEYS, desired, aim=each)) for each in GENTLEST_FIRST}
    assert calls[aim] <= MOST_CALLS or aim == "calls"
    for gentler in GENTLEST_FIRST[: GENTLEST_FIRST.index(aim)]:
        assert calls[gentler] > MOST_CALLS


def test_one_moved_issue_is_the_gentlest_case() -> None:
    assert fitting_aim(KEYS, [KEYS[-1], *KEYS[:-1]]) == "moves"
