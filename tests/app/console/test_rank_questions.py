"""`cd3 rank` answers what is asked beside the order, and refuses what it cannot."""

import pytest

from tests.app.console.desk import HEAD, THREE, Desk


def test_two_teams_share_the_work(desk: Desk) -> None:
    """A and B begin, C follows A: 10 × 1 + 10 × 2 + 2 × 2."""
    teams = desk.ranked(THREE, "--teams", "2")["teams"]
    assert (teams["count"], teams["delay_cost"]) == (2, 34)
    assert teams["lower_bound"] <= 34
    turns = [(one["key"], one["team"], one["starts"]) for one in teams["schedule"]]
    assert turns == [("A", 1, 0), ("B", 2, 0), ("C", 1, 1)]
    told = desk.run("rank", desk.write(THREE), "--teams", "2")[1]
    assert "Delay cost with 2 teams" in told


def test_a_tolerance_leaves_rows_where_they_are(desk: Desk) -> None:
    """B first costs 201 + 199 × 2 + 1 × 3; A first is the cheaper by 2: 0.3 %."""
    text = f"{HEAD}\nA,199,1\nB,201,1\nC,1,1\n"
    strict = desk.ranked(text)
    near = desk.ranked(text, "--tolerance", "0.01")
    assert [row["key"] for row in strict["order"]] == ["B", "A", "C"]
    assert [row["key"] for row in near["order"]] == ["A", "B", "C"]
    assert near["totals"]["lower_bound"] == strict["totals"]["order"] == 602
    assert near["totals"]["gap"] == pytest.approx(2 / 602)
    assert desk.ranked(text, "--tolerance", "0.001")["order"] == strict["order"]


def test_what_if_tells_place_and_money(desk: Desk) -> None:
    """At 6 a week C stands second: 10 × 1 + 6 × 2 + 10 × 4 against 10 + 30 + 8."""
    found = desk.ranked(THREE, "--what-if", "C:cost_of_delay=+4")["what_if"]
    assert found == [
        {
            "key": "C",
            "cost_of_delay": 6,
            "duration": None,
            "gain": 0,
            "rank_before": 3,
            "rank": 2,
            "before": 48,
            "after": 62,
            "added": 14,
            "saved_by_moving": 64 - 62,
            "net": -14,
        }
    ]


def test_each_question_is_answered_alone(desk: Desk) -> None:
    asked = ("--what-if", "C:duration=9", "--what-if", "A:duration=+0,gain=5")
    first, second = desk.ranked(THREE, *asked)["what_if"]
    assert (first["key"], first["duration"]) == ("C", 9)
    assert (second["before"], second["after"], second["net"]) == (48, 48, 5)


def test_a_pin_has_its_price(desk: Desk) -> None:
    """C first: A and B wait a week, 20; C ends three weeks sooner, 6."""
    [pin] = desk.ranked(THREE, "--price-pin", "C:1")["pins"]
    assert (pin["rank"], pin["place"], pin["price"]) == (3, 1, 20 - 6)
    told = desk.run("rank", desk.write(THREE), "--price-pin", "C:1")[1]
    assert "C at place 1 instead of 3 costs 14 point-weeks" in told


# Links: A waits for B, which stands in its way; by CD3 D 12, A 10, C 4, B 1.
LINKED = f"{HEAD},blocked_by\nA,10,1,B\nC,4,1,\nB,1,1,\nD,12,1,\n"


def test_what_brings_the_file_s_order_to_ours_is_told(desk: Desk) -> None:
    """D, B, A, C: of A, C, B, D only A, C or B alone may stay in turn."""
    found = desk.ranked(LINKED)
    assert [row["key"] for row in found["order"]] == ["D", "B", "A", "C"]
    moves = found["moves"]
    assert (moves["rows"], moves["calls"]) == (2, 1)
    assert moves["fewest_calls"] == {"rows": 2, "calls": 1}
    [move] = moves["plan"]
    assert (move["keys"], move["anchor"], move["place"]) == (["D", "B"], "A", "before")
    assert move["saves"] == found["totals"]["saved"]
    told = desk.run("rank", desk.write(LINKED))[1]
    assert "To move from the file's order   2 rows in 1 call: the fewest rows" in told
    assert "moves" not in desk.ranked(f"{HEAD}\nA,2,1\nB,1,1\n")


