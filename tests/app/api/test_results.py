"""What was computed is shown with its money, in pieces, and empty before the first."""

from collections.abc import Sequence
from datetime import date

import pytest

from app.books.pages import KeptPage
from app.books.rankings import Ranking
from scoring.item import Gap, Item, Link, Mode, Source
from scoring.ranking import rank_backlog, summary_to_json
from tests.app.api.conftest import Api

SOURCE = Source("cost_of_delay", "customfield_10101", "300", 300.0, "per week", "300")
READ: list[Item | Gap] = [
    Item("AB-1", 100, 2, "Slow", place=0),
    Item("AB-2", 300, 1, "Fast", place=1, sources=(SOURCE,)),
    Item("AB-3", 50, 0, "Instant", place=2),
    Gap("AB-4", "no duration", "Unknown", place=3, role="duration", field="duedate"),
]
LOOP = [Link("AB-1", "AB-2", "1"), Link("AB-2", "AB-1", "2")]


def compute(
    api: Api, links: list[Link], generation: int = 1, more: Sequence[Item] = ()
) -> None:
    summary = rank_backlog(
        [*READ, *more], links, today=date(2026, 11, 2), mode=Mode.MONEY, currency="EUR"
    )
    ranking = Ranking(
        backlog_id="alphabet",
        generation=generation,
        summary=summary_to_json(summary),
        evidence={},
        keys=(),
        mapping_version=1,
        backlog_version=1,
        computed_at=api.clock(),
    )
    with api.parts.database.writing() as session:
        api.parts.rankings.put(session, ranking)


def test_before_the_first_computation_all_is_empty(api: Api) -> None:
    api.filled()
    ranking = api.read("/backlogs/alphabet/ranking")
    assert (ranking["items"], ranking["gaps"], ranking["cycles"]) == ([], [], [])
    assert (ranking["totals"], ranking["computed_at"]) == (None, None)
    pages = api.read("/backlogs/alphabet/pages")
    assert pages == {"items": [], "next_cursor": None}
    assert api.call("GET", "/backlogs/alphabet/items/AB-1").status_code == 404


def test_the_order_is_shown_with_its_money(api: Api) -> None:
    compute(api.filled(), [])
    shown = api.read("/backlogs/alphabet/ranking", role="reader")
    order = [(row["key"], row["rank"], row["was"]) for row in shown["items"]]
    assert order == [("AB-3", 1, 3), ("AB-2", 2, 2), ("AB-1", 3, 1)]
    instant, fast, slow = shown["items"]
    assert instant["cd3"] is None  # infinite: JSON has no word for it
    # By hand: 300 ends after 1 week, 100 after 1 + 2 weeks.
    assert (fast["delay_cost"], slow["delay_cost"]) == (300, 300)
    # In Jira's order: 100 × 2 + 300 × 3 + 50 × 3 = 1250; in ours 0 + 300 + 300.
    assert shown["totals"]["jira_order"] == 1250
    assert shown["totals"]["saved"] == 650
    assert (shown["currency"], shown["mapping_version"]) == ("EUR", 1)
    assert shown["gaps"] == [
        {
            "key": "AB-4",
            "summary": "Unknown",
            "reason": "no duration",
            "role": "duration",
            "field": "duedate",
        }
    ]


def test_old_figures_are_not_taken_for_new(api: Api) -> None:
    path = "/backlogs/alphabet/ranking"
    compute(api.filled(), [])

    def told() -> tuple[bool, str, str]:
        shown = api.read(path)
        return shown["stale"], shown["state"], shown["state_reason"]

    assert told() == (False, "ok", "")
    for state, stale in (("partly_refused", False), ("refused", True)):
        with api.parts.database.writing() as session:
            api.parts.backlogs.note_state(session, "alphabet", state, "no field")
        assert told() == (stale, state, "no field")
    with api.parts.database.writing() as session:
        api.parts.backlogs.note_state(session, "alphabet", "ok", "")
    api.parts.marks.failed("alphabet", 0, again=api.clock(), reason="again")
    stale, state, reason = told()
    assert (stale, state) == (True, "retrying")
    assert "tries again" in reason


def test_before_the_first_there_is_nothing_stale(api: Api) -> None:
    api.filled()
    with api.parts.database.writing() as session:
        api.parts.backlogs.note_state(session, "alphabet", "refused", "no field")
    shown = api.read("/backlogs/alphabet/ranking")
    assert (shown["stale"], shown["state_reason"]) == (False, "no field")


