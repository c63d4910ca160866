"""Boards show issues in rank order; ranking answers 204, 207, 400 and 403 as Jira."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.connectors.sandbox.small_site import (
    NARROW,
    READER,
    Site,
    small_site,
)

RANK = "/rest/agile/1.0/issue/rank"
ORDER = ["SEA-1", "SEA-2", "SEA-3", "SEA-4", "SEA-5", "AIR-1", "SEA-6"]


def test_several_are_ranked_in_the_given_order_around_the_anchor() -> None:
    with small_site() as (_, site):
        assert site.order() == ORDER
        answer = site.rank(["SEA-6", "SEA-5"], rankBeforeIssue="SEA-2")
        assert (answer.status_code, answer.content) == (204, b"")
        after = ["SEA-1", "SEA-6", "SEA-5", "SEA-2", "SEA-3", "SEA-4", "AIR-1"]
        assert site.order() == after
        site.rank(["SEA-2", "SEA-1"], rankAfterIssue="AIR-1")
        after = ["SEA-6", "SEA-5", "SEA-3", "SEA-4", "AIR-1", "SEA-2", "SEA-1"]
        assert site.order() == after


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.permutations(ORDER),
            st.integers(1, 6),
            st.sampled_from(["Before", "After"]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_calls_equal_a_plain_list(calls: list[tuple[list[str], int, str]]) -> None:
    with small_site() as (_, site):
        model = list(ORDER)
        for shuffled, count, word in calls:
            moved, anchor = shuffled[:count], shuffled[count]
            answer = site.rank(moved, **{f"rank{word}Issue": anchor})
            assert answer.status_code == 204
            model = [key for key in model if key not in moved]
            at = model.index(anchor) + (word == "After")
            model[at:at] = moved
            assert site.order() == model


def test_an_unknown_issue_makes_the_answer_partial() -> None:
    with small_site() as (_, site):
        answer = site.rank(["SEA-6", "SEA-99"], rankBeforeIssue="SEA-1")
        assert answer.status_code == 207
        first, second = answer.json()["entries"]
        assert first == {"issueId": 10007, "issueKey": "SEA-6", "status": 200}
        assert (second["issueKey"], second["status"]) == ("SEA-99", 404)
        assert site.order()[:2] == ["SEA-6", "SEA-1"]


def test_what_one_may_not_see_is_unknown() -> None:
    with small_site() as (_, site):
        body = {"issues": ["SEA-6", "AIR-1"], "rankBeforeIssue": "SEA-1"}
        answer = site.ask("PUT", RANK, NARROW, json=body)
        assert [entry["status"] for entry in answer.json()["entries"]] == [200, 404]
        body = {"issues": ["SEA-6"], "rankBeforeIssue": "AIR-1"}
        assert site.ask("PUT", RANK, NARROW, json=body).status_code == 400


def test_who_may_not_schedule_may_not_rank() -> None:
    with small_site() as (_, site):
        body = {"issues": ["SEA-6"], "rankBeforeIssue": "SEA-1"}
        answer = site.ask("PUT", RANK, READER, json=body)
        assert answer.status_code == 403
        assert site.order() == ORDER


@pytest.mark.parametrize(
    "body",
    [
        {"issues": [], "rankBeforeIssue": "SEA-1"},
        {"issues": [f"SEA-{n}" for n in range(1, 52)], "rankBeforeIssue": "AIR-1"},
        {"issues": ["SEA-2"]},
        {"issues": ["SEA-2"], "rankBeforeIssue": "SEA-1", "rankAfterIssue": "SEA-3"},
        {"issues": ["SEA-2"], "rankBeforeIssue": "SEA-99"},
        {"issues": ["SEA-2"], "rankBeforeIssue": "SEA-2"},
        {"issues": ["SEA-2", "SEA-2"], "rankBeforeIssue": "SEA-1"},
        {"issues": ["SEA-99"], "rankBeforeIssue": "SEA-1"},
        {"issues": ["SEA-2"], "rankBeforeIssue": "SEA-1", "rankCustomFieldId": 7},
        {"issues": ["SEA-2"], "rankBeforeIssue": "SEA-1", "why": "because"},
        {"issues": "SEA-2", "rankBeforeIssue": "SEA-1"},
    ],
)
def test_a_senseless_ranking_is_refused_whole(body: dict[str, object]) -> None:
    with small_site() as (_, site):
        answer = site.ask("PUT", RANK, json=body)
        assert answer.status_code == 400
        assert answer.json()["errorMessages"]
        assert site.order() == ORDER


def test_fifty_may_be_ranked_at_once() -> None:
    many = [{"key": f"SEA-{n}", "type": "Story"} for n in range(1, 53)]
    with small_site(issues=many, links=[]) as (_, site):
        moved = [f"SEA-{n}" for n in range(52, 2, -1)]
        assert site.rank(moved, rankBeforeIssue="SEA-1").status_code == 204
        assert site.order() == [*moved, "SEA-1", "SEA-2"]


def keys(site: Site, path: str, **query: str) -> list[str]:
    answer = site.ask("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return [issue["key"] for issue in answer.json()["issues"]]


def test_a_board_has_its_issues_in_rank_order_and_its_backlog_what_is_open() -> None:
    with small_site() as (_, site):
        site.rank(["SEA-6"], rankBeforeIssue="SEA-1")
        base = "/rest/software/1.0/board/1"
        sea = ["SEA-6", "SEA-1", "SEA-2", "SEA-3", "SEA-4", "SEA-5"]
        assert keys(site, f"{base}/issue") == sea
        assert keys(site, f"{base}/backlog") == [key for key in sea if key != "SEA-4"]
        assert keys(site, f"{base}/issue", jql="labels = web") == ["SEA-1", "SEA-3"]


def test_a_board_says_by_which_field_it_ranks() -> None:
    with small_site() as (_, site):
        [board] = site.ask("GET", "/rest/agile/1.0/board").json()["values"]
        assert (board["name"], board["location"]["projectKey"]) == ("Sea board", "SEA")
        base = "/rest/agile/1.0/board/1"
        assert site.ask("GET", base).json() == board
        told = site.ask("GET", f"{base}/configuration").json()
        rank = told["ranking"]["rankCustomFieldId"]
        fields = site.ask("GET", "/rest/api/3/field").json()
        [named] = [f for f in fields if f["id"] == f"customfield_{rank}"]
        assert named["schema"]["custom"] == "com.pyxis.greenhopper.jira:gh-lexo-rank"


def test_boards_are_found_by_project() -> None:
    with small_site() as (_, site):
        path = "/rest/agile/1.0/board"
        asked = site.ask("GET", path, params={"projectKeyOrId": "AIR"})
        assert asked.json()["total"] == 0
        asked = site.ask("GET", path, params={"projectKeyOrId": "NONE"})
        assert asked.status_code == 400
        assert site.ask("GET", f"{path}/2").status_code == 404


@pytest.mark.parametrize("tail", ["issue", "backlog"])
def test_the_old_reads_of_boards_are_gone(tail: str) -> None:
    with small_site() as (_, site):
        answer = site.ask("GET", f"/rest/agile/1.0/board/1/{tail}")
        assert answer.status_code == 410
