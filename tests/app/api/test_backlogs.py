"""Backlogs are in money or relative mode, and everything said of them is checked."""

from typing import Any

import pytest

from tests.app.api.conftest import BACKLOG, SITE, Api


@pytest.fixture
def with_site(api: Api) -> Api:
    api.make("/sites", SITE)
    return api


def test_a_new_backlog_has_sensible_defaults(with_site: Api) -> None:
    made = with_site.call("POST", "/backlogs", BACKLOG)
    assert made.status_code == 201
    assert made.headers["Location"] == "/api/v1/backlogs/alphabet"
    assert made.json() == {
        "id": "alphabet",
        "site": "harbour",
        "name": "Alphabet",
        "jql": "project = AB",
        "mode": "money",
        "currency": "EUR",
        "policy": {
            "approval": "automatic",
            "write": ["scores", "rank", "pages"],
            "tolerance": 0.0,
            "notify_watchers": False,
        },
        "pages": {
            "space": "AB",
            "parent_id": None,
            "kinds": ["ranking", "discovery", "pestel"],
        },
        "state": "ok",
        "state_reason": "",
        "created_at": "2026-11-02T09:00:00Z",
    }
    assert with_site.read("/backlogs/alphabet") == made.json()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"mode": "money", "currency": None}, "/currency"),
    ({"mode": "relative"}, "/currency"),
    ({"currency": "EURO"}, "/currency"),
    ({"currency": "eur"}, "/currency"),
    ({"mode": "both"}, "/mode"),
    ({"site": "nowhere"}, "/site"),
    ({"jql": ""}, "/jql"),
    ({"policy": {"approval": "sometimes"}}, "/policy/approval"),
    ({"policy": {"write": ["everything"]}}, "/policy/write/0"),
    ({"policy": {"writes": []}}, "/policy/writes"),
    ({"policy": {"tolerance": 0.5}}, "/policy/tolerance"),
    ({"pages": {"space": "../admin"}}, "/pages/space"),
    ({"pages": {"space": "AB", "kinds": ["poems"]}}, "/pages/kinds/0"),
    ({"pages": {"space": "AB", "parent_id": "x"}}, "/pages/parent_id"),
    ({"unknown": 1}, "/unknown"),
    ({"jql": "  "}, "/jql"),
    ({"jql": "ORDER BY created"}, "/jql"),
]


@pytest.mark.parametrize(("more", "pointer"), WRONG)
def test_bad_input_is_told_with_a_pointer(
    with_site: Api, more: dict[str, Any], pointer: str
) -> None:
    response = with_site.call("POST", "/backlogs", BACKLOG | more)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert with_site.read("/backlogs")["items"] == []


def test_candidates_are_named(with_site: Api) -> None:
    for more, candidate in (({"site": "x"}, "harbour"), ({"currency": "EURO"}, "EUR")):
        response = with_site.call("POST", "/backlogs", BACKLOG | more)
        assert candidate in response.json()["errors"][0]["candidates"]


def test_relative_mode_has_no_currency(with_site: Api) -> None:
    body = BACKLOG | {"mode": "relative", "currency": None}
    assert with_site.make("/backlogs", body)["currency"] is None
    changed = with_site.change(
        "PATCH", "/backlogs/alphabet", {"mode": "money", "currency": "GBP"}
    )
    assert changed.json()["currency"] == "GBP"


def test_a_patch_changes_what_it_names_and_null_takes_away(with_site: Api) -> None:
    before = with_site.make("/backlogs", BACKLOG)
    patch: dict[str, Any] = {"policy": {"write": []}, "pages": None}
    after = with_site.change("PATCH", "/backlogs/alphabet", patch).json()
    dry = before["policy"] | {"write": []}
    assert after == before | {"policy": dry, "pages": None}


@pytest.mark.parametrize("field", ["id", "site"])
def test_id_and_site_stay(with_site: Api, field: str) -> None:
    with_site.make("/backlogs", BACKLOG)
    response = with_site.change("PATCH", "/backlogs/alphabet", {field: "other"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == f"/{field}"


def test_a_list_is_given_in_pieces(with_site: Api) -> None:
    for name in "edcba":
        with_site.make("/backlogs", BACKLOG | {"id": name})
    seen, path = [], "/backlogs?limit=2"
    while path:
        piece = with_site.read(path)
        seen.append([one["id"] for one in piece["items"]])
        more = piece["next_cursor"]
        path = f"/backlogs?limit=2&cursor={more}" if more else ""
    assert seen == [["a", "b"], ["c", "d"], ["e"]]
    assert with_site.read("/backlogs?site=harbour&limit=5")["next_cursor"] is None
    assert with_site.read("/backlogs?site=other")["items"] == []


def test_a_changed_backlog_is_looked_at_and_noted(with_site: Api) -> None:
    with_site.make("/backlogs", BACKLOG)
    assert due(with_site) == []
    with_site.change(
        "PATCH", "/backlogs/alphabet", {"jql": "project = AB AND status = Done"}
    )
    assert due(with_site) == ["alphabet"]
    newest = with_site.read("/audit?object=backlogs/alphabet")["items"][0]
    assert newest["action"] == "backlog_changed"
    assert newest["detail"] == {"changed": ["jql"]}


def due(api: Api) -> list[str]:
    with api.parts.database.transaction() as connection:
        marks = api.parts.marks.due(connection, now=api.clock(), limit=9)
    return [mark.backlog for mark in marks]


def test_a_deleted_backlog_is_gone(with_site: Api) -> None:
    with_site.make("/backlogs", BACKLOG)
    assert with_site.change("DELETE", "/backlogs/alphabet").status_code == 204
    assert with_site.call("GET", "/backlogs/alphabet").status_code == 404
    with with_site.parts.database.reading() as session:
        assert with_site.parts.backlogs.find(session, "alphabet") is None


def test_publishing_needs_a_place_and_a_mapping(with_site: Api) -> None:
    with_site.make("/backlogs", BACKLOG | {"pages": None})
    path = "/backlogs/alphabet/pages/publish"
    first = with_site.call("POST", path, role="approver")
    assert (first.status_code, first.json()["code"]) == (409, "no_pages")
    with_site.change("PATCH", "/backlogs/alphabet", {"pages": {"space": "AB"}})
    second = with_site.call("POST", path, role="approver")
    assert (second.status_code, second.json()["code"]) == (409, "no_mapping")
