"""What a user would do instead never beats the order, and the bench says so."""

import numpy as np
import pytest

from bench.backlogs import Backlog, comb, jira_like, tangled
from bench.rivals import broken_links, delay_cost, greedy, pull_up, spreadsheet
from scoring.ordering.arrays import order_arrays

BACKLOGS = {
    "a Jira": jira_like(500, 0.6, 1),
    "tangled": tangled(200, 300, 2),
    "a comb": comb(60, 3),
}


@pytest.mark.parametrize("name", BACKLOGS)
def test_taking_the_best_free_issue_and_pulling_up_cost_no_less(name: str) -> None:
    backlog = BACKLOGS[name]
    ours = order_arrays(*backlog)
    assert ours.cost == pytest.approx(delay_cost(backlog, ours.order), rel=1e-12)
    for rival in (greedy(backlog), pull_up(backlog)):
        assert not broken_links(backlog, rival)
        assert sorted(rival.tolist()) == list(range(len(rival)))
        assert delay_cost(backlog, rival) >= ours.lower_bound * (1 - 1e-12)
        assert delay_cost(backlog, rival) > ours.cost


@pytest.mark.parametrize("name", BACKLOGS)
def test_a_sorted_spreadsheet_breaks_links(name: str) -> None:
    backlog = BACKLOGS[name]
    assert broken_links(backlog, spreadsheet(backlog)) > 0


def test_without_links_a_spreadsheet_is_as_good() -> None:
    made = jira_like(300, 0.0, 4)
    backlog = Backlog(made.weights, made.durations, np.empty((0, 2), dtype=np.intp))
    cost = delay_cost(backlog, spreadsheet(backlog))
    assert cost == pytest.approx(order_arrays(*backlog).cost, rel=1e-12)
