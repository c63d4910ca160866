"""A check looks at each project and type of a backlog, and lifts what it looked at."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from app.books.bars import EDIT, FIELD, GRANT, MAIL, RANK, Bars
from app.books.copies import ISSUES, Copies
from app.books.database import Database
from app.checks import issues as checks
from app.checks.judging import judge_rights
from app.clock import now
from connectors.sandbox import accounts
from scoring.item import Issue
from tests.app.api.conftest import BACKLOG, MAPPING, SITE, Api, serving
from tests.connectors.conftest import SEED

STORIES, BUGS = 60, 5
SCORE = FIELD + "customfield_10201"


@pytest.fixture
def ready(app: FastAPI, books: Database) -> Iterator[Api]:
    """Serve 60 stories of AB, then 5 bugs of ZZ, which our copy knows."""
    keys = [f"AB-{n}" for n in range(1, STORIES + 1)]
    keys += [f"ZZ-{n}" for n in range(1, BUGS + 1)]
    seed = {
        **SEED,
        "projects": [*SEED["projects"], {"id": "10001", "key": "ZZ", "name": "Zoo"}],
        "issuetypes": [*SEED["issuetypes"], {"id": "10002", "name": "Bug"}],
        "issues": [
            {"key": key, "type": "Bug" if key[0] == "Z" else "Story"} for key in keys
        ],
        "links": [],
    }
    with serving(app, books, seed) as api:
        api.clock.at = now()
        api.make("/sites", SITE)
        api.make("/backlogs", BACKLOG | {"jql": "project in (AB, ZZ)"})
        assert api.call("PUT", "/backlogs/alphabet/mapping", MAPPING).is_success
        with books.transaction() as connection:
            copies = [Issue(str(n), key) for n, key in enumerate(keys)]
            Copies().put(connection, "alphabet", ISSUES, copies)
        yield api


def give(api: Api, **rights: object) -> None:
    known = api.sandbox.state.accounts
    us = replace(known.by_id["us"], **rights)  # type: ignore[arg-type]
    known.by_id["us"] = known.by_email[us.email] = us


def bar(api: Api, *whats: str) -> None:
    with api.parts.database.writing() as session:
        Bars().keep(
            session, "alphabet", dict.fromkeys(whats, "no"), as_of="1", now=now()
        )


def barred(api: Api) -> set[str]:
    with api.parts.database.reading() as session:
        found = Bars().of(session, "alphabet", as_of="1", now=now())
    return {one.what for one in found}


def told(api: Api, check: str) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = api.call("POST", "/sites/harbour/check").json()[
        "findings"
    ]
    return [(one["status"], one["what"]) for one in found if one["check"] == check]


def test_a_right_that_is_missing_beyond_the_first_issues_is_told_and_stays_barred(
    ready: Api,
) -> None:
    give(ready, read_only=("ZZ",))
    bar(ready, EDIT + "ZZ", RANK + "AB", MAIL + "AB", GRANT + EDIT, SCORE)
    [ours, theirs] = sorted(told(ready, "permissions"), key=lambda one: one[1])
    assert ours == ("ok", "AB: all rights are there")
    assert theirs[0] == "fail"
    assert theirs[1].startswith("ZZ: the account lacks «Edit issues»")
    # Of ZZ nobody could see whether the field can be set there.
    assert barred(ready) == {EDIT + "ZZ", GRANT + EDIT, SCORE}
    give(ready, read_only=())
    again = told(ready, "backlog")[-1]
    assert again == (
        "ok",
        "barred no longer, and tried again now: edit ZZ, field customfield_10201",
    )
    assert barred(ready) == {GRANT + EDIT}  # no check shows what a token is good for


def test_a_project_that_cannot_be_seen_any_more_is_told_by_name(ready: Api) -> None:
    give(ready, projects=("AB",))
    bar(ready, SCORE, EDIT + "ZZ", EDIT + "AB")
    [(_, found)] = [one for one in told(ready, "permissions") if one[0] == "fail"]
    assert found.startswith("ZZ: ")
    assert barred(ready) == {SCORE, EDIT + "ZZ"}


@pytest.mark.parametrize(
    ("held", "status", "words"),
    [
        ({"SCHEDULE_ISSUES": True}, "ok", "all rights"),
        ({"SCHEDULE_ISSUES": False}, "fail", "lacks «Schedule issues»"),
        ({}, "warn", "does not tell whether the account has «Schedule issues»"),
    ],
)
def test_a_right_that_jira_does_not_tell_of_is_neither_held_nor_missing(
    held: dict[str, bool], status: str, words: str
) -> None:
    both = {"BROWSE_PROJECTS": True, "EDIT_ISSUES": True, **held}
    found = judge_rights("AB", both, ["rank"], "backlogs/alphabet")
    assert found.status == status
    assert words in found.what


def test_a_jira_that_does_not_know_a_right_by_its_name_clears_and_bars_nothing(
    ready: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = accounts.KNOWN - {"SCHEDULE_ISSUES"}
    monkeypatch.setattr("connectors.sandbox.jira.site.KNOWN", known)
    bar(ready, RANK + "AB", SCORE)
    assert [one[0] for one in told(ready, "permissions")] == ["warn", "warn"]
    assert barred(ready) == {RANK + "AB"}


def test_each_type_beyond_the_first_issues_is_asked_for_its_fields(ready: Api) -> None:
    bar(ready, SCORE)
    assert told(ready, "mapping.screen") == [
        ("ok", "all can be set, on an issue of each of 2 projects and types")
    ]
    assert barred(ready) == set()
    asked = {one.url.path.split("/")[-2] for one in ready.asked if "meta" in str(one)}
    assert asked == {"AB-1", "ZZ-1"}


def test_what_was_left_out_is_told_and_stays_barred(
    ready: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MOST_KINDS", 1)
    bar(ready, SCORE, EDIT + "AB")
    assert ("warn", "not looked at, beyond 1 projects and types: ZZ, Bug") in told(
        ready, "mapping.screen"
    )
    assert barred(ready) == {SCORE}
    monkeypatch.setattr(checks, "MOST_PROJECTS", 1)
    assert ("warn", "not looked at, beyond 1 projects: ZZ") in told(
        ready, "permissions"
    )
    bar(ready, EDIT + "ZZ")  # what is barred is looked at first
    assert ("warn", "not looked at, beyond 1 projects: AB") in told(
        ready, "permissions"
    )
    assert barred(ready) == {SCORE}
