"""Each delivery ends as done, ignored or dead, and marks the backlogs it must."""

import hashlib
from collections.abc import Sequence

import orjson
import pytest
from sqlalchemy import select

from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import RANK, Echo, Echoes
from app.books.marks import Marks
from app.books.readers import Reader
from app.books.tables import DeliveryRow, MarkRow
from app.work.concern import Watch
from app.work.intake import Intake, SiteView
from tests.app.conftest import NOW
from webhooks.delivery import Delivery

US, MIA = "account-cd3", "account-mia"
COD, SCORE, RANK_FIELD = "customfield_1", "customfield_9", "customfield_10019"
KNOWN = Watch(
    "one",
    keys=frozenset({"HARB-1", "HARB-2"}),
    ids=frozenset({"10001", "10002"}),
    fields=frozenset({COD}),
    projects=frozenset({"HARB"}),
)
OTHER = Watch(
    "two",
    keys=frozenset({"SHOP-1"}),
    ids=frozenset({"20001"}),
    projects=frozenset({"SHOP"}),
)
NUMBERS = {"HARB-1": "10001", "HARB-2": "10002"}
NEVER_RANKED = Watch("two", keys=frozenset(), ranked=False)


def edit(
    *changes: tuple[str, str, str | None],
    key: str = "HARB-1",
    actor: str = MIA,
    kind: str = "jira:issue_updated",
) -> bytes:
    items = [{"field": n, "fieldId": i, "toString": t} for i, n, t in changes]
    return orjson.dumps(
        {
            "webhookEvent": kind,
            "user": {"accountId": actor},
            "issue": {"id": NUMBERS.get(key, "30001"), "key": key, "fields": {}},
            "changelog": {"items": items},
        }
    )


COST = (COD, "Cost of delay", "12000")


class Inbox:
    """Posts bodies into the books and reads them."""

    def __init__(self, database: Database, watches: Sequence[Watch]) -> None:
        self.database = database
        self.echoes = Echoes(database)
        view = SiteView(US, frozenset({SCORE}), watches)
        self.intake = Intake(
            database,
            Deliveries(database),
            self.echoes,
            Marks(database),
            lambda _site, _names: view,
            Reader(database, Deliveries(database), "worker"),
        )
        self.count = 0

    def read(self, *bodies: bytes) -> list[tuple[str, str]]:
        """Answer state and reason of each, in the order they came."""
        batch = []
        for body in bodies:
            self.count += 1
            digest = hashlib.sha256(body + bytes([self.count])).digest()
            batch.append((Delivery("acme", f"d{self.count}", body, digest), NOW))
        Deliveries(self.database).add(batch)
        assert self.intake.read(now=NOW) == len(bodies)
        with self.database.engine.connect() as connection:
            rows = connection.execute(
                select(DeliveryRow.state, DeliveryRow.reason).order_by(DeliveryRow.id)
            ).all()
        return [(state, reason) for state, reason in rows][-len(bodies) :]

    def dirty(self) -> list[str]:
        with self.database.engine.connect() as connection:
            return list(
                connection.execute(
                    select(MarkRow.backlog_id)
                    .where(MarkRow.dirty_at.is_not(None))
                    .order_by(MarkRow.backlog_id)
                ).scalars()
            )


@pytest.fixture
def inbox(books: Database) -> Inbox:
    return Inbox(books, [KNOWN, OTHER])


def test_an_edit_marks_the_backlog_that_knows_the_issue(inbox: Inbox) -> None:
    assert inbox.read(edit(COST)) == [("done", "")]
    assert inbox.dirty() == ["one"]


def test_many_edits_are_one_mark(inbox: Inbox) -> None:
    inbox.read(*[edit(COST, key=f"HARB-{n % 2 + 1}") for n in range(50)])
    assert inbox.dirty() == ["one"]


def test_a_new_issue_of_a_known_project_may_belong(inbox: Inbox) -> None:
    inbox.read(edit(key="HARB-99", kind="jira:issue_created"))
    assert inbox.dirty() == ["one"]


def test_a_stranger_concerns_nobody(inbox: Inbox) -> None:
    [end] = inbox.read(edit(COST, key="ELSE-1"))
    assert end == ("ignored", "concerns no backlog")
    assert inbox.dirty() == []


