"""An open issue outside the backlog joins what it blocks; a done one does not."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.books.database import Database
from app.books.rankings import Rankings
from tests.app.work.errand import Errand, errand, small_seed

# The first stands last of these by its own worth, the second first.
LAST, FIRST = "HARB-52", "HARB-9"
KEPT = ("HARB-2", FIRST, "HARB-21", LAST)
OPEN, DONE = "TIDE-1", "TIDE-11"


def seed(*links: tuple[str, str]) -> dict[str, Any]:
    made = small_seed(*KEPT)
    made["links"] = [{"type": "Blocks", "from": a, "to": b} for a, b in links]
    return made


def rows(desk: Errand) -> dict[str, dict[str, Any]]:
    desk.set_up()
    with desk.books.reading() as session:
        found = Rankings().find(session, "harbour")
    assert found is not None
    return {row["item"]["key"]: row for row in found.summary["rows"]}


@pytest.fixture
def through(books: Database, request: pytest.FixtureRequest) -> Iterator[Errand]:
    other = request.param
    with errand(books, seed((LAST, other), (other, FIRST))) as made:
        yield made


@pytest.mark.parametrize("through", [OPEN], indirect=True)
def test_an_open_issue_outside_joins_what_it_blocks(through: Errand) -> None:
    found = rows(through)
    assert found[LAST]["place"] < found[FIRST]["place"]
    assert found[LAST]["pulled_by"] == FIRST
    assert found[FIRST]["waits_for"] == [OPEN]
    told = f"; also waits for {OPEN} (outside the backlog)"
    assert found[FIRST]["why"].endswith(told)


@pytest.mark.parametrize("through", [DONE], indirect=True)
def test_a_done_issue_outside_joins_nothing(through: Errand) -> None:
    found = rows(through)
    assert found[FIRST]["place"] < found[LAST]["place"]
    assert found[FIRST]["waits_for"] == []