def test_rows_tell_profile_deadline_and_penalty_where_they_are_set(api: Api) -> None:
    dated = Item("AB-5", 9, 1, deadline=date(2026, 12, 1), penalty=40, place=4)
    short = Item("AB-6", 9, 1, profile="short", profile_weeks=8, place=5)
    compute(api.filled(), [], more=[dated, short])
    rows = {row["key"]: row for row in api.read("/backlogs/alphabet/ranking")["items"]}
    names = ("deadline", "profile", "profile_weeks", "penalty")
    assert {key: tuple(row[name] for name in names) for key, row in rows.items()} == {
        "AB-1": (None, None, None, None),
        "AB-2": (None, None, None, None),
        "AB-3": (None, None, None, None),
        "AB-5": ("2026-12-01", None, None, 40),
        "AB-6": (None, "short", 8, None),
    }


def test_loops_are_named(api: Api) -> None:
    compute(api.filled(), LOOP)
    [cycle] = api.read("/backlogs/alphabet/ranking")["cycles"]
    assert cycle["path"][0] == cycle["path"][-1]
    assert set(cycle["path"]) == {"AB-1", "AB-2"}


def test_it_is_given_in_pieces_of_one_computation(api: Api) -> None:
    compute(api.filled(), [])
    first = api.read("/backlogs/alphabet/ranking?limit=2")
    assert len(first["items"]) == 2
    path = f"/backlogs/alphabet/ranking?limit=2&cursor={first['next_cursor']}"
    second = api.read(path)
    assert [row["key"] for row in first["items"] + second["items"]] == [
        "AB-3",
        "AB-2",
        "AB-1",
    ]
    assert (second["next_cursor"], second["gaps"]) == (None, [])
    compute(api, LOOP, generation=2)
    assert api.call("GET", path).status_code == 422  # not two orders in one list


@pytest.mark.parametrize("key", ["AB-2", "AB-4"])
def test_an_item_explains_itself(api: Api, key: str) -> None:
    compute(api.filled(), [])
    told = api.read(f"/backlogs/alphabet/items/{key}", role="reader")
    assert told["key"] == key
    if key == "AB-4":
        assert told["row"] is None
        assert told["gap"]["reason"] == "no duration"
        return
    assert told["row"]["rank"] == 2
    assert (told["above"]["key"], told["below"]["key"]) == ("AB-3", "AB-1")
    assert told["above"]["cd3"] is None
    assert told["sources"][0]["field"] == "customfield_10101"
    assert told["formula"]
    # AB-1 has a CD3 of 50: below a cost of 50 a week, one week of work comes later.
    [down] = [turn for turn in told["turns"] if turn["goal"] == "down"]
    assert (down["against"], down["cost_of_delay"]) == ("AB-1", 50)


@pytest.mark.parametrize("key", ["AB-99", "nonsense", "AB-1%00", "a/b"])
def test_an_unknown_item_is_404(api: Api, key: str) -> None:
    compute(api.filled(), [])
    assert api.call("GET", f"/backlogs/alphabet/items/{key}").status_code == 404


def test_pages_tell_where_they_are_or_why_not(api: Api) -> None:
    api.filled()
    there = KeptPage(
        "alphabet", "ranking", "77", "Alphabet: ranking", 2, "d", "published", "", None
    )
    refused = KeptPage("alphabet", "pestel", state="refused", reason="no space AB")
    with api.parts.database.writing() as session:
        for page in (there, refused):
            api.parts.pages.put(session, page)
    shown = api.read("/backlogs/alphabet/pages")["items"]
    assert [(one["kind"], one["page_id"], one["version"]) for one in shown] == [
        ("pestel", None, 0),
        ("ranking", "77", 2),
    ]
    assert (shown[0]["state"], shown[0]["reason"]) == ("refused", "no space AB")


def test_publishing_has_the_backlog_looked_at_at_once(api: Api) -> None:
    api.filled()
    asked = api.call("POST", "/backlogs/alphabet/pages/publish", role="approver")
    assert asked.status_code == 202
    assert asked.headers["Location"] == "/api/v1/backlogs/alphabet/pages"
    with api.parts.database.transaction() as connection:
        [due] = api.parts.marks.due(connection, now=api.clock(), limit=9)
    assert due.backlog == "alphabet"
    newest = api.read("/audit")["items"][0]
    assert newest["action"] == "publish_asked"
    assert newest["actor"].startswith("approver (key_")
