"""The ways in are set over REST: each works, and no secret ever comes out."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.books.secrets import Sealer
from app.books.sites import Sites
from tests.app.api.conftest import BACKLOG, SITE, Api
from tests.connectors.conftest import ask

EMAIL = "cd3@harbour.example"
BARE = {"name": "Harbour", "url": SITE["url"]}
CLIENT = {"client_id": "cd3-client", "client_secret": "cd3-client-secret"}
CONSENT = {**CLIENT, "kind": "oauth", "redirect_uri": "https://ops.example/back"}
WAYS: list[dict[str, Any]] = [
    {"kind": "api_token", "email": EMAIL, "api_token": "cd3-token"},
    {"kind": "scoped_token", "email": EMAIL, "api_token": "cd3-scoped-token"},
    {"kind": "service_account", **CLIENT},
    {"kind": "personal_token", "token": "cd3-personal-token"},
    {"kind": "basic", "username": EMAIL, "password": "cd3-token"},
]


def add(api: Api, credentials: dict[str, Any], **more: object) -> Any:
    return api.make("/sites", {**BARE, "credentials": credentials, **more})


def secret_of(api: Api) -> str:
    with api.parts.database.reading() as session:
        return api.parts.sites.secrets(session, "harbour").api_token


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way["kind"]))
def test_each_way_lets_us_in(api: Api, way: dict[str, Any]) -> None:
    add(api, way)
    assert api.read("/sites/harbour/fields")["items"]
    last = api.asked[-1]
    by_gateway = last.url.host == "api.atlassian.com"
    assert by_gateway == (way["kind"] in {"scoped_token", "service_account"})
    if by_gateway:
        assert last.url.path.startswith(f"/ex/jira/{api.sandbox.state.cloud_id}/")


@pytest.mark.parametrize("way", [*WAYS, CONSENT], ids=lambda way: str(way["kind"]))
def test_what_is_shown_may_be_sent_back(api: Api, way: dict[str, Any]) -> None:
    made = add(api, {**way, "expires_at": "2027-03-01T00:00:00Z"})
    secrets = {"api_token", "client_secret", "token", "password"}
    assert not secrets & made["credentials"].keys()
    assert {k: v for k, v in way.items() if k not in secrets}.items() <= made[
        "credentials"
    ].items()
    before = api.call("GET", "/sites/harbour")
    after = api.change("PUT", "/sites/harbour", before.json())
    assert (after.status_code, after.json()) == (200, before.json())
    assert after.headers["ETag"] == before.headers["ETag"]


def test_an_end_without_a_zone_or_an_unknown_way_is_refused(api: Api) -> None:
    for wrong, pointer in (
        ({**WAYS[0], "expires_at": "2027-03-01T00:00:00"}, "expires_at"),
        ({**WAYS[0], "kind": "kerberos"}, ""),
        ({**WAYS[0], "client_id": "x"}, "client_id"),
    ):
        body = {**BARE, "credentials": wrong}
        response = api.call("POST", "/sites", body)
        assert response.status_code == 422
        [fault] = response.json()["errors"]
        assert fault["pointer"].startswith("/credentials")
        assert fault["pointer"].endswith(pointer)


def test_a_new_site_says_what_is_missing(api: Api) -> None:
    response = api.call("POST", "/sites", BARE)
    pointers = [fault["pointer"] for fault in response.json()["errors"]]
    assert pointers == ["/email", "/api_token"]
    without = {"kind": "personal_token"}
    response = api.call("POST", "/sites", {**BARE, "credentials": without})
    pointers = [fault["pointer"] for fault in response.json()["errors"]]
    assert pointers == ["/credentials/token"]


def test_another_way_needs_its_own_secret_and_leaves_the_old_parts(api: Api) -> None:
    add(api, {**CONSENT, "expires_at": "2027-03-01T00:00:00Z"})
    change = {"credentials": {"kind": "scoped_token", "email": EMAIL}}
    refused = api.change("PATCH", "/sites/harbour", change)
    assert refused.json()["errors"][0]["pointer"] == "/credentials/api_token"
    change["credentials"]["api_token"] = "cd3-scoped-token"
    made = api.change("PATCH", "/sites/harbour", change).json()
    assert made["credentials"] == {
        "kind": "scoped_token",
        "email": EMAIL,
        "expires_at": None,
    }
    assert api.read("/sites/harbour/fields")["items"]


def test_the_short_form_changes_the_secret_of_any_way(api: Api) -> None:
    add(api, {**WAYS[1], "expires_at": "2027-03-01T00:00:00Z"})
    changed = api.change("PATCH", "/sites/harbour", {"api_token": "another-token"})
    assert changed.json()["credentials"]["kind"] == "scoped_token"
    # The old one's end says nothing of the new one's.
    assert changed.json()["credentials"]["expires_at"] is None
    assert secret_of(api) == "another-token"
    changed = api.change("PATCH", "/sites/harbour", {"email": "you@harbour.example"})
    assert changed.json()["credentials"]["email"] == "you@harbour.example"


def test_the_same_secret_again_keeps_its_end(api: Api) -> None:
    add(api, {**WAYS[1], "expires_at": "2027-03-01T00:00:00Z"})
    whole = {**api.read("/sites/harbour"), "api_token": WAYS[1]["api_token"]}
    changed = api.change("PUT", "/sites/harbour", whole)
    assert changed.json()["credentials"]["expires_at"] == "2027-03-01T00:00:00Z"


TWO = {**WAYS[3], "confluence_token": "confluence-token"}
WIKI = f"{SITE['url']}/wiki"


def tokens(api: Api) -> tuple[str, str]:
    with api.parts.database.reading() as session:
        kept = api.parts.sites.secrets(session, "harbour")
    return kept.api_token, kept.confluence_token


def faults(response: Any) -> list[str]:
    assert response.status_code == 422, response.text
    return [fault["pointer"] for fault in response.json()["errors"]]


def test_a_token_of_confluences_own_stays_when_left_out(api: Api) -> None:
    made = add(api, TWO)
    assert "confluence-token" not in str(made)
    assert made["credentials"] == {
        "kind": "personal_token",
        "expires_at": None,
        "has_confluence_token": True,
    }
    before = api.call("GET", "/sites/harbour")
    after = api.change("PUT", "/sites/harbour", before.json())
    assert (after.json(), after.headers["ETag"]) == (
        before.json(),
        before.headers["ETag"],
    )
    for change, kept in (
        ({"token": "another-token"}, ("another-token", "confluence-token")),
        ({"confluence_token": "newer-token"}, ("another-token", "newer-token")),
        ({"has_confluence_token": False}, ("another-token", "newer-token")),
        ({"confluence_token": None}, ("another-token", "newer-token")),
    ):
        body = {"credentials": change}
        assert api.change("PATCH", "/sites/harbour", body).is_success
        assert tokens(api) == kept
    assert api.read("/sites/harbour")["credentials"]["has_confluence_token"]


def test_each_product_is_called_with_its_own_token(api: Api) -> None:
    bot = replace(api.sandbox.state.accounts.by_id["us"], account_id="wiki", email="")
    bot = replace(bot, personal_token="confluence-token")
    api.sandbox.state.accounts.by_id["wiki"] = bot
    add(api, TWO)
    api.make("/backlogs", BACKLOG)
    api.call("POST", "/sites/harbour/check")
    wiki = [one for one in api.asked if one.url.path.startswith("/wiki/")]
    jira = [one for one in api.asked if one not in wiki]
    assert {one.headers["Authorization"] for one in wiki} == {"Bearer confluence-token"}
    assert {one.headers["Authorization"] for one in jira} == {
        "Bearer cd3-personal-token"
    }


def test_a_token_never_goes_to_a_new_address_unasked(api: Api) -> None:
    add(api, TWO)
    elsewhere = {"confluence_url": "https://other.atlassian.net/wiki"}

    def move(**given: str) -> Any:
        body = {**elsewhere, "credentials": given}
        return api.change("PATCH", "/sites/harbour", body)

    assert faults(move()) == ["/credentials/confluence_token"]
    # Jira's token is none for Confluence's new address.
    both = move(token="cd3-personal-token")
    assert faults(both) == ["/credentials/confluence_token"]
    assert move(confluence_token="newer-token").is_success
    assert tokens(api) == ("cd3-personal-token", "newer-token")
    # Nor does Confluence's open a new one to Jira's.
    jira = {"url": "https://third.atlassian.net"}
    jira["confluence_url"] = elsewhere["confluence_url"]
    jira["credentials"] = {"confluence_token": "newer-token"}  # type: ignore[assignment]
    assert faults(api.change("PATCH", "/sites/harbour", jira)) == ["/api_token"]


def test_without_one_of_its_own_confluence_needs_the_token_again(api: Api) -> None:
    add(api, WAYS[3])
    elsewhere = {"confluence_url": "https://other.atlassian.net/wiki"}
    assert faults(api.change("PATCH", "/sites/harbour", elsewhere)) == ["/api_token"]


def test_two_tokens_need_two_addresses(api: Api) -> None:
    same = {**BARE, "credentials": TWO, "confluence_url": SITE["url"]}
    assert faults(api.call("POST", "/sites", same)) == ["/credentials/confluence_token"]


def test_confluences_token_goes_with_its_address(api: Api) -> None:
    hosts = ("jira.acme.example", "wiki.acme.example")
    allowed = replace(api.parts, allowed_hosts=hosts)
    api.client.app.state.parts = allowed  # type: ignore[attr-defined]
    acme = {"name": "Harbour", "url": "https://jira.acme.example", "credentials": TWO}
    assert faults(api.call("POST", "/sites", acme)) == ["/confluence_url"]
    api.make("/sites", {**acme, "confluence_url": "https://wiki.acme.example"})
    away: dict[str, Any] = {"confluence_url": None}
    assert faults(api.change("PATCH", "/sites/harbour", away)) == ["/api_token"]
    away["credentials"] = {"token": "cd3-personal-token"}
    made = api.change("PATCH", "/sites/harbour", away).json()
    assert made["credentials"]["has_confluence_token"] is False
    assert tokens(api) == ("cd3-personal-token", "")
    # And back again it is not called with Jira's unasked.
    back = {"confluence_url": "https://wiki.acme.example"}
    assert faults(api.change("PATCH", "/sites/harbour", back)) == ["/api_token"]


def test_confluences_token_goes_with_its_way_in(api: Api) -> None:
    add(api, TWO)
    change = {"credentials": {**WAYS[4]}}
    made = api.change("PATCH", "/sites/harbour", change).json()
    assert "has_confluence_token" not in made["credentials"]
    assert tokens(api) == ("cd3-token", "")
    back = api.change("PATCH", "/sites/harbour", {"credentials": WAYS[3]}).json()
    assert back["credentials"]["has_confluence_token"] is False


def test_a_lost_key_never_makes_one_token_serve_for_both(api: Api) -> None:
    add(api, TWO)
    other = replace(
        api.parts, sites=Sites(Sealer(["another key that is long enough by far"]))
    )
    api.client.app.state.parts = other  # type: ignore[attr-defined]
    again: dict[str, Any] = {"credentials": {"token": "cd3-personal-token"}}
    refused = api.change("PATCH", "/sites/harbour", again)
    assert faults(refused) == ["/credentials/confluence_token"]
    again["credentials"]["confluence_token"] = "confluence-token"
    assert api.change("PATCH", "/sites/harbour", again).is_success


def consent(api: Api, url: str) -> dict[str, str]:
    """Open the address as a browser would; read where it leads back to."""
    answer = ask(api.sandbox, httpx.Request("GET", url))
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CONSENT["redirect_uri"]
    return {name: value for name, [value] in parse_qs(back.query).items()}


def test_a_person_consents_and_cd3_works_in_their_name(api: Api) -> None:
    add(api, CONSENT)
    before = api.call("GET", "/sites/harbour/fields")
    assert before.status_code == 502
    assert "/sites/harbour/authorization" in before.json()["detail"]
    question = api.call("POST", "/sites/harbour/authorization").json()
    asked = parse_qs(urlsplit(question["url"]).query)
    assert asked["audience"] == ["api.atlassian.com"]
    assert "offline_access" in asked["scope"][0].split()
    back = consent(api, question["url"])
    assert back["state"] == question["state"]
    assert api.call("POST", "/sites/harbour/authorization/code", back).is_success
    assert api.read("/sites/harbour/fields")["items"]
    # A state is good once.
    again = api.call("POST", "/sites/harbour/authorization/code", back)
    assert again.json()["errors"][0]["code"] == "consent_unusable"


def test_a_foreign_state_takes_no_code(api: Api) -> None:
    add(api, CONSENT)
    question = api.call("POST", "/sites/harbour/authorization").json()
    back = consent(api, question["url"])
    forged = {**back, "state": "somebody else's"}
    response = api.call("POST", "/sites/harbour/authorization/code", forged)
    assert response.status_code == 422
    assert api.call("POST", "/sites/harbour/authorization/code", back).is_success


def test_a_consent_for_another_site_is_told_and_not_kept(api: Api) -> None:
    add(api, CONSENT)
    question = api.call("POST", "/sites/harbour/authorization").json()
    back = consent(api, question["url"])
    api.parts.connect.cloud_id(api_site(api))  # type: ignore[attr-defined]
    api.sandbox.state.cloud_id = "another-cloud"
    api.sandbox.state.url = "https://other.atlassian.net"
    response = api.call("POST", "/sites/harbour/authorization/code", back)
    assert response.status_code == 422
    assert "other.atlassian.net" in response.json()["errors"][0]["message"]
    assert api.call("GET", "/sites/harbour/fields").status_code == 502


def api_site(api: Api) -> Any:
    with api.parts.database.reading() as session:
        return api.parts.sites.find(session, "harbour")


def test_only_ways_by_consent_are_authorised(api: Api) -> None:
    api.make("/sites", SITE)
    response = api.call("POST", "/sites/harbour/authorization")
    assert response.json()["errors"][0]["code"] == "no_consent_needed"