def test_fewest_rows_and_fewest_calls_may_differ(desk: Desk) -> None:
    """Of 2 1 4 3 6 5 … each pair needs a move; two pairs can share a call of two."""
    pairs = [n + 1 if n % 2 else n - 1 for n in range(1, 21)]
    text = "".join(f"K{n},{100 - n},1\n" for n in pairs)
    moves = desk.ranked(f"{HEAD}\n{text}")["moves"]
    assert (moves["rows"], moves["calls"]) == (10, 5)
    assert moves["fewest_calls"] == {"rows": 18, "calls": 1}
    told = desk.run("rank", desk.write(f"{HEAD}\n{text}"))[1]
    assert "10 rows in 5 calls: the fewest rows" in told
    assert "18 rows in 1 call: the fewest calls" in told


def test_blocks_and_who_pulls_whom_are_told(desk: Desk) -> None:
    found = desk.ranked(LINKED)
    assert found["blocks"] == [["B", "A"]]
    pulls = {row["key"]: row.get("pulled_by") for row in found["order"]}
    assert pulls == {"D": None, "B": "A", "A": None, "C": None}
    told = desk.run("rank", desk.write(LINKED))[1]
    assert "Placed together, by links (1):\n  B, A\n" in told


def test_a_row_is_explained_with_what_would_bring_it_to_every_place(
    desk: Desk,
) -> None:
    """By CD3 A has 10, B 5, C 2; C takes a week, and today's order puts it first."""
    [found] = desk.ranked(THREE, "--explain", "C")["explained"]
    assert (found["key"], found["rank"], found["was"]) == ("C", 3, 1)
    turns = [
        (one["rank"], one["against"], one["cost_of_delay"], one["duration"])
        for one in found["break_even"]
    ]
    assert turns == [(1, "A", 10, 0.2), (2, "B", 5, 0.4)]
    assert all(one["inclusive"] for one in found["break_even"])
    for rank, _, cost, weeks in turns:
        for asked in (f"C:cost_of_delay={cost}", f"C:duration={weeks}"):
            # The cheapest order now is today's: among equals the row stays behind.
            [near] = desk.ranked(THREE, "--what-if", asked)["what_if"]
            assert near["rank"] == rank + 1
        [past] = desk.ranked(THREE, "--what-if", f"C:cost_of_delay={cost + 0.01}")[
            "what_if"
        ]
        assert past["rank"] == rank
    told = desk.run("rank", desk.write(THREE), "--explain", "C")[1]
    assert "C: place 3 of 3, 1 in the file" in told
    assert "  place 2, past B: with a cost of delay of 5 a week or with a dur" in told


def test_a_linked_row_and_one_without_a_score_are_explained_too(desk: Desk) -> None:
    text = f"{LINKED}G,,1,\n"
    linked, gap = desk.ranked(text, "--explain", "A", "--explain", "G")["explained"]
    assert {one["held_by"] for one in linked["break_even"]} == {"B"}
    assert (gap["rank"], gap["break_even"]) == (None, [])
    assert gap["formula"] == "Not scored: cost_of_delay is empty"
    told = desk.run("rank", desk.write(text), "--explain", "G")[1]
    assert "G: Not scored: cost_of_delay is empty" in told


def test_teams_that_the_file_names_work_off_their_own_rows(desk: Desk) -> None:
    """X does A then C, Y does B: 10 × 1 + 2 × 2 + 10 × 2."""
    text = f"{HEAD},team\nC,2,1,X\nB,10,2,Y\nA,10,1,X\n"
    teams = desk.ranked(text, "--queues")["teams"]
    assert (teams["count"], teams["delay_cost"], teams["gap"]) == (2, 34, 0)
    turns = [(one["key"], one["queue"], one["starts"]) for one in teams["schedule"]]
    assert turns == [("A", "X", 0), ("B", "Y", 0), ("C", "X", 1)]
    told = desk.run("rank", desk.write(text), "--queues")[1]
    assert "Delay cost with 2 teams         34 point-weeks, proven the cheapest" in told


