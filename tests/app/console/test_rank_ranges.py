"""`cd3 rank` on rows with ranges: how sure each place is, and what to refine first."""

import json
from typing import Any

import pytest

from tests.app.console.desk import HEAD, RANGES, THREE, UNSURE, Desk

# B's cost is likely below A's, but far above it at times, and so on average.
DRIVEN = (
    f"{HEAD},driver,driver_low,driver_high\n"
    "A,10,1,dollar,0.7,1.8\nB,9.5,1,,,\nC,9,1,dollar,,\n"
)


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


def test_ranges_from_history_are_given_to_rows_without_one(desk: Desk) -> None:
    """Both rows are likely worth the same; large work is late by more."""
    done = "".join(f"S,1,{n / 10}\nL,4,{n}\n" for n in range(5, 20))
    file, learned = desk.folder / "done.csv", str(desk.folder / "learned.json")
    file.write_text(f"size,predicted,actual\n{done}", encoding="utf-8")
    assert desk.run("backtest", "--csv", str(file), "--ranges", learned)[0] == 0
    rows = (
        f"{HEAD},size,duration_low,duration_high\nA,40,4,L,,\nB,10,1,S,,\nC,1,1,S,1,2"
    )
    found = desk.ranked(rows + "\n")
    assert [row["key"] for row in found["order"]] == ["A", "B", "C"]
    backlog = desk.write(rows)
    code, out, err = desk.run("rank", backlog, "--json", "--ranges", learned)
    assert code == 0
    assert err.startswith(
        "cd3: 2 of 3 scored rows have no range of durations of their own: theirs "
        f"comes from 30 finished rows of {file}, in the file's own unit, on "
    )
    found = json.loads(out)
    assert [row["key"] for row in found["order"]] == ["B", "A", "C"]
    assert {one["input"] for one in found["value_of_information"]} == {"duration"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read"),
        ("{", "is not JSON"),
        ('{"all": {"low": 2, "high": 1}}', "/all/high must be at least low"),
    ],
)
def test_a_file_of_no_ranges_says_why(desk: Desk, text: str | None, said: str) -> None:
    file = desk.folder / "learned.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    code, out, err = desk.run("rank", desk.write(THREE), "--ranges", str(file))
    assert (code, out) == (2, "")
    assert said in err


def test_where_links_leave_one_order_nothing_is_lost(desk: Desk) -> None:
    head = f"{HEAD},blocked_by,cost_of_delay_low,cost_of_delay_high"
    found = desk.ranked(f"{head}\nA,1000,1,,,\nB,500,1,A,100,2000\n")
    sure = found["confidence"]
    assert [sure[key]["p_first"] for key in "AB"] == [1, 0]
    assert [sure["B"][f"rank_{end}"] for end in ("low", "high")] == [2, 2]
    assert found["uncertainty"]["regret"] == found["uncertainty"]["held"] == 0
    assert found["value_of_information"] == []


def test_links_too_tangled_are_told(desk: Desk) -> None:
    head = f"{HEAD},blocked_by,cost_of_delay_low,cost_of_delay_high"
    rows = [head]
    for n in range(70):
        blockers = " ".join(f"K{n - back}" for back in (2, 3, 5) if n >= back)
        rows.append(f"K{n},{5 + n % 7},1,{blockers},1,{12 + n % 11}")
    text = "\n".join(rows)
    assert desk.ranked(text)["uncertainty"]["held"] == 70
    _, out, _ = desk.run("rank", desk.write(text))
    assert "70 linked items are too tangled" in " ".join(out.split())


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
    assert set(found) == {"mode", "order", "gaps", "cycles", "totals", "moves"}
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


def test_rows_that_share_a_driver_are_drawn_together_and_told_so(desk: Desk) -> None:
    found = desk.ranked(DRIVEN)
    told = found["uncertainty"]
    assert (told["method"], told["samples"], told["seed"]) == ("samples", 10_000, 1)
    sure = found["confidence"]
    # The dollar moves A and C together: A is never behind C, and B before all or after.
    assert (sure["C"]["p_first"], sure["C"]["rank_low"]) == (0, 2)
    assert (sure["B"]["rank_low"], sure["B"]["rank_high"]) == (1, 3)
    assert {row["key"]: row.get("driver") for row in found["order"]} == {
        "A": "dollar",
        "B": None,
        "C": "dollar",
    }
    [worth] = found["value_of_information"]
    assert (worth["key"], worth["input"]) == ("dollar", "driver")
    # Nothing else is unknown: to know it is to know all.
    assert worth["worth"] == pytest.approx(told["regret"], abs=4 * told["error"])
    assert desk.ranked(UNSURE)["uncertainty"]["method"] == "analytic"


def test_a_person_sees_how_a_driver_was_judged(desk: Desk) -> None:
    code, out, err = desk.run("rank", desk.write(DRIVEN), "--currency", "EUR")
    assert (code, err) == (0, "")
    assert "from 10,000 samples, seed 1: each draws a driver once" in out
    assert "  the driver dollar: worth " in out
    _, out, _ = desk.run("rank", desk.write(UNSURE))
    assert "samples" not in out


def test_rows_that_do_not_agree_on_a_driver_are_told(desk: Desk) -> None:
    code, out, err = desk.run("rank", desk.write(f"{DRIVEN}D,1,1,dollar,0.5,1.6\n"))
    assert (code, out) == (2, "")
    assert "row 5, column driver_low: 0.5 for the driver dollar, but row 2 says" in err
    assert "row 5, column driver_high: 1.6 for the driver dollar" in err


def test_a_new_number_is_certain_and_a_sum_keeps_its_driver(desk: Desk) -> None:
    first = desk.ranked(DRIVEN)["order"][0]
    grown = first["cost_of_delay"] / first["likely"]["cost_of_delay"]
    asked = ("A:cost_of_delay=+10", "A:cost_of_delay=20", "A:cost_of_delay=10")
    found = desk.ranked(DRIVEN, *(part for one in asked for part in ("--what-if", one)))
    added = [one["added"] for one in found["what_if"]]
    # A is first for one week, whatever it costs.
    assert added == pytest.approx([10 * grown, 20 - 10 * grown, 0])


def test_a_number_is_added_to_the_one_in_the_file_and_its_range_goes_along(
    desk: Desk,
) -> None:
    same = ("--what-if", "A:duration=2", "--what-if", "A:duration=+0")
    more = ("--what-if", "A:duration=+1", "--what-if", "A:duration=3")
    text = f"{HEAD},duration_low,duration_high\nA,10,2,1,6\nB,1,1,,\n"
    one, two, shifted, certain = desk.ranked(text, *same, *more)["what_if"]
    assert (one["duration"], one["added"], two["added"]) == (2, 0, 0)
    assert (shifted["duration"], certain["duration"]) == (3, 3)
    mean = desk.ranked(text)["order"][0]["duration"]
    beyond = desk.ranked(text.replace("A,10,2,1,6", "A,10,3,2,7"))["order"][0]
    assert mean > 2.2
    grown = beyond["duration"] - mean
    assert shifted["added"] == pytest.approx(11 * grown)
    # Said outright, the number is certain: only what the mean lacks is added.
    assert certain["added"] == pytest.approx(11 * (3 - mean))


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
