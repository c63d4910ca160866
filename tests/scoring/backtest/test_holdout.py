"""Ranges are tried on newer work than they were learned from, and never see it."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.backtest.calibration import Share
from scoring.backtest.holdout import hold_out
from scoring.backtest.outcome import Outcome
from scoring.backtest.verdict import judge_outcomes
from tests.scoring.backtest.outcomes import FIRST, durations, outcome

OLDER = [outcome(1, ratio, day=ratio) for ratio in range(1, 10)]  # teaches 1 to 9


def test_by_hand() -> None:
    newer = [outcome(1, actual, day=20 + n) for n, actual in enumerate((0.5, 1, 9, 10))]
    tied = [outcome(2, 18, day=20) for _ in range(5)]
    found = hold_out([*newer, *OLDER, *tied])
    assert found is not None
    assert (found.learned, found.since) == (9, FIRST + timedelta(days=20))
    assert found.held == Share(7, 9)
    assert (found.below, found.above) == (Share(1, 9), Share(1, 9))


def test_what_has_no_day_takes_no_part() -> None:
    newer = [outcome(1, 5, day=20 + n) for n in range(9)]
    undated = [outcome(1, 1000) for _ in range(50)]
    assert hold_out([*OLDER, *newer, *undated]) == hold_out([*OLDER, *newer])
    assert hold_out(undated) is None


def test_one_day_cannot_be_parted() -> None:
    assert hold_out([outcome(1, n, day=3) for n in range(1, 40)]) is None


def test_too_few_to_learn_from() -> None:
    assert hold_out(OLDER[:8] + [outcome(1, 5, day=30 + n) for n in range(8)]) is None


dated = st.lists(
    st.tuples(durations, durations, st.integers(0, 60)), min_size=20, max_size=50
)


@settings(deadline=None, max_examples=50)
@given(dated)
def test_what_came_later_teaches_nothing(
    rows: list[tuple[float, float, int]],
) -> None:
    made = [outcome(p, a, day=day) for p, a, day in rows]
    found = hold_out(made)
    if found is None:
        return
    older = [o for o in made if o.finished is not None and o.finished < found.since]
    assert found.learned == len(older)
    assert found.held.of == len(made) - len(older)

    def spoil(one: Outcome) -> Outcome:
        newer = one.finished is not None and one.finished >= found.since
        return replace(one, actual=one.actual * 1e6) if newer else one

    spoilt = hold_out([spoil(one) for one in made])
    assert spoilt is not None
    # Had it learned from the newer half, its ranges would have followed.
    assert spoilt.above == Share(found.held.of, found.held.of)
    assert (spoilt.learned, spoilt.since) == (found.learned, found.since)


def test_classes_are_drawn_from_the_older_half_alone() -> None:
    # Two classes are learned: ratios 1 to 9 of what was predicted as 1, 101 to 109 of
    # what was predicted as 100. A 2 belongs to the larger ones, and 3 times as long is
    # short there; the newer half's own quartiles would give it a class without a past,
    # and so the range of all, where it would be held.
    older = [outcome(1, n, day=n) for n in range(1, 10)]
    older += [outcome(100, 100 * (100 + n), day=n) for n in range(1, 10)]
    newer = [outcome(3, 150, day=20 + n) for n in range(17)]
    found = hold_out([*older, *newer, outcome(2, 6, day=20)])
    assert found is not None
    assert (found.learned, found.below) == (18, Share(1, 18))


def test_a_steady_world_holds_eight_in_ten() -> None:
    chance = Random(3)  # noqa: S311 - a seed repeats the case
    rows = [
        outcome(predicted, predicted * chance.lognormvariate(0.2, 0.9), day=day)
        for day, predicted in enumerate(
            chance.choice((1.0, 2.0, 5.0, 10.0)) for _ in range(4000)
        )
    ]
    found = hold_out(rows)
    assert found is not None
    low, high = found.held.interval()
    assert low - 0.01 <= 0.8 <= high + 0.01


def test_the_verdict_has_every_class_once() -> None:
    rows = [
        outcome(n % 7 + 1, n % 5 + 1, day=n, span=(1, 4 if n % 2 else 2))
        for n in range(60)
    ]
    verdict = judge_outcomes([*rows[1:], replace(rows[0], revised=True)])
    assert verdict.whole is not None
    assert sum(one.calibration.count for one in verdict.classes) == 60
    assert sum(one.calibration.held.hits for one in verdict.classes) == (
        verdict.whole.held.hits
    )
    assert verdict.revised == 1
    assert verdict.held_out is not None
    empty = judge_outcomes([])
    assert (empty.whole, empty.classes, empty.ranges) == (None, (), None)
