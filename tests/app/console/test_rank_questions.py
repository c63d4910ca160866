"""`cd3 rank` answers what is asked beside the order, and refuses what it cannot."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.console.desk import Desk

HEAD = "key,cost_of_delay,duration"
RANGES = "duration_low,duration_high,cost_of_delay_low,cost_of_delay_high"
# By CD3: A 10, B 5, C 2.
THREE = f"{HEAD}\nC,2,1\nB,10,2\nA,10,1\n"
# B's cost is likely below A's, but far above it at times, and so on average.
UNSURE = f"{HEAD},{RANGES}\nA,10,1,,,9,11\nB,9,1,,,6,30\nC,1,1,,,,\n"


def test_ranges_tell_how_sure_each_place_is(desk: Desk) -> None:
    found = desk.ranked(UNSURE)
    sure = found["confidence"]
    assert list(sure) == [row["key"] for row in found["order"]]
    assert sum(one["p_first"] for one in sure.values()) == pytest.approx(1, abs=0.02)
    assert sure["C"]["p_first"] == pytest.approx(0, abs=0.01)
    assert (sure["C"]["rank_low"], sure["C"]["rank_high"]) == (3, 3)
    assert (sure["A"]["rank_low"], sure["A"]["rank_high"]) == (1, 2)
    assert found["uncertainty"]["top"] == 1
    worth = found["value_of_information"]
    assert (worth[0]["key"], worth[0]["input"]) == ("B", "cost_of_delay")
    assert [one["worth"] for one in worth] == sorted(
        (one["worth"] for one in worth), reverse=True
    )
    assert 0 < worth[0]["worth"] <= found["uncertainty"]["regret"]
    # Nobody gave a range for any duration.
    assert {one["input"] for one in worth} == {"cost_of_delay"}


def test_the_order_is_by_means_and_tells_what_was_read(desk: Desk) -> None:
    """B is likely the lesser, yet worth more on average.

    Each half of a normal distribution whose 10 % point is d away adds 0.311 d to the
    mean: 9 + 0.311 × (21 - 3) = 14.6, less what the far ends are drawn in.
    """
    first, second, third = desk.ranked(UNSURE)["order"]
    assert (first["key"], second["key"], third["key"]) == ("B", "A", "C")
    assert first["cost_of_delay"] == pytest.approx(14.6, abs=0.1)
    assert first["likely"] == {"cost_of_delay": 9, "duration": 1}
    assert first["delay_cost"] == first["cost_of_delay"] * first["ends"]
    assert "likely" not in third


def test_without_ranges_nothing_is_said_of_them(desk: Desk) -> None:
    found = desk.ranked(THREE)
    assert set(found) == {"mode", "order", "gaps", "cycles", "totals"}
    assert "ranks" not in desk.run("rank", desk.write(THREE))[1]


def test_a_person_sees_the_ranks_and_what_to_refine(desk: Desk) -> None:
    code, out, err = desk.run("rank", desk.write(UNSURE), "--currency", "EUR")
    assert (code, err) == (0, "")
    head, *rows = out.splitlines()
    assert "first" in head
    assert "ranks" in head
    assert "1–2" in next(row for row in rows if " A " in row)
    assert "Refine first:" in out
    assert "the cost of delay of B: worth" in out


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


@pytest.mark.parametrize(
    ("text", "options", "told"),
    [
        (THREE, ["--what-if", "C"], "cannot be read"),
        (THREE, ["--what-if", "C:effort=3"], "cannot be read"),
        (THREE, ["--what-if", "C:duration=2,duration=3"], "cannot be read"),
        (THREE, ["--what-if", "C:duration=soon"], "“soon”, which is no number"),
        (THREE, ["--what-if", "C:duration="], "a number is empty"),
        (THREE, ["--what-if", "C:duration=-1"], "0 is not more than 0"),
        (THREE, ["--what-if", "C:cost_of_delay=1e16"], "beyond what can be priced"),
        (THREE, ["--what-if", "X:duration=1"], "X: there is no such row"),
        (f"{THREE}G,,1\n", ["--price-pin", "G:1"], "not scored: cost_of_delay is e"),
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


def test_too_many_rows_with_ranges_are_ranked_all_the_same(desk: Desk) -> None:
    rows = "".join(f"K{n},{n % 97},1,,,1,200\n" for n in range(20_001))
    code, out, err = desk.run("rank", desk.write(f"{HEAD},{RANGES}\n{rows}"), "--json")
    assert code == 0
    assert "judged for at most 20,000 rows" in err
    assert "confidence" not in json.loads(out)


def test_a_latest_start_and_a_chance_stand_side_by_side(desk: Desk) -> None:
    text = f"{HEAD},{RANGES},deadline\nA,10,1,1,2,,,\nD,90,2,,,80,99,2026-12-31\n"
    code, out, err = desk.run(
        "rank", desk.write(text), "--json", "--today", "2026-11-23"
    )
    found: dict[str, Any] = json.loads(out)
    assert code == 0
    assert "costs of delay that count today" in err
    assert {"confidence", "value_of_information"} <= set(found)
    assert found["order"][1]["latest_start"] == "2026-12-17"


@pytest.mark.parametrize("text", [THREE, UNSURE], ids=["one panel", "ranks too"])
def test_a_chart_is_drawn_the_same_every_time(
    desk: Desk, tmp_path: Path, text: str
) -> None:
    pictures = []
    for name in ("one.png", "two.PNG"):
        path = tmp_path / name
        code, out, _ = desk.run("rank", desk.write(text), "--chart", str(path))
        assert code == 0
        assert "Saved" in out
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG\r\n")
    height = int.from_bytes(pictures[0][20:24])
    assert (height > 600) == (text == UNSURE)


def test_a_chart_that_cannot_be_written_leaves_nothing_on_stdout(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "out.png"
    folder.mkdir()
    code, out, err = desk.run("rank", desk.write(THREE), "--chart", str(folder))
    assert (code, out) == (2, "")
    assert "cannot be written" in err


def test_nothing_is_drawn_of_nothing(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    code, _, err = desk.run("rank", desk.write(f"{HEAD}\n"), "--chart", str(path))
    assert code == 0
    assert "nothing to draw" in err
    assert not path.exists()


def test_strange_keys_are_drawn_and_told_as_they_are(
    desk: Desk, tmp_path: Path
) -> None:
    key = r"$\frac:" + "x" * 90
    text = f"{HEAD},{RANGES}\n{key},3,1,1,2,,\n"
    path = tmp_path / "out.png"
    asked = ("--what-if", f"{key}:duration=2", "--chart", str(path))
    code, out, _ = desk.run("rank", desk.write(text), *asked)
    assert code == 0
    assert f"What if {key} had duration 2" in out
    assert path.exists()
