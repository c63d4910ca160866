"""An archived issue is out of every search and out of reach, and can be read."""

from tests.connectors.sandbox.small_site import COST, READER, small_site

ISSUE = "/rest/api/3/issue"


def test_no_search_finds_it_and_a_read_by_key_does() -> None:
    with small_site() as (_, site):
        before = site.order()
        body = {"issueIdsOrKeys": ["SEA-2", "SEA-99"]}
        told = site.ask("PUT", f"{ISSUE}/archive", json=body).json()
        assert told["numberOfIssuesUpdated"] == 1
        assert told["errors"]["issuesNotFound"]["issueIdsOrKeys"] == ["SEA-99"]
        assert site.order() == [key for key in before if key != "SEA-2"]
        assert site.ask("GET", f"{ISSUE}/SEA-2").json()["key"] == "SEA-2"
        taken_back = site.ask("PUT", f"{ISSUE}/unarchive", json=body)
        assert taken_back.json()["numberOfIssuesUpdated"] == 1
        assert site.order() == before  # its rank was kept


def test_nobody_edits_or_ranks_it() -> None:
    with small_site() as (_, site):
        site.ask("PUT", f"{ISSUE}/archive", json={"issueIdsOrKeys": ["SEA-2"]})
        edit = site.ask("PUT", f"{ISSUE}/SEA-2", json={"fields": {COST: 1}})
        assert edit.status_code == 400
        move = {"issues": ["SEA-2"], "rankBeforeIssue": "SEA-1"}
        assert site.ask("PUT", "/rest/agile/1.0/issue/rank", json=move).is_error


def test_only_administrators_archive_and_no_webhook_tells() -> None:
    with small_site() as (_, site):
        body = {"issueIdsOrKeys": ["SEA-2"]}
        refused = site.ask("PUT", f"{ISSUE}/archive", READER, json=body)
        assert refused.status_code == 403
        lost = {"issueIdsOrKeys": ["SEA-99"]}
        assert site.ask("PUT", f"{ISSUE}/archive", json=lost).status_code == 400
