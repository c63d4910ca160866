"""Search gives pages by token, and only `id` unless asked; it refuses as Jira does."""

from typing import Any

import pytest

from tests.connectors.sandbox.small_site import COST, NARROW, Site, small_site

MANY = [{"key": f"SEA-{n}", "type": "Story"} for n in range(1, 251)]
SEARCH = "/rest/api/3/search/jql"


def page(site: Site, **body: Any) -> dict[str, Any]:
    answer = site.ask("POST", SEARCH, json={"jql": "project = SEA", **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_only_ids_come_unless_fields_are_asked_for() -> None:
    with small_site() as (_, site):
        first = page(site)["issues"][0]
        assert first == {"id": "10001"}
        shown = page(site, fields=["summary", COST])["issues"][0]
        assert shown["key"] == "SEA-1"
        assert shown["fields"] == {"summary": "Book a berth", COST: 12000}
        everything = page(site, fields=["*all", "-summary"])["issues"][0]["fields"]
        assert "summary" not in everything
        assert everything["status"]["statusCategory"]["key"] == "new"


def test_pages_hold_every_issue_once_and_the_last_has_no_token() -> None:
    with small_site(issues=MANY, links=[]) as (_, site):
        keys: list[str] = []
        sizes: list[int] = []
        token: dict[str, str] = {}
        for _turn in range(10):
            got = page(site, fields=["summary"], maxResults=200, **token)
            sizes.append(len(got["issues"]))
            keys += [issue["key"] for issue in got["issues"]]
            assert got["isLast"] == ("nextPageToken" not in got)
            assert "total" not in got
            if got["isLast"]:
                break
            token = {"nextPageToken": got["nextPageToken"]}
        # A hundred is the most with real fields, whatever is asked for.
        assert sizes == [100, 100, 50]
        assert keys == [issue["key"] for issue in MANY]
        assert len(page(site, maxResults=5000)["issues"]) == 250


def test_pages_stay_as_they_were_found() -> None:
    with small_site(issues=MANY, links=[]) as (_, site):
        first = page(site, fields=["key"], maxResults=3)
        site.rank(["SEA-1"], rankAfterIssue="SEA-5")
        token = first["nextPageToken"]
        second = page(site, fields=["key"], maxResults=3, nextPageToken=token)
        keys = [issue["key"] for issue in second["issues"]]
        assert keys == ["SEA-4", "SEA-5", "SEA-6"]


def test_a_page_that_ends_with_the_last_issue_is_the_last() -> None:
    with small_site() as (_, site):
        got = page(site, maxResults=6)
        assert (len(got["issues"]), got["isLast"]) == (6, True)
        assert "nextPageToken" not in got


def test_a_token_of_another_query_is_refused() -> None:
    with small_site() as (_, site):
        token = page(site, maxResults=1)["nextPageToken"]
        for body in (
            {"jql": "project = AIR", "nextPageToken": token},
            {"jql": "project = SEA", "nextPageToken": "b3V0"},
            {"jql": "project = SEA", "nextPageToken": "é"},
        ):
            assert site.ask("POST", SEARCH, json=body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"jql": ""},
        {"jql": "ORDER BY key"},
        {},
        {"jql": "project = SEA", "startAt": 0},
        {"jql": "project = SEA", "fields": "summary"},
        {"jql": "project = SEA", "maxResults": "50"},
        {"jql": "project = SEA", "maxResults": 0},
        {"jql": "project = SEA", "expand": ["names"]},
        {"jql": "project = SEA", "reconcileIssues": list(range(51))},
        {"jql": "project = SEA", "reconcileIssues": ["SEA-1"]},
        {"jql": "project = SEA", "properties": list("abcdef")},
    ],
)
def test_jira_refuses(body: dict[str, Any]) -> None:
    with small_site() as (_, site):
        answer = site.ask("POST", SEARCH, json=body)
        assert answer.status_code == 400
        assert answer.json()["errorMessages"]


def test_asking_by_address_is_the_same() -> None:
    with small_site() as (_, site):
        query = {
            "jql": "labels = web ORDER BY key DESC",
            "fields": "summary,labels",
            "maxResults": "1",
            "reconcileIssues": "10001",
            "expand": "names",
        }
        got = site.ask("GET", SEARCH, params=query).json()
        assert [issue["key"] for issue in got["issues"]] == ["SEA-3"]
        assert got["names"] == {"summary": "Summary", "labels": "Labels"}
        query["nextPageToken"] = got["nextPageToken"]
        got = site.ask("GET", SEARCH, params=query).json()
        assert [issue["key"] for issue in got["issues"]] == ["SEA-1"]


def test_what_one_may_not_see_is_missing_without_a_word() -> None:
    with small_site() as (_, site):
        assert "AIR-1" in site.find("created > 2020-01-01")
        assert "AIR-1" not in site.find("created > 2020-01-01", NARROW)


def test_counting_counts() -> None:
    with small_site() as (_, site):
        path = "/rest/api/3/search/approximate-count"
        counted = site.ask("POST", path, json={"jql": "project = SEA"})
        assert counted.json() == {"count": 6}
        assert site.ask("POST", path, json={"jql": "order by key"}).status_code == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_old_search_is_gone(method: str) -> None:
    with small_site() as (_, site):
        answer = site.ask(method, "/rest/api/3/search")
        assert answer.status_code == 410
        assert "/rest/api/3/search/jql" in answer.json()["errorMessages"][0]