def test_a_backlog_that_was_never_ranked_is_concerned_by_all(books: Database) -> None:
    inbox = Inbox(books, [NEVER_RANKED])
    inbox.read(edit(COST, key="ELSE-1"))
    assert inbox.dirty() == ["two"]


def test_a_comment_moves_nothing(inbox: Inbox) -> None:
    assert inbox.read(edit(("comment", "Comment", "hello")))[0][0] == "ignored"
    assert inbox.dirty() == []


def test_a_link_marks_by_number(inbox: Inbox) -> None:
    link = {"id": 1, "sourceIssueId": 20001, "destinationIssueId": 5}
    body = {"webhookEvent": "issuelink_created", "issueLink": link}
    inbox.read(orjson.dumps(body))
    assert inbox.dirty() == ["two"]


def test_j19_our_own_writes_wake_nobody(inbox: Inbox) -> None:
    inbox.echoes.expect(
        "acme", [Echo("HARB-1", SCORE, 2500.0), Echo("HARB-1", RANK)], now=NOW
    )
    ends = inbox.read(
        edit((SCORE, "CD3 score", "2500"), actor=US),
        edit((RANK_FIELD, "Rank", "Ranked higher"), actor=US),
    )
    assert ends == [("ignored", "our own write")] * 2
    assert inbox.dirty() == []


def test_j20_a_person_who_writes_our_field_wakes_us(inbox: Inbox) -> None:
    inbox.echoes.expect("acme", [Echo("HARB-1", SCORE, 2500.0)], now=NOW)
    inbox.read(edit((SCORE, "CD3 score", "2500"), actor=MIA))
    assert inbox.dirty() == ["one"]


def test_a_drag_by_a_person_wakes_us(inbox: Inbox) -> None:
    inbox.echoes.expect("acme", [Echo("HARB-1", RANK)], now=NOW)
    inbox.read(edit((RANK_FIELD, "Rank", "Ranked higher"), actor=MIA))
    assert inbox.dirty() == ["one"]


def test_a_drag_under_our_account_that_we_did_not_make_wakes_us(inbox: Inbox) -> None:
    inbox.read(edit((RANK_FIELD, "Rank", "Ranked higher"), actor=US))
    assert inbox.dirty() == ["one"]


def on_data_center(
    *changes: tuple[str, str], key: str = "HARB-1", fieldtype: str = "custom"
) -> bytes:
    """Make an edit as Data Center tells it: no field ids, users by key."""
    items = [{"field": n, "fieldtype": fieldtype, "toString": t} for n, t in changes]
    return orjson.dumps(
        {
            "webhookEvent": "jira:issue_updated",
            "user": {"key": US, "name": "cd3"},
            "issue": {"id": "10001", "key": key, "fields": {}},
            "changelog": {"items": items},
        }
    )


def test_j19_on_data_center_our_own_writes_are_known_by_the_fields_name(
    inbox: Inbox,
) -> None:
    inbox.echoes.expect(
        "acme",
        [Echo("HARB-1", SCORE, 2500.0, "CD3 score"), Echo("HARB-1", RANK)],
        now=NOW,
    )
    ends = inbox.read(
        on_data_center(("CD3 score", "2500")), on_data_center(("Rank", "Ranked higher"))
    )
    assert ends == [("ignored", "our own write")] * 2
    assert inbox.dirty() == []


@pytest.mark.parametrize(
    "change", [("CD3 score", "2501"), ("Cost of delay", "2500"), ("", "2500")]
)
def test_on_data_center_another_value_or_field_wakes_us(
    inbox: Inbox, change: tuple[str, str]
) -> None:
    expected = [Echo("HARB-1", SCORE, 2500.0, "CD3 score")]
    inbox.echoes.expect("acme", expected, now=NOW)
    assert inbox.read(on_data_center(change)) == [("done", "")]


def test_on_data_center_a_custom_field_may_be_called_as_one_of_jiras_own(
    inbox: Inbox,
) -> None:
    assert inbox.read(on_data_center(("Votes", "40")))[0][0] == "done"
    assert inbox.read(on_data_center(("votes", "40"), fieldtype="jira")) == [
        ("ignored", "concerns no backlog")
    ]


def test_what_cannot_be_read_is_parked_and_nothing_waits_for_it(inbox: Inbox) -> None:
    ends = inbox.read(b"{", edit(COST))
    assert ends[0][0] == "dead"
    assert ends[0][1].startswith("unreadable: ")
    assert ends[1] == ("done", "")
