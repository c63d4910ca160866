"""Sites are added, changed and forgotten; their secrets go in and never come out."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from tests.app.api.conftest import BACKLOG, SITE, Api

HOOK = "the-first-hook"
TOKEN = "cd3-token"


def test_a_new_site_is_shown_without_its_secrets(api: Api) -> None:
    made = api.call("POST", "/sites", SITE)
    assert made.status_code == 201
    assert made.headers["Location"] == "/api/v1/sites/harbour"
    assert made.json() == {
        "id": "harbour",
        "name": "Harbour",
        "url": "https://harbour.atlassian.net",
        "confluence_url": "https://harbour.atlassian.net/wiki",
        "kind": None,
        "product_version": None,
        "email": "cd3@harbour.example",
        "credentials": {
            "kind": "api_token",
            "email": "cd3@harbour.example",
            "expires_at": None,
        },
        "webhook_secrets": 1,
        "webhook_proof": "signature",
        "writes_per_second": None,
        "state": "ok",
        "state_reason": "",
        "created_at": "2026-11-02T09:00:00Z",
    }
    assert api.read("/sites/harbour") == made.json()
    assert api.read("/sites") == {"items": [made.json()], "next_cursor": None}


def test_a_site_may_have_a_pace_of_its_own_and_give_it_back(api: Api) -> None:
    made = api.make("/sites", SITE | {"writes_per_second": 10})
    assert made["writes_per_second"] == 10.0
    assert api.read("/sites/harbour")["writes_per_second"] == 10.0
    back = api.change("PATCH", "/sites/harbour", {"writes_per_second": None})
    assert back.json()["writes_per_second"] is None
    for wrong in (0, 1_001):
        refused = api.change("PATCH", "/sites/harbour", {"writes_per_second": wrong})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/writes_per_second"


def test_ids_are_made_from_names_and_never_twice(api: Api) -> None:
    def add(**more: str) -> Any:
        return api.call("POST", "/sites", SITE | more)

    assert add(name="Ärger & Co.").json()["id"] == "arger-co"
    assert add(name="arger co").json()["id"] == "arger-co-2"
    assert add(name="港").json()["id"] == "site"
    assert add(id="own").json()["id"] == "own"
    taken = add(id="own")
    assert (taken.status_code, taken.json()["code"]) == (409, "id_taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://harbour.atlassian.net"),
        ("url", "https://169.254.169.254"),
        ("url", "https://evil.example"),
        ("url", "https://harbour.atlassian.net@evil.example"),
        ("confluence_url", "https://evil.example/wiki"),
        ("name", ""),
        ("name", "two\nlines\x00"),
        ("api_token", "short"),
        ("id", "Upper Case"),
        ("email", ""),
        ("unknown", 1),
    ],
)
def test_bad_input_is_told_with_a_pointer(api: Api, field: str, value: object) -> None:
    response = api.call("POST", "/sites", SITE | {field: value})
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [f"/{field}"]
    assert api.read("/sites")["items"] == []


def test_a_token_is_never_sent_to_a_new_address_unasked(api: Api) -> None:
    api.make("/sites", SITE)
    moved = {"url": "https://thief.atlassian.net"}
    response = api.change("PATCH", "/sites/harbour", moved)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/api_token"
    again = moved | {"api_token": "another-token"}
    assert api.change("PATCH", "/sites/harbour", again).status_code == 200


def hooks(api: Api) -> tuple[str, ...]:
    with api.parts.database.reading() as session:
        return api.parts.sites.secrets(session, "harbour").webhook


def test_a_webhook_secret_is_changed_without_a_gap(api: Api) -> None:
    api.make("/sites", SITE)
    changed = api.change("PATCH", "/sites/harbour", {"webhook_secret": "second-hook"})
    assert changed.json()["webhook_secrets"] == 2
    assert hooks(api) == ("second-hook", HOOK)
    # What GET answers may be put back, and both stay.
    api.change("PUT", "/sites/harbour", api.read("/sites/harbour"))
    assert hooks(api) == ("second-hook", HOOK)
    ended = api.change("PATCH", "/sites/harbour", {"webhook_secrets": 1})
    assert ended.json()["webhook_secrets"] == 1
    assert hooks(api) == ("second-hook",)


def test_secrets_that_are_left_out_stay(api: Api) -> None:
    api.make("/sites", SITE)
    whole = {key: SITE[key] for key in ("url", "email")} | {"name": "New name"}
    assert api.change("PUT", "/sites/harbour", whole).json()["name"] == "New name"
    with api.parts.database.reading() as session:
        assert api.parts.sites.secrets(session, "harbour").api_token == TOKEN
    assert hooks(api) == (HOOK,)


def test_secrets_are_in_no_answer_no_log_and_no_file(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [api.call("POST", "/sites", SITE)]
    answers.append(api.call("POST", "/sites", SITE | {"api_token": [TOKEN]}))
    answers.append(api.call("POST", "/sites", SITE | {"url": 7, "email": 9}))
    answers.append(
        api.change("PATCH", "/sites/harbour", {"webhook_secret": "hook-no-2"})
    )
    answers += [
        api.call("GET", path)
        for path in ("/sites", "/sites/harbour", "/audit", "/sites/harbour/fields")
    ]
    key = api.make("/keys", {"name": "x", "role": "reader"})["key"]
    answers.append(api.call("GET", "/keys"))
    path = api.parts.database.engine.url.database
    assert path is not None
    with api.parts.database.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    with open(path, "rb") as file:  # noqa: PTH123 - a name from the engine
        kept = file.read()
    for secret in (TOKEN, HOOK, "hook-no-2", key, *api.secrets.values()):
        assert all(secret not in answer.text for answer in answers)
        assert secret not in caplog.text
        assert secret.encode() not in kept


def test_a_lost_secret_key_is_told_and_healed_by_entering_them_again(api: Api) -> None:
    api.make("/sites", SITE)
    with api.parts.database.transaction() as connection:
        connection.execute(text("UPDATE sites SET secrets = 'gAAAAA-rubbish'"))
    assert api.read("/sites/harbour")["id"] == "harbour"
    stuck = api.call("GET", "/sites/harbour/fields")
    assert (stuck.status_code, stuck.json()["code"]) == (503, "no_secret_key")
    assert "again" in stuck.json()["detail"]
    api.change(
        "PATCH",
        "/sites/harbour",
        {"api_token": TOKEN, "webhook_secret": "a-new-hook"},
    )
    assert api.read("/sites/harbour/fields")["items"]
    assert hooks(api) == ("a-new-hook",)


def test_a_site_with_backlogs_is_not_forgotten(api: Api) -> None:
    api.make("/sites", SITE)
    api.make("/backlogs", BACKLOG)
    kept = api.change("DELETE", "/sites/harbour")
    assert (kept.status_code, kept.json()["code"]) == (409, "site_in_use")
    assert "alphabet" in kept.json()["detail"]
    assert api.change("DELETE", "/backlogs/alphabet").status_code == 204
    assert api.change("DELETE", "/sites/harbour").status_code == 204
    assert api.call("GET", "/sites/harbour").status_code == 404


def test_each_change_leaves_an_entry_that_names_what_not_to_which_value(
    api: Api,
) -> None:
    api.make("/sites", SITE)
    api.change("PATCH", "/sites/harbour", {"name": "N", "api_token": "other-token"})
    api.change("PATCH", "/sites/harbour", {"name": "N"})  # nothing differs
    api.change("DELETE", "/sites/harbour")
    entries = api.read("/audit?object=sites/harbour")["items"]
    assert [(entry["action"], entry["detail"]) for entry in entries] == [
        ("site_deleted", {}),
        ("site_changed", {"changed": ["name", "secrets"]}),
        ("site_created", {}),
    ]
    assert all(entry["actor"].startswith("admin (key_") for entry in entries)


def test_a_changed_site_has_its_backlogs_looked_at(api: Api) -> None:
    api.filled()
    with api.parts.database.transaction() as connection:
        connection.execute(text("DELETE FROM marks"))
    api.change("PATCH", "/sites/harbour", {"api_token": "other-token"})
    now = api.clock()
    with api.parts.database.transaction() as connection:
        due = api.parts.marks.due(connection, now=now, limit=9)
    assert [mark.backlog for mark in due] == ["alphabet"]


def test_new_credentials_end_the_trouble_and_ask_anew_who_we_are(api: Api) -> None:
    api.make("/sites", SITE)
    sites, books = api.parts.sites, api.parts.database
    with books.writing() as session:
        site = sites.find(session, "harbour")
        assert site is not None
        stopped = replace(site, account_id="5b1", state="stopped", state_reason="401")
        sites.change(session, stopped)
    api.change("PATCH", "/sites/harbour", {"name": "Renamed"})
    with books.reading() as session:
        renamed = sites.find(session, "harbour")
    assert renamed is not None
    assert (renamed.state, renamed.account_id) == ("ok", "5b1")
    api.change("PATCH", "/sites/harbour", {"api_token": "other-token"})
    with books.reading() as session:
        changed = sites.find(session, "harbour")
    assert changed is not None
    assert (changed.state, changed.account_id) == ("ok", "")


def test_fields_are_listed_live_and_searched(api: Api) -> None:
    api.make("/sites", SITE)
    found = api.read("/sites/harbour/fields?query=COST OF")
    assert found == {
        "items": [
            {
                "id": "customfield_10101",
                "name": "Cost of delay",
                "type": "number",
                "custom": True,
                "project": None,
                "same_name": [],
            }
        ],
        "next_cursor": None,
    }
    first = api.read("/sites/harbour/fields?limit=3")
    rest = api.read(f"/sites/harbour/fields?cursor={first['next_cursor']}")
    everything = api.read("/sites/harbour/fields")["items"]
    assert first["items"] + rest["items"] == everything


def test_link_types_and_boards_are_listed_live(api: Api) -> None:
    api.make("/sites", SITE)
    assert api.read("/sites/harbour/link-types")["items"] == [
        {
            "id": "10000",
            "name": "Blocks",
            "outward": "blocks",
            "inward": "is blocked by",
        }
    ]
    boards = api.read("/sites/harbour/boards?limit=1")["items"]
    assert [(board["id"], board["name"]) for board in boards] == [(1, "Alphabet board")]
    assert api.read("/sites/harbour/boards?query=nothing")["items"] == []


def test_a_refusing_site_is_a_bad_gateway(api: Api) -> None:
    api.make("/sites", SITE | {"api_token": "wrong-token"})
    refused = api.call("GET", "/sites/harbour/fields")
    assert (refused.status_code, refused.json()["code"]) == (502, "site_refused")
    assert "wrong-token" not in refused.text
