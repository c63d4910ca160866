"""Every route of the pretend Data Center speaks as Atlassian's references have it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.sandbox.app import create_sandbox
from connectors.sandbox.flavour import Flavour
from tests.connectors.sandbox.small_site import COST, SEED
from tests.contracts.check import DATA_CENTER, find, operations
from tests.contracts.datacenter import (
    AGILE,
    C1,
    CONFLUENCE,
    NEW_HOOKS,
    OLD_HOOKS,
    PLATFORM,
    SOFTWARE,
    V2,
)
from tests.contracts.wrapper import Checked

SITE = {**SEED, "spaces": [{"id": "98306", "key": "SEA", "name": "Sea"}]}
HOOK = {
    "name": "CD3",
    "url": "https://cd3.test/webhooks/jira/site",
    "events": ["jira:issue_updated"],
}


def checked(version: str) -> Checked:
    flavour = Flavour.data_center(version)
    sandbox = create_sandbox(SITE, url="http://site.test", flavour=flavour)
    return Checked(sandbox.app, kind=DATA_CENTER)


@pytest.fixture(params=["9.12.5", "10.3.1"])
def site(request: pytest.FixtureRequest) -> Checked:
    return checked(request.param)


@pytest.fixture
def bot(site: Checked) -> Iterator[TestClient]:
    with TestClient(site, follow_redirects=False) as client:
        client.headers["Authorization"] = "Bearer bot-token"
        yield client


def read_all(bot: TestClient) -> None:
    for path in (
        f"{V2}/serverInfo",
        f"{V2}/myself",
        f"{V2}/mypermissions?projectKey=SEA",
        f"{V2}/field",
        f"{V2}/status",
        f"{V2}/issueLinkType",
        f"{V2}/issueLinkType/10000",
        f"{V2}/project/SEA",
        f"{V2}/filter/10001",
        f"{V2}/search?jql=project%3DSEA&startAt=1&maxResults=2&fields=*all",
        f"{V2}/issue/SEA-1?expand=changelog",
        f"{V2}/issue/SEA-99",
        f"{V2}/issue/SEA-1/editmeta",
        f"{V2}/issue/SEA-1/transitions",
        f"{V2}/issue/SEA-1/properties",
        f"{V2}/issue/createmeta/SEA/issuetypes",
        f"{V2}/issue/createmeta/SEA/issuetypes/1",
        f"{AGILE}/board?name=s",
        f"{AGILE}/board/1",
        f"{AGILE}/board/1/configuration",
        f"{AGILE}/board/1/issue?maxResults=1",
        f"{AGILE}/board/1/backlog",
    ):
        bot.get(path)
    client = {"client_id": "bot-client", "client_secret": "bot-client-secret"}
    grant = {**client, "grant_type": "client_credentials"}
    assert bot.post("/rest/oauth2/latest/token", data=grant).is_success
    asked = {"jql": "project = SEA", "expand": ["changelog"], "fields": ["summary"]}
    assert bot.post(f"{V2}/search", json=asked).json()["total"] > 1


def write_all(bot: TestClient) -> None:
    fields = {"project": {"key": "SEA"}, "issuetype": {"id": "1"}, "summary": "New"}
    made = bot.post(f"{V2}/issue", json={"fields": fields}).json()["key"]
    place = f"{V2}/issue/{made}"
    assert bot.put(place, json={"fields": {COST: 5}}).status_code == 204
    bot.put(f"{place}/properties/cd3", json={"a": 1})
    bot.get(f"{place}/properties/cd3")
    bot.delete(f"{place}/properties/cd3")
    (first, *_) = bot.get(f"{place}/transitions").json()["transitions"]
    bot.post(f"{place}/transitions", json={"transition": {"id": first["id"]}})
    ends = {"inwardIssue": {"key": made}, "outwardIssue": {"key": "SEA-3"}}
    bot.post(f"{V2}/issueLink", json={"type": {"id": "10000"}} | ends)
    links = bot.get(f"{place}?fields=issuelinks").json()["fields"]["issuelinks"]
    bot.get(f"{V2}/issueLink/{links[0]['id']}")
    bot.delete(f"{V2}/issueLink/{links[0]['id']}")
    moves = ({"issues": ["SEA-3"]}, {"issues": ["SEA-3", "SEA-99"]})
    for move in moves:
        bot.put(f"{AGILE}/issue/rank", json=move | {"rankBeforeIssue": "SEA-1"})
    for verb in ("archive", "restore"):
        assert bot.put(f"{place}/{verb}").status_code == 204
    bot.delete(place)


def hook_all(bot: TestClient, operations: dict[str, Any]) -> None:
    base = next(iter(operations)).partition(" ")[2]
    made = bot.post(base, json=HOOK).json()
    number = made.get("id") or made["self"].rpartition("/")[2]
    bot.get(base)
    bot.get(f"{base}/{number}")
    bot.put(f"{base}/{number}", json=HOOK)
    bot.delete(f"{base}/{number}")
    assert bot.get(f"{base}/{number}").status_code == 404


def publish_all(bot: TestClient) -> None:
    stored = {"storage": {"value": "<p>1</p>", "representation": "storage"}}
    new = {"type": "page", "space": {"key": "SEA"}, "title": "T", "body": stored}
    page = bot.post(f"{C1}/content", json=new).json()
    assert bot.post(f"{C1}/content", json=new).status_code == 400
    place = f"{C1}/content/{page['id']}"
    following = {"type": "page", "title": "T", "version": {"number": 2}}
    following["body"] = stored
    assert bot.put(place, json=following).status_code == 200
    assert bot.put(place, json=following).status_code == 409
    bot.get(place, params={"expand": "version,body.storage,space"})
    bot.get(f"{C1}/space", params={"spaceKey": "SEA", "expand": "homepage"})
    bot.get(f"{C1}/space/SEA")
    bot.get(f"{C1}/content", params={"spaceKey": "SEA", "title": "T", "status": "any"})
    bot.get(f"{C1}/content/search", params={"cql": 'label = "cd3"'})
    bot.get(f"{C1}/user/current")
    mark = {"key": "cd3", "value": {"a": 1}}
    bot.post(f"{place}/property", json=mark)
    assert bot.post(f"{place}/property", json=mark).status_code == 409
    bot.put(f"{place}/property/cd3", json=mark | {"version": {"number": 2}})
    bot.get(f"{place}/property/cd3", params={"expand": "version"})
    bot.get(f"{place}/property")
    bot.delete(f"{place}/property/cd3")
    bot.post(f"{place}/label", json=[{"prefix": "global", "name": "cd3"}])
    bot.get(f"{place}/label")
    bot.delete(f"{place}/label", params={"name": "cd3"})
    attach_all(bot, f"{place}/child/attachment")
    bot.delete(place)
    assert bot.get(place).status_code == 404


def attach_all(bot: TestClient, place: str) -> None:
    file = {"file": ("a.png", b"bytes", "image/png")}
    token = {"X-Atlassian-Token": "nocheck"}
    assert bot.post(place, files=file).status_code == 403
    assert bot.post(place, files=file, headers=token).status_code == 200
    assert bot.post(place, files=file, headers=token).status_code == 400
    (known,) = bot.get(place, params={"filename": "a.png"}).json()["results"]
    bot.post(f"{place}/{known['id']}/data", files=file, headers=token)


@pytest.mark.parametrize(("version", "hooks"), [("9", OLD_HOOKS), ("10", NEW_HOOKS)])
def test_all_of_it_is_in_the_references(version: str, hooks: dict[str, Any]) -> None:
    site = checked(f"{version}.12.0")
    with TestClient(site, follow_redirects=False) as bot:
        bot.headers["Authorization"] = "Bearer bot-token"
        read_all(bot)
        write_all(bot)
        hook_all(bot, hooks)
        publish_all(bot)
    assert site.seen >= {*PLATFORM, *SOFTWARE, *hooks, *CONFLUENCE}


def test_no_route_is_made_up(site: Checked) -> None:
    for route in site.app.routes:  # type: ignore[attr-defined]
        path = re.sub(r"[{}]", "", route.path)
        if "/rest/" not in path:
            continue  # the site's own views
        for method in (route.methods or set()) - {"HEAD"}:
            assert find(method, path, DATA_CENTER), f"{method} {route.path}"


@pytest.mark.parametrize(
    "path",
    [
        "/rest/api/3/serverInfo",
        "/rest/api/3/search/jql?jql=project%3DSEA",
        "/rest/software/1.0/board/1/issue",
        "/_edge/tenant_info",
        "/wiki/api/v2/pages",
        "/ex/jira/5a9d0b0c-0000-4000-8000-000000000cd3/rest/api/2/myself",
    ],
)
def test_what_only_the_cloud_has_is_not_there(bot: TestClient, path: str) -> None:
    assert bot.get(path).status_code == 404


def test_webhooks_stand_where_the_version_has_them() -> None:
    for version, there in (("9.12.5", 200), ("10.0.0", 404)):
        with TestClient(checked(version)) as bot:
            bot.headers["Authorization"] = "Bearer bot-token"
            found = bot.get("/rest/webhooks/1.0/webhook").status_code
            assert (version, found) == (version, there)
            found = bot.get("/rest/jira-webhook/1.0/webhooks").status_code
            assert found == (404 if there == 200 else 200)


def test_the_kinds_are_held_against_their_own_lists() -> None:
    clouds = {one.name for one in operations()}
    assert not clouds & {f"GET {V2}/search", f"POST {C1}/content"}
    own = {one.name for one in operations(DATA_CENTER)}
    assert not any("/rest/api/3/" in name or "/api/v2/" in name for name in own)
