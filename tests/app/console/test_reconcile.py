"""`cd3 reconcile` says what differs between our copy and Jira, and has it put right."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.books.database import Database
from app.books.migrating import migrate
from app.found import SnapshotFigures
from tests.app.console.desk import Desk
from tests.app.work.errand import KEY, Errand, errand, small_seed

FREE = "HARB-52"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Errand]:
    """A ranked backlog of a sandbox, and the settings of its books."""
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    books = Database(url)
    migrate(books)
    seed = small_seed(*(f"HARB-{n}" for n in (2, 12, 45, 52)))
    with errand(books, seed) as made:
        made.set_up()
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("CD3_DATABASE_URL", url)
        monkeypatch.setenv("CD3_SECRET_KEY", KEY)
        monkeypatch.setenv("CD3_ALLOWED_HOSTS", made.url.removeprefix("http://"))
        yield made
    books.close()


def told(desk: Desk, *words: str) -> dict[str, Any]:
    code, out, err = desk.run("reconcile", *words, "--json")
    assert (code, err) == (0, "")
    [found] = json.loads(out)["backlogs"]
    assert isinstance(found, dict)
    return found


def test_it_says_what_changed_and_marks_the_backlog(place: Errand, desk: Desk) -> None:
    place.wake("clock")
    place.run()
    assert told(desk)["found"] == 0
    place.run()
    place.edit(FREE, 500_000)
    found = told(desk, "harbour")
    assert (found["changed"], found["issues"]) == ([FREE], 4)
    assert place.run() == ["applied"]
    assert place.written() == [FREE]
    place.wake("clock")
    place.run()
    code, out, _ = desk.run("reconcile")
    assert (code, out) == (0, "harbour: 4 issues; nothing differs\n")


def test_what_is_hidden_is_given_up_only_when_told(place: Errand, desk: Desk) -> None:
    accounts = place.site.state.accounts
    less = replace(place.us, projects=("TIDE",))
    accounts.by_id[less.account_id] = less
    accounts.by_email[less.email.casefold()] = less
    place.wake("clock")
    assert place.run() == ["partial"]
    assert len(told(desk, "harbour")["hidden"]) == 4
    assert place.run() == ["partial"]
    assert told(desk, "harbour", "--accept")["accepted"] == 4
    assert place.run() == ["applied"]
    assert place.state() == ("ok", "")


def test_an_unknown_backlog_is_named(place: Errand, desk: Desk) -> None:
    code, _, err = desk.run("reconcile", "harbor")
    assert code == 1
    assert "there is: harbour" in err
    del place


def test_figures_tell_of_sites_and_backlogs(place: Errand) -> None:
    place.edit(FREE, 500_000)
    place.hear(*place.told())
    families = list(SnapshotFigures(place.books).collect())
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }
    assert told == {
        ("cd3_reconcile_found_total", "pretend"): 0,
        ("cd3_unread_issues", "harbour"): 1,
    }
