"""A pretend Data Center behaves as one: its people, its texts, its pages, its mail."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.flavour import Flavour
from tests.connectors.sandbox.small_site import COST, OWNER, SEED, STORY
from tests.connectors.sandbox.test_webhooks import receiving

V2 = "/rest/api/2"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = create_sandbox(SEED, flavour=Flavour.data_center("9.12.5"))
    yield made
    made.close()


@pytest.fixture
def bot(sandbox: Sandbox) -> Iterator[TestClient]:
    with TestClient(sandbox.app) as client:
        client.headers["Authorization"] = "Bearer bot-token"
        yield client


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    ("signed", "status"),
    [
        ("anna:anna-token", 200),
        ("anna@site.test:anna-token", 401),  # an address is no user name
        ("anna:bot-token", 401),
    ],
)
def test_people_sign_in_by_name(bot: TestClient, signed: str, status: int) -> None:
    assert bot.get(f"{V2}/myself", headers=basic(signed)).status_code == status


def test_a_wrong_token_is_401(bot: TestClient) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    assert bot.get(f"{V2}/myself", headers=wrong).status_code == 401


def test_people_have_a_name_and_a_key(bot: TestClient) -> None:
    told = bot.get(f"{V2}/myself").json()
    assert (told["name"], told["key"]) == ("bot", "JIRAUSER10100")
    assert "accountId" not in told
    bot.put(f"{V2}/issue/SEA-1", json={"fields": {OWNER: {"name": "anna"}}})
    shown = bot.get(f"{V2}/issue/SEA-1", params={"fields": OWNER}).json()
    assert shown["fields"][OWNER]["key"] == "JIRAUSER10101"
    refused = {"fields": {OWNER: {"accountId": "anna"}}}
    assert bot.put(f"{V2}/issue/SEA-1", json=refused).status_code == 400


def test_texts_are_texts(bot: TestClient) -> None:
    told = bot.put(f"{V2}/issue/SEA-1", json={"fields": {STORY: "*bold*\nline"}})
    assert told.status_code == 204
    shown = bot.get(f"{V2}/issue/SEA-1", params={"fields": STORY}).json()
    assert shown["fields"][STORY] == "*bold*\nline"
    document = {"type": "doc", "version": 1, "content": []}
    refused = bot.put(f"{V2}/issue/SEA-1", json={"fields": {STORY: document}})
    assert refused.status_code == 400


def test_searches_count_and_skip(bot: TestClient) -> None:
    asked: dict[str, Any] = {"jql": "project = SEA ORDER BY key", "fields": ["summary"]}
    whole = bot.post(f"{V2}/search", json=asked).json()
    rest = bot.post(f"{V2}/search", json=asked | {"startAt": 2, "maxResults": 1}).json()
    assert rest["total"] == whole["total"] == len(whole["issues"])
    assert rest["issues"] == whole["issues"][2:3]
    past = bot.post(f"{V2}/search", json=asked | {"startAt": 99}).json()
    assert (past["issues"], past["total"]) == ([], whole["total"])


def test_an_issue_that_is_gone_is_an_error_unless_the_query_is_not_checked(
    bot: TestClient,
) -> None:
    asked = {"jql": "issue in (SEA-1, SEA-99)"}
    assert bot.post(f"{V2}/search", json=asked).status_code == 400
    lax = bot.post(f"{V2}/search", json=asked | {"validateQuery": False}).json()
    assert [issue["key"] for issue in lax["issues"]] == ["SEA-1"]


def test_histories_name_fields_without_ids(bot: TestClient) -> None:
    bot.put(f"{V2}/issue/SEA-1", json={"fields": {COST: 77}})
    shown = bot.get(f"{V2}/issue/SEA-1", params={"expand": "changelog"}).json()
    (change,) = shown["changelog"]["histories"]
    (item,) = change["items"]
    assert item["field"] != COST
    assert "fieldId" not in item
    assert (item["toString"], change["author"]["name"]) == ("77", "bot")


def test_a_change_is_told_once_signed_and_without_a_name_of_its_own(
    sandbox: Sandbox, bot: TestClient
) -> None:
    with receiving(503, 503) as receiver:
        hook = {
            "name": "CD3",
            "url": receiver.url,
            "events": ["jira:issue_updated"],
            "secret": "s",
        }
        assert bot.post("/rest/webhooks/1.0/webhook", json=hook).is_success
        bot.put(f"{V2}/issue/SEA-1", json={"fields": {COST: 77}})
        assert sandbox.settle()
    ((headers, body),) = receiver.seen  # 503, and yet it is not sent again
    digest = hmac.new(b"s", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature"] == f"sha256={digest}"
    assert not any(name.startswith("x-atlassian-webhook") for name in headers)
    assert "JIRA-9.12.5" in headers["user-agent"]
    told = json.loads(body)
    assert told["user"]["key"] == "JIRAUSER10100"
    (item,) = told["changelog"]["items"]
    assert item.keys() & {"field", "fieldId"} == {"field"}


def test_from_ten_on_a_secret_beside_the_configuration_means_nothing() -> None:
    sandbox = create_sandbox(SEED, flavour=Flavour.data_center("10.3.1"))
    base = "/rest/jira-webhook/1.0/webhooks"
    hook = {"name": "CD3", "url": "http://127.0.0.1:9/", "events": []}
    with TestClient(sandbox.app) as bot:
        bot.headers["Authorization"] = "Bearer bot-token"
        bare = bot.post(base, json=hook | {"secret": "s"}).json()
        assert "SECRET" not in bare["configuration"]
        given = {"SECRET": "s", "EXCLUDE_BODY": "false"}
        whole = bot.post(base, json=hook | {"configuration": given}).json()
        assert whole["configuration"]["SECRET"] not in ("", "s")
    sandbox.close()
