"""The moves bench keeps to its goals: few calls, and no churn for next to nothing."""

import json

import pytest

from bench.moves import Figures, figures


@pytest.fixture(scope="module")
def found() -> Figures:
    return figures(quick=True)


def test_it_can_be_written_as_json(found: Figures) -> None:
    assert json.loads(json.dumps(found)) == found


def test_calls_are_few(found: Figures) -> None:
    rows = found["figures"]["changes"]
    assert (rows[0]["by_moves_moved"], rows[0]["by_moves_calls"]) == (1, 1)
    assert all(row["by_calls_calls"] <= row["batches_of_50"] for row in rows)
    assert all(row["by_moves_moved"] <= row["by_calls_moved"] for row in rows)
    assert found["ratios"]["fewer_calls_than_one_per_issue"] >= 20
    assert found["ratios"]["fewer_calls_when_calls_count"] >= 60


def test_noise_moves_nobody(found: Figures) -> None:
    assert found["ratios"]["moves_spared_at_5_percent_noise"] >= 0.95
    for row in found["figures"]["churn"]:
        assert 0 <= row["loss"] <= 0.001
        assert row["near_moved"] <= row["strict_moved"]
