"""Nobody gets in without a token, and each sees what it may."""

import base64

import pytest

from tests.connectors.sandbox.small_site import BOT, NARROW, READER, small_site


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer bot-token",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Basic " + base64.b64encode(b"bot@site.test").decode(),
        "Basic " + base64.b64encode(b"bot@site.test:wrong").decode(),
        "Basic " + base64.b64encode(b"nobody@site.test:bot-token").decode(),
        "Basic " + base64.b64encode(b":").decode(),
    ],
)
@pytest.mark.parametrize(
    "path", ["/rest/api/3/myself", "/rest/api/3/issue/SEA-1", "/rest/agile/1.0/board"]
)
def test_nobody_gets_in_without_a_right_token(header: str | None, path: str) -> None:
    with small_site() as (_, site):
        headers = {"authorization": header} if header else {}
        answer = site.client.get(path, headers=headers)
        assert answer.status_code == 401
        assert "authenticated" in answer.json()["errorMessages"][0]


def test_an_email_is_read_in_any_case() -> None:
    with small_site() as (_, site):
        who = (BOT[0].upper(), BOT[1])
        told = site.ask("GET", "/rest/api/3/myself", who).json()
        assert (told["accountId"], told["accountType"]) == ("bot", "app")
        assert told["emailAddress"] == BOT[0]


def test_the_site_says_what_it_is_to_anybody() -> None:
    with small_site() as (_, site):
        told = site.client.get("/rest/api/3/serverInfo").json()
        assert (told["deploymentType"], told["baseUrl"]) == (
            "Cloud",
            "http://site.test",
        )
        assert site.client.get("/_edge/tenant_info").json().keys() == {"cloudId"}


def test_permissions_are_told_for_a_project() -> None:
    with small_site() as (_, site):

        def held(who: tuple[str, str], **query: str) -> dict[str, bool]:
            wanted = "ADMINISTER,BROWSE_PROJECTS,EDIT_ISSUES,SCHEDULE_ISSUES"
            asked = {"permissions": wanted, **query}
            answer = site.ask("GET", "/rest/api/3/mypermissions", who, params=asked)
            told = answer.json()["permissions"]
            return {key: one["havePermission"] for key, one in told.items()}

        assert held(BOT) == dict.fromkeys(held(BOT), True)
        assert [key for key, yes in held(READER).items() if yes] == ["BROWSE_PROJECTS"]
        narrow = held(NARROW, projectKey="SEA")
        assert narrow["EDIT_ISSUES"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"permissions": "FLY"}, 400),
        ({"permissions": "EDIT_ISSUES", "projectKey": "NONE"}, 404),
        ({"permissions": "EDIT_ISSUES", "issueKey": "SEA-99"}, 404),
    ],
)
def test_a_senseless_question_is_refused(query: dict[str, str], status: int) -> None:
    with small_site() as (_, site):
        answer = site.ask("GET", "/rest/api/3/mypermissions", params=query)
        assert answer.status_code == status


def test_projects_are_those_one_may_see() -> None:
    with small_site() as (_, site):

        def keys(who: tuple[str, str], **query: str) -> list[str]:
            path = "/rest/api/3/project/search"
            found = site.ask("GET", path, who, params=query).json()["values"]
            return [project["key"] for project in found]

        assert keys(BOT) == ["AIR", "SEA"]
        assert keys(NARROW) == ["SEA"]
        assert keys(BOT, query="air t") == ["AIR"]
        assert site.ask("GET", "/rest/api/3/project/AIR", NARROW).status_code == 404
        assert site.ask("GET", "/rest/api/3/project/AIR").json()["id"] == "10001"
