"""Public estimates come out as counted, and ranges hold where nothing drifts."""

import json
import os
from pathlib import Path

import pytest

from bench.backtest import (
    ABSENT,
    FILE,
    SEED,
    figures,
    find_data,
    lines,
    read_estimates,
    steady,
)
from scoring.backtest.holdout import hold_out
from scoring.backtest.sheet import read_outcomes
from scoring.backtest.verdict import judge_outcomes

DATA = os.environ.get("CD3_DATA", "")
needs_data = pytest.mark.skipif(
    not (DATA and (Path(DATA) / FILE).exists()),
    reason="CD3_DATA does not name the folder of public data",
)


@needs_data
def test_the_facts_of_the_public_estimates() -> None:
    facts = figures()["figures"]["facts"]
    # As counted once, by other means, in the notes beside the data.
    assert facts["count"] == 2480
    assert round(facts["p25"], 2) == 0.22
    assert round(facts["median"], 1) == 1.0
    assert round(facts["p75"], 1) == 2.1
    assert round(facts["p95"], 1) == 7.3
    assert round(facts["within_25_percent"], 2) == 0.18


@needs_data
def test_learned_ranges_hold_on_others_unless_the_world_moved() -> None:
    held = figures()["figures"]["estimates_held_out"]
    assert held["held_at_random"] == pytest.approx(0.8, abs=0.04)
    # The estimates of ten sites over fifteen years drift: told, not hidden.
    assert held["held_by_day"] < held["held_at_random"]


@needs_data
def test_the_estimates_go_through_the_file_that_the_command_reads() -> None:
    file = find_data()
    assert file is not None
    outcomes = read_estimates(file)
    sheet = read_outcomes([f"{line}\n" for line in lines(outcomes)])
    assert sheet.gaps == ()
    assert judge_outcomes(sheet.outcomes).whole == (
        judge_outcomes(outcomes, "quartile").whole
    )


@pytest.mark.parametrize("seed", [1, 2, SEED])
def test_ranges_hold_eight_in_ten_where_nothing_drifts(seed: int) -> None:
    found = hold_out(steady(3_000, seed), "quartile")
    assert found is not None
    assert found.held.value == pytest.approx(0.8, abs=0.035)


@pytest.mark.skipif(find_data() is not None, reason="the data is here")
def test_without_the_data_it_says_so_and_measures_the_rest() -> None:
    found = json.loads(json.dumps(figures()))["figures"]
    assert found["estimates"] == ABSENT
    assert found["steady_world"]["learned"] == 2000
