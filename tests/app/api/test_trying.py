"""What Jira or Confluence would refuse is refused when it is saved, with a pointer."""

from typing import Any

import httpx
import pytest

from tests.app.api.conftest import BACKLOG, MAPPING, SITE, Api

PATH = "/backlogs/alphabet"
BAD = "projekt = AB"


@pytest.fixture
def with_site(api: Api) -> Api:
    api.make("/sites", SITE)
    return api


def faults(response: Any) -> dict[str, dict[str, Any]]:
    assert response.status_code == 422, response.text
    return {error["pointer"]: error for error in response.json()["errors"]}


@pytest.mark.parametrize("jql", [BAD, "project = NOWHERE", "project = "])
def test_a_jql_that_jira_refuses_makes_no_backlog(with_site: Api, jql: str) -> None:
    told = faults(with_site.call("POST", "/backlogs", BACKLOG | {"jql": jql}))
    assert told["/jql"]["code"] == "jql_refused"
    assert with_site.read("/backlogs")["items"] == []


def test_jiras_own_words_are_told(with_site: Api) -> None:
    told = faults(with_site.call("POST", "/backlogs", BACKLOG | {"jql": BAD}))
    assert "projekt" in told["/jql"]["message"]


def test_a_space_that_is_not_there_makes_no_backlog(with_site: Api) -> None:
    body = BACKLOG | {"jql": BAD, "pages": {"space": "NOWHERE"}}
    told = faults(with_site.call("POST", "/backlogs", body))
    assert set(told) == {"/jql", "/pages/space"}
    assert "'NOWHERE'" in told["/pages/space"]["message"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_backlog_is_not_changed_to_what_is_refused(
    with_site: Api, method: str
) -> None:
    whole = with_site.make("/backlogs", BACKLOG)
    change: dict[str, Any] = {"jql": BAD, "pages": {"space": "NOWHERE"}}
    body = whole | change if method == "PUT" else change
    told = faults(with_site.change(method, PATH, body))
    assert set(told) == {"/jql", "/pages/space"}
    assert with_site.read(PATH) == whole


def test_what_stays_is_not_tried_again(with_site: Api) -> None:
    with_site.make("/backlogs", BACKLOG)
    with_site.asked.clear()
    assert with_site.change("PATCH", PATH, {"name": "Other"}).status_code == 200
    assert with_site.asked == []


# 503 with a long wait: whoever calls gives up at once.
AWAY = httpx.Response(503, headers={"Retry-After": "999"})


@pytest.mark.parametrize("answer", [AWAY, httpx.Response(401), httpx.Response(403)])
def test_a_site_that_lets_nobody_in_keeps_nobody_from_saving(
    with_site: Api, answer: httpx.Response
) -> None:
    with_site.answers = answer
    assert with_site.call("POST", "/backlogs", BACKLOG).status_code == 201
    changed = with_site.change("PATCH", PATH, {"jql": BAD, "pages": {"space": "NO"}})
    assert changed.status_code == 200


EVIDENCE = {"insights": {"jql": BAD}, "factors": {"jql": "project = AB"}}


@pytest.mark.parametrize("where", ["", "/preview"])
def test_a_mapping_whose_search_is_refused_is_not_saved(
    with_site: Api, where: str
) -> None:
    with_site.make("/backlogs", BACKLOG)
    method, path = ("POST" if where else "PUT"), f"{PATH}/mapping{where}"
    told = faults(with_site.call(method, path, MAPPING | {"evidence": EVIDENCE}))
    assert set(told) == {"/evidence/insights/jql"}
    assert "projekt" in told["/evidence/insights/jql"]["message"]
    assert with_site.call("GET", f"{PATH}/mapping").status_code == 404


def test_a_mapping_tells_that_the_backlogs_own_search_is_refused(
    with_site: Api,
) -> None:
    with_site.answers = AWAY
    with_site.make("/backlogs", BACKLOG | {"jql": BAD})
    with_site.answers = None
    told = faults(with_site.call("PUT", f"{PATH}/mapping", MAPPING))
    assert told[""]["code"] == "backlog_jql_refused"
    assert BAD in told[""]["message"]


def with_table(table: dict[str, float]) -> dict[str, Any]:
    return MAPPING | {"duration": MAPPING["duration"] | {"table": table}}


def test_an_option_that_the_field_lacks_is_refused_with_those_it_has(
    with_site: Api,
) -> None:
    with_site.make("/backlogs", BACKLOG)
    body = with_table({"s ": 1, "XL": 8})
    (error,) = faults(with_site.call("PUT", f"{PATH}/mapping", body)).values()
    assert error["pointer"] == "/duration/table/XL"
    assert (error["code"], error["candidates"]) == ("option_missing", ["L", "S"])


def test_where_no_issue_can_tell_the_options_nothing_is_said(with_site: Api) -> None:
    with_site.make("/backlogs", BACKLOG | {"jql": "project = AB AND labels = none"})
    body = with_table({"S": 1, "XL": 8})
    assert with_site.call("PUT", f"{PATH}/mapping", body).status_code == 201


def test_an_option_without_length_is_refused(with_site: Api) -> None:
    with_site.make("/backlogs", BACKLOG)
    body = with_table({"S": 0, "L": -1})
    told = faults(with_site.call("PUT", f"{PATH}/mapping", body))
    assert {at: error["code"] for at, error in told.items()} == {
        "/duration/table/S": "range",
        "/duration/table/L": "range",
    }
