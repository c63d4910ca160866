"""Scores and ranks follow edits soon, while people go on editing."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from app.demo.stage import open_stage
from bench.latency import EDITS_A_SECOND, measure
from bench.standing import Decided, Standing
from tests.gates import busy, gate

SECONDS = float(os.environ.get("CD3_TEST_EDITED_SECONDS", "5"))
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_l7_scores_and_ranks_follow_edits_soon(tmp_path: Path) -> None:
    with open_stage(tmp_path, port=0, say=lambda _words: None) as stage:
        found = measure(stage, seconds=SECONDS)
    for waits in (found.scores, found.ranks):
        assert len(waits) == SECONDS * EDITS_A_SECOND
        assert min(waits) >= 0
        assert median(waits) <= gate(2, loosely=60 * busy())
        assert quantiles(waits, n=100)[98] <= gate(10, loosely=150 * busy())


def test_an_edit_has_its_rank_once_jira_stands_in_an_order_that_knows_it() -> None:
    def at(seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    before = Decided(("A", "B"), {"A": 9.0, "B": 5.0})
    first = Decided(("B", "A"), {"A": 1.0, "B": 5.0})
    third = Decided(("A", "B"), {"A": 8.0, "B": 5.0})
    seen = Standing([(at(0), before), (at(2), before), (at(3), first), (at(7), third)])
    edits = [(at(1), 1.0), (at(2), 4.0), (at(4), 8.0)]
    # The second edit was overtaken by the third, whose order does for both.
    assert list(seen.waits("A", edits)) == [2.0, 5.0, 3.0]
    assert list(seen.waits("A", [(at(4), 7.0)])) == []
