"""What is too long to be read is compared: nothing that it told of is lost."""

from collections.abc import Iterator

import pytest

from app.books.database import Database
from app.work.intake import MOST_READ_BYTES, Intake, SiteView
from tests.app.conftest import NOW
from tests.app.work.errand import Errand, errand, small_seed
from webhooks.delivery import Delivery
from webhooks.events import LONGEST_READ

KEPT = ("HARB-2", "HARB-6", "HARB-52")


@pytest.fixture
def desk(books: Database) -> Iterator[Errand]:
    with errand(books, small_seed(*KEPT)) as made:
        made.set_up()
        yield made


def padded(body: bytes) -> bytes:
    """Make a webhook longer than any that is read; its issue stands behind."""
    return b'{"padding": [%s1], ' % (b"[]," * (LONGEST_READ // 3)) + body[1:]


def test_what_a_long_delivery_told_of_is_found_by_a_comparison(desk: Errand) -> None:
    desk.edit("HARB-52", 500_000)
    [told] = desk.told()
    desk.edit("HARB-6", 400_000)
    desk.hear(padded(told), *desk.told())  # in one batch with one that is read
    long, short = desk.ends()[-2:]
    assert long[0] == "done"
    assert f"more than {LONGEST_READ} bytes" in long[1]
    assert short == ("done", "")
    assert desk.run() == ["applied"]
    assert sorted(desk.written()) == ["HARB-52", "HARB-6"]


def test_an_issue_that_a_long_delivery_says_is_deleted_is_left_out(
    desk: Errand,
) -> None:
    desk.person.delete(desk.way.issue("HARB-52")).raise_for_status()
    desk.hear(*map(padded, desk.told()))
    desk.run()
    assert {one.key for one in desk.copies().values() if one.hidden} == {"HARB-52"}


def test_a_long_delivery_of_a_site_without_a_backlog_is_ignored(desk: Errand) -> None:
    intake = Intake(
        desk.books,
        desk.intake.deliveries,
        desk.echoes,
        desk.marks,
        lambda *_: SiteView("", frozenset(), ()),
        desk.intake.reader,
    )
    desk.intake = intake
    desk.hear(padded(b"{}"))
    assert desk.ends()[-1] == ("ignored", "concerns no backlog")
    assert desk.run() == []


def test_of_long_bodies_few_are_read_at_once(desk: Errand) -> None:
    few, many = MOST_READ_BYTES // LONGEST_READ + 1, 12
    desk.edit("HARB-52", 500_000)
    [told] = desk.told()
    batch = [
        (Delivery("pretend", f"long-{n}", told.ljust(LONGEST_READ), b"%d" % n), NOW)
        for n in range(many)
    ]
    desk.intake.deliveries.add(batch)
    read = []
    while desk.intake.deliveries.any_waiting():
        read.append(desk.intake.read(now=NOW))
    assert read == [few, few, many - 2 * few]
    assert desk.ends()[-many:] == [("done", "")] * many
