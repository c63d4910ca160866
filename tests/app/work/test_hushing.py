"""Our writes mail nobody where we may say so, and are made all the same elsewhere.

Jira refuses an edit whole (403) that would spare the watchers without the right to.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from app.books.backlogs import Policy
from app.books.bars import Bars
from app.books.database import Database
from app.books.tables import BarRow
from app.clock import now
from tests.app.work.errand import US, Errand, errand, small_seed

FREE = "HARB-52"
KEPT = [f"HARB-{n}" for n in (2, 6, 9, 12, 44, 45, 52)]
QUIET = "notifyUsers=false"


def seed_without(right: str = "") -> dict[str, Any]:
    seed = small_seed(*KEPT)
    for account in seed["accounts"]:
        if account["email"] == US:
            held = account["permissions"]
            account["permissions"] = [one for one in held if one != right]
    return seed


def log(desk: Errand) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.person.get("/sandbox/requests").json()[
        "requests"
    ]
    return [one for one in found if one["account"] == desk.us.account_id]


def writes(desk: Errand) -> list[tuple[str, int]]:
    """List our field writes: the query, and how Jira answered."""
    return [
        (one["query"], one["status"])
        for one in log(desk)
        if one["method"] == "PUT" and "/issue/HARB" in one["path"]
    ]


def questions(desk: Errand) -> int:
    return sum(1 for one in log(desk) if one["path"].endswith("/mypermissions"))


def edit(desk: Errand, cost: float) -> None:
    desk.edit(FREE, cost)
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]


def an_hour_later(books: Database) -> None:
    with books.transaction() as connection:
        connection.execute(
            update(BarRow).values(probe_at=datetime(2020, 1, 1, tzinfo=UTC))
        )


def ranked(desk: Errand, *, notify_watchers: bool = False) -> None:
    """Let the first drain of a backlog write a score to each issue."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "settle", lambda: None)  # it forgets the requests
        policy = Policy(write=("scores", "rank"), notify_watchers=notify_watchers)
        desk.set_up(policy=policy)


def test_the_first_drain_mails_nobody_and_asks_once(books: Database) -> None:
    with errand(books, seed_without()) as desk:
        ranked(desk)
        assert len(writes(desk)) > 3
        assert set(writes(desk)) == {(QUIET, 204)}
        assert questions(desk) == 1


def test_who_wants_the_mail_gets_it(books: Database) -> None:
    with errand(books, seed_without()) as desk:
        ranked(desk, notify_watchers=True)
        assert set(writes(desk)) == {("", 204)}
        assert questions(desk) == 0


def test_without_the_right_each_score_is_written_once_and_not_refused(
    books: Database,
) -> None:
    with errand(books, seed_without("ADMINISTER")) as desk:
        ranked(desk)
        assert set(writes(desk)) == {("", 204)}
        assert questions(desk) == 1
        assert desk.state() == ("ok", "")


def test_a_right_that_is_taken_away_costs_one_refusal(books: Database) -> None:
    with errand(books, seed_without()) as desk:
        ranked(desk)
        desk.settle()
        less = replace(
            desk.us, permissions=tuple(set(desk.us.permissions) - {"ADMINISTER"})
        )
        accounts = desk.site.state.accounts
        accounts.by_id[less.account_id] = less
        accounts.by_email[less.email.casefold()] = less
        for cost in (500_000, 600_000):
            edit(desk, cost)
        assert writes(desk) == [(QUIET, 403), ("", 204), ("", 204)]
        assert desk.state() == ("ok", "")


@pytest.mark.parametrize("right", ["", "ADMINISTER"], ids=["held", "missing"])
def test_an_edit_never_asks_not_even_a_fresh_worker_s_first(
    books: Database, right: str
) -> None:
    with errand(books, seed_without(right)) as desk:
        desk.set_up()
        an_hour_later(books)
        fresh = Errand(books, desk.site, desk.url)
        desk.rescore = fresh.rescore
        edit(desk, 500_000)
        assert len(desk.reads()) <= 3, desk.reads()
        assert questions(desk) == 0
        assert writes(desk) == [("" if right else QUIET, 204)]
        fresh.connections.close()
        fresh.person.close()


def test_the_clock_asks_again_after_an_hour(books: Database) -> None:
    def asked_by_a_round() -> int:
        before = questions(desk)
        desk.wake("clock")
        desk.run()
        return questions(desk) - before

    with errand(books, seed_without("ADMINISTER")) as desk:
        desk.set_up()
        assert asked_by_a_round() == 0
        an_hour_later(books)
        assert [asked_by_a_round(), asked_by_a_round()] == [1, 0]
        accounts, more = desk.site.state.accounts, (*desk.us.permissions, "ADMINISTER")
        us = replace(desk.us, permissions=more)
        accounts.by_id[us.account_id] = accounts.by_email[us.email.casefold()] = us
        an_hour_later(books)
        assert asked_by_a_round() == 1
        edit(desk, 500_000)
        assert writes(desk) == [(QUIET, 204)]
        assert asked_by_a_round() == 0


def test_watchers_that_cannot_be_spared_bar_nothing(books: Database) -> None:
    with errand(books, seed_without("ADMINISTER")) as desk:
        desk.set_up()
        with books.reading() as session:
            [bar] = Bars().of(session, "harbour", as_of="", now=now())
            assert Bars().count(session) == {}
        assert bar.what == "mail HARB"
        assert desk.state() == ("ok", "")
