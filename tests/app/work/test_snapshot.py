"""An edit reads the issue and no more; old news never wins; what vanishes is seen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select, update

from app import clock
from app.books.copies import ISSUES, LINKED, Copies
from app.books.database import Database
from app.books.tables import AuditRow, CopyRow
from app.found import SnapshotFigures
from app.work.vanishing import are_few
from connectors.sandbox import accounts
from connectors.sandbox.clock import stamp
from connectors.sandbox.sample import COST_OF_DELAY
from connectors.sandbox.state import Site
from tests.app.work.errand import SCORE, Errand, errand, small_seed

FREE = "HARB-52"  # no link, no deadline, near the end of the sample's order
KEPT = [f"HARB-{n}" for n in (2, 6, 9, 12, 21, 22, 27, 44, 45, 52)]
SEARCH, FETCH = "/rest/api/3/search/jql", "/rest/api/3/issue/bulkfetch"


@pytest.fixture
def desk(books: Database) -> Iterator[Errand]:
    with errand(books, small_seed(*KEPT)) as made:
        made.set_up()
        yield made


def id_of(desk: Errand, key: str) -> str:
    issue = desk.site.state.find(key)
    assert issue is not None
    return issue.id


def rename(site: Site, old: str, new: str) -> None:
    """Move an issue to another project, as Jira does: the id stays."""
    issue = site.find(old)
    assert issue is not None
    del site.by_key[issue.key]
    issue.key, issue.project = new, new.partition("-")[0]
    issue.values["project"] = next(
        p.id for p in site.projects.values() if p.key == issue.project
    )
    site.by_key[new] = issue.id


def see_only(desk: Errand, *projects: str) -> None:
    """Take the sight of all other projects from our account."""
    accounts = desk.site.state.accounts
    less = replace(desk.us, projects=projects)
    accounts.by_id[less.account_id] = less
    accounts.by_email[less.email.casefold()] = less


def event(kind: str, number: str, key: str, *changes: dict[str, str]) -> bytes:
    return orjson.dumps(
        {
            "webhookEvent": kind,
            "user": {"accountId": "5f0c1a-ada"},
            "issue": {"id": number, "key": key, "fields": {}},
            "changelog": {"items": list(changes)},
        }
    )


def test_l12_one_edit_reads_little_and_its_echoes_nothing(desk: Errand) -> None:
    desk.edit(FREE, 500_000)
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]
    # The issue, whether it is evidence too, and the places that the move hangs on.
    assert desk.reads() == [SEARCH, SEARCH, FETCH]
    assert (desk.rank_calls(), desk.written()) == (1, [FREE])
    desk.person.post("/sandbox/requests/reset")
    echoes = desk.told()
    assert len(echoes) == 2  # of the score and of the rank
    desk.hear(*echoes)
    assert desk.ends()[-2:] == [("ignored", "our own write")] * 2
    assert desk.run() == []
    assert desk.requests() == []


def test_l12_thirty_echoes_of_our_own_writes_cost_no_call(desk: Errand) -> None:
    echoes: list[bytes] = []
    for turn in (-1, 1, -1, 1):
        for number, key in enumerate(desk.order()):
            desk.edit(key, 100_000 + turn * (7_000 * number + 1))
        desk.hear(*desk.told())
        assert desk.run() == ["applied"]
        echoes += desk.told()
    assert len(echoes) >= 30
    assert sum(b'"Rank"' in one for one in echoes) >= 3
    desk.person.post("/sandbox/requests/reset")
    desk.hear(*echoes)  # in one heap, the scores of before among them
    assert desk.ends()[-len(echoes) :] == [("ignored", "our own write")] * len(echoes)
    assert desk.run() == []
    assert desk.requests() == []


def test_l11_many_changed_issues_cost_few_reads(desk: Errand) -> None:
    keys = desk.order()
    for number, key in enumerate(keys):
        desk.edit(key, 1_000 + 7 * number)
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]
    assert len(desk.reads()) <= 3
    assert sorted(desk.written()) == sorted(keys)  # each once


def test_r9_the_newest_version_wins_whatever_comes_last(desk: Errand) -> None:
    versions = []
    for cost in (100_000, 200_000, 300_000):
        desk.edit(FREE, cost)
        versions.append(desk.told())
    first, second, third = versions
    for told in (third, first, second):
        desk.hear(*told)
        desk.run()
    final = desk.score(FREE)
    assert desk.written() == [FREE]  # the later ones found nothing to write
    desk.edit(FREE, 300_001)
    desk.hear(*desk.told())
    desk.run()
    assert desk.score(FREE) == pytest.approx(final * 300_001 / 300_000)


def test_old_news_of_an_index_never_wins(desk: Errand) -> None:
    number = id_of(desk, FREE)
    [copy] = [c for i, c in desk.copies().items() if i == number]
    with desk.books.transaction() as connection:
        [kept] = Copies().find(connection, "harbour", [number])
        stale = replace(
            kept.issue, rank="0|000000:", updated="2020-01-01T00:00:00.000+0000"
        )
        Copies().put(connection, "harbour", ISSUES, [stale])
    assert desk.copies()[number] == copy


def test_j12_a_deleted_issue_is_gone_and_the_rest_goes_on(desk: Errand) -> None:
    number = id_of(desk, FREE)
    desk.person.delete(f"/rest/api/3/issue/{FREE}").raise_for_status()
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]
    assert desk.state() == ("ok", "")
    assert number not in desk.copies()
    assert desk.ends()[-1] == ("done", "")
    assert desk.written() == []


def test_j12_a_deleted_blocker_blocks_nobody(desk: Errand) -> None:
    desk.person.delete("/rest/api/3/issue/HARB-27").raise_for_status()
    deleted, *_links = sorted(desk.told(), key=lambda one: b"issue_deleted" not in one)
    desk.hear(deleted)  # Jira tells of the links later, or not at all
    desk.run()
    with desk.books.engine.connect() as connection:
        gone = Copies().find(connection, "harbour", ["HARB-27"])
    assert [(c.part, c.issue.done) for c in gone] == [(LINKED, True)]


def test_j12_a_moved_issue_is_followed_by_its_id(desk: Errand) -> None:
    number = id_of(desk, FREE)
    rename(desk.site.state, FREE, "HARB-952")
    desk.edit("HARB-952", 500_000)
    moved = {"field": "Key", "fieldId": "", "toString": "HARB-952"}
    desk.told()
    desk.hear(event("jira:issue_updated", number, "HARB-952", moved))
    assert desk.run() == ["applied"]
    assert desk.copies()[number].key == "HARB-952"
    assert desk.written() == ["HARB-952"]


def test_j12_an_issue_that_moved_out_leaves_the_backlog(desk: Errand) -> None:
    number = id_of(desk, FREE)
    rename(desk.site.state, FREE, "TIDE-952")
    moved = {"field": "Key", "fieldId": "", "toString": "TIDE-952"}
    desk.hear(event("jira:issue_updated", number, "TIDE-952", moved))
    desk.run()
    assert desk.state() == ("ok", "")
    assert number not in desk.copies()


def test_an_issue_that_is_done_leaves_and_comes_back(desk: Errand) -> None:
    number = id_of(desk, FREE)
    for status, there in (("Done", False), ("To Do", True)):
        path = f"/rest/api/3/issue/{FREE}/transitions"
        ways = desk.person.get(path).json()["transitions"]
        [way] = [one["id"] for one in ways if one["name"] == status]
        desk.person.post(path, json={"transition": {"id": way}}).raise_for_status()
        desk.hear(*desk.told())
        desk.run()
        assert (number in desk.copies()) is there
    assert len(desk.reads()) <= 6  # to see it leave takes one read more


def test_a_new_issue_comes_in(desk: Errand) -> None:
    fields = {
        "project": {"key": "HARB"},
        "issuetype": {"name": "Story"},
        "summary": "New",
        COST_OF_DELAY: 9_000_000,
        "customfield_10202": 1,
    }
    answer = desk.person.post("/rest/api/3/issue", json={"fields": fields})
    made = answer.raise_for_status().json()
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]
    assert made["id"] in desk.copies()
    assert len(desk.reads()) <= 3


def test_what_vanishes_unexplained_is_reported_and_nothing_moves(desk: Errand) -> None:
    see_only(desk, "TIDE")
    desk.edit(FREE, 500_000)
    desk.told()
    desk.wake("clock")
    desk.person.post("/sandbox/requests/reset")
    assert desk.run() == ["partial"]
    state, reason = desk.state()
    assert state == "partial"
    assert "no longer visible" in reason
    assert (desk.rank_calls(), desk.written()) == (0, [])
    see_only(desk)  # all of them again
    desk.wake("clock")
    assert desk.run() == ["applied"]
    assert desk.state() == ("ok", "")
    assert FREE in desk.written()


def lose(desk: Errand, *keys: str) -> None:
    """Delete issues, and lose what Jira tells of it."""
    for key in keys:
        desk.person.delete(f"/rest/api/3/issue/{key}").raise_for_status()
    desk.told()


def wait_an_hour(desk: Errand) -> None:
    with desk.books.transaction() as connection:
        long_ago = clock.now() - timedelta(hours=1)
        hidden = CopyRow.hidden.is_(True)
        connection.execute(update(CopyRow).where(hidden).values(hidden_at=long_ago))


def test_j12_a_deletion_nobody_told_of_holds_up_no_other_issue(desk: Errand) -> None:
    number = id_of(desk, "HARB-45")
    lose(desk, "HARB-45")
    desk.wake("clock")
    assert desk.run() == ["applied"]
    state, reason = desk.state()
    assert (state, reason[:26]) == ("vanished", "HARB-45: no longer visible")
    desk.edit(FREE, 500_000)
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]
    assert (desk.rank_calls(), desk.written()) == (1, [FREE])
    assert number in desk.copies()  # it may come back
    [vanished] = [
        family.samples
        for family in SnapshotFigures(desk.books).collect()
        if family.name == "cd3_vanished_issues"
    ]
    assert [(one.labels["backlog"], one.value) for one in vanished] == [("harbour", 1)]


def test_j12_what_stays_away_is_gone_and_said_to_be(desk: Errand) -> None:
    number = id_of(desk, "HARB-27")  # others link to it
    lose(desk, "HARB-27")
    for _round in range(2):
        desk.wake("clock")
        desk.run()
    assert number in desk.copies()
    wait_an_hour(desk)
    desk.wake("clock")
    assert desk.run() == ["applied"]
    assert desk.state() == ("ok", "")
    assert number not in desk.copies()
    with desk.books.engine.connect() as connection:
        gone = Copies().find(connection, "harbour", ["HARB-27"])
        said = connection.execute(
            select(AuditRow.detail).where(AuditRow.action == "issues_gone")
        ).scalars()
        assert [one["issues"] for one in said] == ["HARB-27"]
    assert [(c.part, c.issue.done) for c in gone] == [(LINKED, True)]


@pytest.mark.parametrize("told", [False, True])
def test_j12_an_archived_issue_leaves_quietly(desk: Errand, *, told: bool) -> None:
    """`told`: somebody edited it right before, so its webhook still comes."""
    number, others = id_of(desk, FREE), len(desk.copies()) - 1
    if told:
        desk.edit(FREE, 500_000)
    body = {"issueIdsOrKeys": [FREE]}
    desk.person.put("/rest/api/3/issue/archive", json=body).raise_for_status()
    came = desk.told()
    assert len(came) == int(told)  # no webhook tells of the archiving itself
    desk.hear(*came)
    if not told:
        desk.wake("clock")
    assert desk.run() == ["applied"]
    assert desk.state() == ("ok", "")
    assert number not in desk.copies()
    assert len(desk.copies()) == others
    assert desk.written() == []
    desk.person.put("/rest/api/3/issue/unarchive", json=body).raise_for_status()
    desk.wake("clock")
    assert desk.run() == ["applied"]
    assert number in desk.copies()


def test_many_that_vanish_at_once_stop_the_backlog_for_good(desk: Errand) -> None:
    known = len(desk.copies())
    lose(desk, *desk.order()[:6])
    for _round in range(2):
        desk.wake("clock")
        assert desk.run() == ["partial"]
        assert f"6 of {known} issues at once" in desk.state()[1]
        wait_an_hour(desk)
    assert (desk.rank_calls(), desk.written()) == (0, [])


def test_a_right_to_browse_that_jira_does_not_tell_of_stops_nothing(
    desk: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.edit(FREE, 500_000)
    told = desk.told()
    known = accounts.KNOWN - {"BROWSE_PROJECTS"}
    monkeypatch.setattr("connectors.sandbox.jira.site.KNOWN", known)
    see_only(desk, "TIDE")
    desk.hear(*told)
    assert desk.run() == ["applied"]
    assert desk.state()[0] == "vanished"


def test_one_that_vanishes_with_the_right_to_browse_stops_it_too(desk: Errand) -> None:
    known = len(desk.copies())
    desk.edit(FREE, 500_000)
    told = desk.told()
    see_only(desk, "TIDE")
    for _round in range(2):
        desk.hear(*told)
        assert desk.run() == ["partial"]
        assert "may not browse project HARB" in desk.state()[1]
        wait_an_hour(desk)
    assert len(desk.copies()) == known
    assert (desk.rank_calls(), desk.written()) == (0, [])


@pytest.mark.parametrize(
    ("hidden", "known", "few"),
    [(5, 5, True), (6, 100, False), (50, 1_000, True), (51, 1_000, False)],
)
def test_a_few_are_five_or_one_in_twenty(*, hidden: int, known: int, few: bool) -> None:
    assert are_few(hidden, known) is few


def test_the_clock_finds_an_edit_whose_webhook_never_came(desk: Errand) -> None:
    desk.edit(FREE, 500_000)
    desk.told()
    desk.wake("clock")
    assert desk.run() == ["applied"]
    assert desk.written() == [FREE]


def test_the_clock_finds_a_drag_whose_webhook_never_came(desk: Errand) -> None:
    first, *_, last = desk.order()
    body = {"issues": [last], "rankBeforeIssue": first}
    path = "/rest/agile/1.0/issue/rank"
    issue = desk.site.state.find(last)
    assert issue is not None
    before = issue.values["updated"]
    desk.person.put(path, json=body).raise_for_status()
    issue.values["updated"] = before  # nobody promises that a drag changes it
    desk.told()
    desk.wake("clock")
    assert desk.run() == ["applied"]
    assert desk.order()[0] != last


def test_a_quiet_round_costs_the_same_however_large(desk: Errand) -> None:
    desk.wake("clock")
    assert desk.run() == ["applied"]
    # Fields, ids, what changed lately, three kinds of evidence; no issue is read.
    assert desk.reads().count(SEARCH) == 5
    assert len(desk.reads()) <= 8
    assert (desk.rank_calls(), desk.written()) == (0, [])


def test_all_is_read_anew_where_jira_spread_its_ranks(desk: Errand) -> None:
    order = desk.order()
    ranks = desk.site.state.ranks
    ranks.bucket = 1
    ranks.load((key, f"1{rank[1:]}") for key, rank in ranks.ranks.items())
    desk.edit(FREE, 1)  # the cheapest goes last
    desk.hear(*desk.told())
    assert desk.run() == ["applied"]
    assert {place.rank[:2] for place in desk.copies().values()} == {"1|"}
    rest = [key for key in order if key != FREE]
    assert [key for key in desk.order() if key != FREE] == rest


def test_what_no_webhook_told_of_is_counted(desk: Errand) -> None:
    desk.wake("clock")  # what we moved ourselves is read again
    desk.run()
    desk.edit(FREE, 500_000)
    for place in (FREE, "HARB-45"):
        issue = desk.site.state.find(place)
        assert issue is not None
        issue.values["updated"] = stamp(clock.now() - timedelta(minutes=2))
    desk.told()
    with desk.books.transaction() as connection:
        connection.execute(update(CopyRow).values(updated=0))
    desk.wake("clock")
    assert desk.run() == ["applied"]
    assert desk.found() == 1  # HARB-45 is as it was
    desk.settle()
    desk.wake("clock")
    desk.run()
    assert desk.found() == 1


def test_our_score_is_put_right_where_somebody_writes_it(desk: Errand) -> None:
    desk.put(FREE, {SCORE: 1})
    desk.hear(*desk.told())
    desk.run()
    assert desk.written() == [FREE]
    assert desk.score(FREE) != 1
