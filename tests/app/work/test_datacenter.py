"""On Data Center an edit costs no more than on the Cloud, and old news never wins."""

from collections.abc import Iterator

import pytest

from app.books.database import Database
from tests.app.work.errand import Errand, errand, small_seed
from tests.app.work.lagging import SEARCH, LaggingIndex
from tests.ways import DATA_CENTER

FREE = "HARB-52"  # no link, no deadline, near the end of the sample's order
OTHER = "HARB-44"
KEPT = [f"HARB-{n}" for n in (2, 6, 9, 12, 21, 22, 27, 44, 45, 52)]


@pytest.fixture
def index() -> LaggingIndex:
    return LaggingIndex()


@pytest.fixture
def desk(books: Database, index: LaggingIndex) -> Iterator[Errand]:
    with errand(books, small_seed(*KEPT), way=DATA_CENTER, index=index) as made:
        made.set_up()
        yield made


def rescore(desk: Errand) -> None:
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]


def test_l12_one_edit_reads_as_little_as_on_the_cloud(desk: Errand) -> None:
    for cost in (500_000, 60, 400_000):
        desk.person.post("/sandbox/requests/reset")
        desk.edit(FREE, cost)
        rescore(desk)
        # The issue, whether it is evidence too, and the places that the move hangs on;
        # what we moved before rides along.
        assert desk.reads() == [SEARCH] * 3
        assert desk.written() == [FREE]
        desk.hear(*desk.told())
        assert desk.run() == []


def ask_before(desk: Errand) -> None:
    """Edit twice, so that the next edit is searched for as the last one was."""
    for cost in (500_000, 60):
        desk.edit(FREE, cost)
        rescore(desk)
        desk.hear(*desk.told())
        assert desk.run() == []


def test_what_an_index_shows_as_it_was_is_looked_up(
    desk: Errand, index: LaggingIndex
) -> None:
    ask_before(desk)
    low = desk.score(FREE)
    index.behind = True
    desk.edit(FREE, 120)
    rescore(desk)
    assert desk.score(FREE) == pytest.approx(2 * low)


def test_of_two_changes_the_last_counts_though_the_index_has_the_first(
    desk: Errand, index: LaggingIndex
) -> None:
    ask_before(desk)
    low = desk.score(FREE)
    asked, index.kept = [*index.kept], {}
    desk.edit(FREE, 90)
    for body in asked:
        desk.person.post(
            SEARCH, content=body, headers={"Content-Type": "application/json"}
        )
    index.behind = True
    desk.edit(FREE, 120)
    rescore(desk)
    assert desk.score(FREE) == pytest.approx(2 * low)


def test_what_another_moved_meanwhile_is_seen_before_we_move(desk: Errand) -> None:
    """The places are read in one request, and a drag between is noticed."""
    desk.edit(FREE, 500_000)
    desk.hear(*desk.told())
    first = desk.order()[0]
    body = {"issues": [OTHER], "rankBeforeIssue": first}
    desk.person.put("/rest/agile/1.0/issue/rank", json=body).raise_for_status()
    assert desk.run() in (["again"], ["applied"])
    desk.hear(*desk.told())
    desk.run()
    assert desk.order()[0] == FREE
