"""The field's published examples come out of `cd3 rank` as they were published.

Costs count an item's own duration. Sources: G1 LeadingAgile 2015; G2 Businessmap; G3
and G6 Black Swan Farming; G4 jbrunton 2014; G5 Reinertsen's table; G7 Yip 2024; G9 our
own. The totals are published, or added up by hand beside the case.
"""

import json
from typing import Any

import pytest

from tests.app.console.desk import cd3

HEAD = "key,cost_of_delay,duration"


def ranked(text: str, *options: str, told: str = "") -> dict[str, Any]:
    """Order a file; `told` is what stands on stderr."""
    done = cd3("rank", "-", "--json", *options, text=text)
    assert (done.returncode, done.stderr) == (0, told)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("rows", "order", "file_order", "total"),
    [
        (["A,3000,3", "B,7000,4", "C,9000,6"], "B C A", 175_000, 157_000),
        (["C,9000,6", "B,7000,4", "A,3000,3"], "B C A", 163_000, 157_000),
        (
            ["P1,5000,2", "P2,30000,4", "P3,50000,8"],
            *("P2 P3 P1", 890_000, 790_000),
        ),
        (
            ["P3,50000,8", "P2,30000,4", "P1,5000,2"],
            *("P2 P3 P1", 830_000, 790_000),
        ),
        (["A,10,2", "B,30,4"], "B A", 200, 180),
        # In thousands and months: 2 × 1 + 3 × 3 against 3 × 2 + 2 × 3.
        (["B,3,2", "A,2,1"], "A B", 12, 11),
        (["A,2,1", "B,3,2"], "A B", 11, 11),
        (["C,1,10", "B,3,3", "A,10,1"], "A B C", 10 + 39 + 140, 36),
    ],
    ids=[
        *("G1 shortest first", "G1 most valuable first"),
        *("G2 shortest first", "G2 most valuable first"),
        *("G3", "G4 most valuable first", "G4 by CD3", "G5"),
    ],
)
def test_orders_and_their_delay_cost(
    rows: list[str], order: str, file_order: float, total: float
) -> None:
    found = ranked("\n".join([HEAD, *rows]))
    assert [row["key"] for row in found["order"]] == order.split()
    assert found["totals"] == {
        "file_order": file_order,
        "order": total,
        "saved": file_order - total,
        "lower_bound": total,
        "gap": 0,
    }


@pytest.mark.parametrize(
    ("rows", "weeks", "published"),
    [
        (["A,3000,3", "B,7000,4", "C,9000,6"], 13, 247_000),
        (["P1,5000,2", "P2,30000,4", "P3,50000,8"], 14, 1_190_000),
    ],
    ids=["G1", "G2"],
)
def test_doing_all_at_once_costs_what_was_published(
    rows: list[str], weeks: int, published: float
) -> None:
    """All are done when the last is: one item of all the cost and all the weeks."""
    found = ranked("\n".join([HEAD, *rows]))
    costs = sum(row["cost_of_delay"] for row in found["order"])
    together = ranked(f"{HEAD}\nALL,{costs},{weeks}")
    assert together["totals"]["order"] == published


@pytest.mark.parametrize(
    ("rows", "published"),
    [(["A,10,2", "B,30,4"], 100), (["B,30,4", "A,10,2"], 120)],
    ids=["A first", "B first"],
)
def test_g3_sells_as_many_ice_creams_as_published(
    rows: list[str], published: float
) -> None:
    """10 a week are sold as it is; each feature adds its own from when it is done.

    In six weeks both are done, so that what they add is all that waiting costs.
    """
    found = ranked("\n".join([HEAD, *rows]))
    gained = 6 * sum(row["cost_of_delay"] for row in found["order"])
    assert 6 * 10 + gained - found["totals"]["file_order"] == published
    assert 6 * 10 + gained - found["totals"]["order"] == 120


def test_g5_saves_what_the_table_says_of_waiting_alone() -> None:
    """Without the items' own durations: 160 in the worst order, 7 in the best."""
    found = ranked(f"{HEAD}\nC,1,10\nB,3,3\nA,10,1")
    own = sum(row["cost_of_delay"] * row["duration"] for row in found["order"])
    totals = found["totals"]
    assert (totals["file_order"] - own, totals["order"] - own) == (160, 7)


G6 = ["SSO,30,6,2027-08-30", "import,40,4,", "presets,12,2,"]
G6_TEXT = "\n".join([f"{HEAD},deadline", *G6, "re-import,9,3,", "audit,6,3,"])
IN_WEEKS = (
    "cd3: deadlines and profiles count in weeks: durations are taken as weeks, "
    "costs of delay as per week\n"
)


def test_g6_what_is_due_later_waits_until_its_latest_start() -> None:
    """Third by CD3, yet in 40 weeks nothing is late: the other four go by CD3.

    In thousands: 40 × 4 + 12 × 6 + 9 × 9 + 6 × 12, and nothing for SSO.
    """
    found = ranked(G6_TEXT, "--today", "2026-11-23", told=IN_WEEKS)
    order = [row["key"] for row in found["order"]]
    assert order == ["import", "presets", "re-import", "audit", "SSO"]
    # Six weeks before 30 August.
    assert found["order"][-1]["latest_start"] == "2027-07-19"
    assert found["totals"]["order"] == 160 + 72 + 81 + 72


def test_g6_on_its_latest_start_it_is_third() -> None:
    """From 19 July 2027 on its full rate counts: 5 a week of work. Not a day sooner.

    It ends six weeks late: 40 × 4 + 12 × 6 + 30 × 6 + 9 × 15 + 6 × 18.
    """
    found = ranked(G6_TEXT, "--today", "2027-07-19", told=IN_WEEKS)
    order = [(row["key"], row["cd3"]) for row in found["order"]]
    assert order == [
        *(("import", 10), ("presets", 6), ("SSO", 5)),
        *(("re-import", 3), ("audit", 2)),
    ]
    assert found["order"][2]["latest_start"] == "2027-07-19"
    assert found["totals"]["order"] == 160 + 72 + 180 + 135 + 108
    eve = ranked(G6_TEXT, "--today", "2027-07-18", told=IN_WEEKS)["order"]
    assert [row["cd3"] for row in eve if row["key"] == "SSO"] == [0]


def test_g6_once_its_deadline_is_there_it_is_third() -> None:
    found = ranked(G6_TEXT, "--today", "2027-08-30", told=IN_WEEKS)
    order = [row["key"] for row in found["order"]]
    assert order == ["import", "presets", "SSO", "re-import", "audit"]


def test_g7_a_month_at_200_000_is_too_dear_for_scope_worth_100_000() -> None:
    text = f"{HEAD}\nP,200000,3"
    question = ("--currency", "USD", "--what-if", "P:duration=+1,gain=100000")
    [answer] = ranked(text, *question)["what_if"]
    assert (answer["added"], answer["gain"], answer["net"]) == (200e3, 100e3, -100e3)
    told = cd3("rank", "-", *question, text=text).stdout
    assert "net -100,000 USD: reject" in told


def test_g9_a_blocker_is_pulled_forward_by_what_it_blocks() -> None:
    """The best of what may start, again and again, would be C A B for 59."""
    text = f"{HEAD},blocked_by\nC,8,2,\nA,1,1,\nB,10,1,A"
    found = ranked(text)
    assert [row["key"] for row in found["order"]] == ["A", "B", "C"]
    assert (found["totals"]["order"], found["totals"]["gap"]) == (53, 0)
    greedy = ranked(text, "--price-pin", "C:1")["pins"][0]
    assert greedy["price"] == 59 - 53
