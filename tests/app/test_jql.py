"""A JQL's own order is cut off, and only its own order."""

import pytest

from app.jql import in_rank_order, without_order


@pytest.mark.parametrize(
    ("jql", "condition"),
    [
        ("project = AB", "project = AB"),
        ("project = AB ORDER BY created", "project = AB"),
        ("project = AB order   by Rank DESC, key", "project = AB"),
        ('project = AB ORDER BY "CD3 score" DESC', "project = AB"),
        ("project = AB ORDER BY 'CD3 score'", "project = AB"),
        ('summary ~ "order by date" AND x = 1', 'summary ~ "order by date" AND x = 1'),
        ('summary ~ "a \\" order by b" ORDER BY key', 'summary ~ "a \\" order by b"'),
        ("summary ~ 'order by' ORDER BY key", "summary ~ 'order by'"),
        ("text ~ border byte", "text ~ border byte"),
        ("ORDER BY created", ""),
        ("  ", ""),
    ],
)
def test_the_condition_stays_whole(jql: str, condition: str) -> None:
    assert without_order(jql) == condition


def test_jira_is_asked_for_its_own_order() -> None:
    ordered = in_rank_order("a = 1 OR b = 2 ORDER BY key")
    assert ordered == "(a = 1 OR b = 2) ORDER BY Rank ASC"
