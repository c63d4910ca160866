"""Whatever a store is given, it gives back: on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.books.audit import Audit
from app.books.backlogs import Backlog, Backlogs, PagesPlace, Policy
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.mappings import Mappings
from app.books.marks import Marks
from app.books.pages import KeptPage, Pages
from app.books.plans import Plans, SavedPlan
from app.books.rankings import Ranking, Rankings
from app.books.received import ReceivedDeliveries, Which
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from scoring.item import Mode
from webhooks.delivery import Delivery

NOW = datetime(2026, 11, 2, 9, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
SITES = Sites(Sealer(["a key that is long enough to be used"]))
SITE = Site("acme", "Acme", "https://a.example", "https://a.example/w", "me@a", NOW)
BACKLOG = Backlog(
    id="harbour",
    site_id="acme",
    name="Harbour «Ω»",
    jql='project = HARB AND text ~ "x"',
    mode=Mode.MONEY,
    currency="EUR",
    created_at=NOW,
    policy=Policy(write=("scores",)),
    pages=PagesPlace("HARB", "123", ("ranking",)),
)


def add(session: Session, *backlogs: Backlog) -> None:
    SITES.add(session, SITE, SiteSecrets("token-1", ("hook-1",)))
    for backlog in backlogs or (BACKLOG,):
        Backlogs().add(session, backlog)


def test_a_site_and_its_secrets(ours: Database) -> None:
    with ours.writing() as session:
        add(session)
    with ours.reading() as session:
        assert SITES.find(session, "acme") == replace(SITE, webhook_secrets=1)
        assert SITES.find(session, "nobody") is None
        assert SITES.secrets(session, "acme") == SiteSecrets("token-1", ("hook-1",))
        [row] = session.execute(text("SELECT * FROM sites")).all()
    assert "token-1" not in str(row)
    assert "hook-1" not in str(row)
    assert "token-1" not in repr(SiteSecrets("token-1", ("hook-1",)))


def test_a_changed_site_has_a_new_version_and_keeps_its_secrets(ours: Database) -> None:
    with ours.writing() as session:
        add(session)
        known = SITES.change(session, replace(SITE, account_id="5b0"))
        assert (known.account_id, known.version) == ("5b0", 1)  # no news to admins
        wanted = replace(SITE, name="New", account_id="5b1", state="stopped")
        changed = SITES.change(session, wanted)
        assert changed == replace(wanted, version=2, webhook_secrets=1)
        assert SITES.secrets(session, "acme").api_token == "token-1"
        rotated = SITES.secrets(session, "acme").with_webhook("hook-2")
        assert SITES.change(session, changed, rotated).webhook_secrets == 2
    with ours.reading() as session:
        assert SITES.secrets(session, "acme").webhook == ("hook-2", "hook-1")


def test_at_most_two_webhook_secrets_the_newest_first() -> None:
    secrets = SiteSecrets("t")
    for hook in ("one", "two", "three", "three"):
        secrets = secrets.with_webhook(hook)
    assert secrets.webhook == ("three", "two")


def test_lists_go_on_after_a_row(ours: Database) -> None:
    with ours.writing() as session:
        add(session, *(replace(BACKLOG, id=name) for name in "cab"))
    with ours.reading() as session:
        backlogs = Backlogs()
        assert [b.id for b in backlogs.list(session, limit=2)] == ["a", "b"]
        assert [b.id for b in backlogs.list(session, after="b")] == ["c"]
        assert backlogs.list(session, site_id="other") == ()
        assert backlogs.ids_of(session, "acme") == ("a", "b", "c")
        assert [s.id for s in SITES.list(session)] == ["acme"]
        assert SITES.list(session, after="acme") == ()


@pytest.mark.parametrize(
    "backlog",
    [BACKLOG, replace(BACKLOG, mode=Mode.RELATIVE, currency="", pages=None)],
)
def test_a_backlog(ours: Database, backlog: Backlog) -> None:
    with ours.writing() as session:
        add(session, backlog)
    with ours.writing() as session:
        assert Backlogs().find(session, "harbour", lock=True) == backlog
        renamed = Backlogs().change(session, replace(backlog, name="New"))
    with ours.reading() as session:
        assert Backlogs().find(session, "harbour") == renamed
    assert renamed == replace(backlog, name="New", version=2)


def test_a_deleted_backlog_leaves_nothing_but_the_audit(ours: Database) -> None:
    with ours.writing() as session:
        add(session)
        Mappings().save(session, "harbour", {"a": 1}, by="me", now=NOW)
        Rankings().put(session, ranking(1))
        Plans().add(session, PLAN)
        Pages().put(session, KeptPage("harbour", "ranking"))
        marks = Marks(ours)
        marks.touch(session.connection(), ["harbour"], reason="x", now=NOW)
        Audit().add(session, now=NOW, actor="me", action="a", object="backlogs/harbour")
    with ours.writing() as session:
        Backlogs().drop(session, "harbour")
        SITES.drop(session, "acme")
    with ours.reading() as session:
        tables = (
            "backlogs",
            "mappings",
            "rankings",
            "plans",
            "pages",
            "marks",
            "sites",
        )
        for table in tables:
            rows = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608 - our own names
            assert rows == []
        assert len(Audit().list(session)) == 1


def test_mappings_are_added_and_the_same_again_is_none(ours: Database) -> None:
    mappings = Mappings()
    first = {"cost_of_delay": {"table": {"S": 1.5}}}
    with ours.writing() as session:
        add(session)
        assert mappings.newest(session, "harbour") is None
        for mapping, version in ((first, 1), (first, 1), ({"b": 2}, 2), (first, 3)):
            saved = mappings.save(session, "harbour", mapping, by="me", now=NOW)
            assert saved.version == version
    with ours.reading() as session:
        newest = mappings.newest(session, "harbour")
        assert newest is not None
        assert (newest.version, newest.mapping) == (3, first)
        listed = mappings.list(session, "harbour", limit=2)
        assert [one.version for one in listed] == [3, 2]
        assert [one.version for one in mappings.list(session, "harbour", before=2)] == [
            1
        ]
        backlog = Backlogs().find(session, "harbour")
        assert backlog is not None
        assert (backlog.mapping_version, backlog.version) == (3, 1)


def ranking(generation: int) -> Ranking:
    return Ranking("harbour", generation, {"rows": []}, {"f": 1}, ("AB-1",), 1, 1, NOW)


def test_an_older_ranking_never_wins(ours: Database) -> None:
    with ours.writing() as session:
        add(session)
        assert [Rankings().put(session, ranking(n)) for n in (2, 1, 2, 3)] == [
            True,
            False,
            True,
            True,
        ]
        assert Rankings().find(session, "harbour") == ranking(3)
        assert Rankings().find(session, "other") is None


PLAN = SavedPlan("p1", "harbour", 4, "applying", "d" * 64, {"moves": []}, NOW, {})


def test_a_plan_and_what_came_of_it(ours: Database) -> None:
    with ours.writing() as session:
        add(session)
        Plans().add(session, PLAN)
        Plans().add(session, replace(PLAN, id="p2", created_at=LATER))
        Plans().note(
            session, "p1", state="applied", outcome={"moved": 3}, closed_at=LATER
        )
    with ours.reading() as session:
        found = Plans().find(session, "p1")
        done = replace(PLAN, state="applied", outcome={"moved": 3}, closed_at=LATER)
        assert found == done
        assert [plan.id for plan in Plans().list(session, "harbour")] == ["p2", "p1"]


def test_a_page_is_kept_once_a_kind(ours: Database) -> None:
    page = KeptPage("harbour", "ranking", state="refused", reason="no space HARB")
    published = replace(
        page, page_id="77", page_version=2, state="published", published_at=NOW
    )
    with ours.writing() as session:
        add(session)
        Pages().put(session, page)
        Pages().put(session, replace(page, kind="pestel"))
        Pages().put(session, published)
    with ours.reading() as session:
        kinds = [one.kind for one in Pages().list(session, "harbour")]
        assert kinds == ["pestel", "ranking"]
        assert Pages().find(session, "harbour", "ranking") == published


def test_the_audit_goes_back_from_the_newest(ours: Database) -> None:
    audit = Audit()
    with ours.writing() as session:
        for number in range(5):
            on = f"sites/{number % 2}"
            audit.add(
                session,
                now=NOW,
                actor="me",
                action="did",
                object=on,
                detail={"n": number},
            )
    with ours.reading() as session:
        newest = audit.list(session, limit=2)
        assert [entry.detail["n"] for entry in newest] == [4, 3]
        rest = audit.list(session, before=newest[-1].id)
        assert [entry.detail["n"] for entry in rest] == [2, 1, 0]
        ones = audit.list(session, object_id="sites/1")
        assert [entry.detail["n"] for entry in ones] == [3, 1]
        assert newest[0].at == NOW


def test_deliveries_are_listed_without_their_bodies(ours: Database) -> None:
    batch = [
        (Delivery(site, f"id-{number}", b"{}", bytes([number] * 32)), NOW)
        for number, site in enumerate(("acme", "acme", "other"))
    ]
    Deliveries(ours).add(batch)
    received = ReceivedDeliveries()
    with ours.reading() as session:
        everything = received.list(session)
        assert [one.identifier for one in everything] == ["id-2", "id-1", "id-0"]
        others = received.list(session, Which(site_id="other"))
        assert [one.identifier for one in others] == ["id-2"]
        assert received.list(session, Which(state="dead")) == ()
        rest = received.list(session, before=everything[0].id, limit=1)
        assert [one.identifier for one in rest] == ["id-1"]
        assert received.find(session, everything[0].id) == everything[0]
        assert received.find(session, 99) is None
        assert received.count_by_state(session) == {"new": 3}