def test_questions_are_asked_of_the_cheapest_order_and_say_so(desk: Desk) -> None:
    """A first costs 2 more than B first, which a tolerance of 1 % allows."""
    text = desk.write(f"{HEAD}\nA,199,1\nB,201,1\nC,1,1\n")
    asked = ("--price-pin", "A:1", "--what-if", "C:cost_of_delay=2")
    told = desk.run("rank", text, *asked, "--tolerance", "0.01")[1]
    assert "Against the cheapest order, which the tolerance has left:" in told
    assert "A at place 1 instead of 2 costs 2 point-weeks" in told
    assert "Against the cheapest" not in desk.run("rank", text, *asked)[1]


def test_a_tolerance_that_cannot_be_used_says_so(desk: Desk) -> None:
    text = desk.write(f"{HEAD}\nA,5,1\nB,6,1\nC,-1,1\n")
    code, _, err = desk.run("rank", text, "--tolerance", "0.5")
    assert code == 0
    assert err == "cd3: --tolerance is not used where a cost of delay is negative\n"
    assert desk.run("rank", text)[2] == ""


def test_negative_costs_make_a_gap_that_is_told_in_money(desk: Desk) -> None:
    text = desk.write(f"{HEAD}\nA,10,2\nB,40,2\nC,9,3\nD,70,5\nE,-30,9\n")
    told = desk.run("rank", text, "--teams", "2", "--currency", "EUR")[1]
    [line] = [line for line in told.splitlines() if "2 teams" in line]
    assert "%" not in line
    assert line.endswith("EUR above the cheapest")


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (THREE, ["--explain", "X"], "--explain X: there is no such row"),
        (THREE, ["--queues"], "fill a column team"),
        (THREE, ["--queues", "--teams", "2"], "give one of them"),
        (THREE, ["--what-if", "C"], "cannot be read"),
        (THREE, ["--what-if", "C:effort=3"], "cannot be read"),
        (THREE, ["--what-if", "C:duration=2,duration=3"], "cannot be read"),
        (THREE, ["--what-if", "C:duration=soon"], "“soon”, which is no number"),
        (THREE, ["--what-if", "C:duration="], "a number is empty"),
        (THREE, ["--what-if", "C:duration=-1"], "0 is not more than 0"),
        (
            THREE,
            ["--what-if", "C:cost_of_delay=1e16"],
            "priced: it may be 1e+15 at most",
        ),
        (THREE, ["--what-if", "X:duration=1"], "X: there is no such row"),
        (f"{THREE}G,,1\n", ["--price-pin", "G:1"], "not scored: cost_of_delay is e"),
        (f"{THREE}G,,1\n", ["--what-if", "G:duration=2"], "correct its row in the f"),
        (THREE, ["--price-pin", "C:top"], "cannot be read"),
        (THREE, ["--price-pin", "C:0"], "places count from 1"),
        (THREE, ["--teams", "0.5"], "Invalid value"),
        (THREE, ["--teams", "-1"], "cannot be planned"),
        (THREE, ["--tolerance", "1"], "is no share"),
        (THREE, ["--tolerance", "nan"], "is no share"),
        (
            f"{HEAD},deadline\nA,1,1,2099-01-01\n",
            ["--teams", "2"],
            "constant costs of delay only",
        ),
        (THREE, ["--chart", "out.gif"], "no PNG"),
        (THREE, ["--chart", "/no/such/folder/out.png"], "cannot be written"),
    ],
)
def test_what_cannot_be_answered_is_told(
    desk: Desk, text: str, options: list[str], told: str
) -> None:
    code, out, err = desk.run("rank", desk.write(text), *options)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err
