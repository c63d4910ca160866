"""`cd3 rank` prints what it promises, and says what a person must correct."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.app.console.desk import CD3, Desk, cd3

HEAD = "key,cost_of_delay,duration"
G1 = f"{HEAD}\nA,3000,3\nB,7000,4\nC,9000,6\n"
IN_WEEKS = (
    "cd3: deadlines and profiles count in weeks: durations are taken as weeks, "
    "costs of delay as per week\n"
)


def test_the_object_holds_what_is_promised(desk: Desk) -> None:
    text = f"{HEAD},blocked_by\nA,10,2,B\nB,20,4,A\nG,,1,\n"
    found = desk.ranked(text, "--currency", "eur")
    assert found == {
        "mode": "money",
        "order": [
            {
                "key": key,
                "rank": rank,
                "cost_of_delay": cost,
                "duration": weeks,
                "cd3": 5,
                "starts": starts,
                "ends": starts + weeks,
                "delay_cost": cost * (starts + weeks),
            }
            for key, rank, cost, weeks, starts in (
                ("B", 1, 20, 4, 0),
                ("A", 2, 10, 2, 4),
            )
        ],
        "gaps": [{"key": "G", "reason": "cost_of_delay is empty"}],
        "cycles": [["A", "B"]],
        "totals": {
            "file_order": 140,
            "order": 140,
            "saved": 0,
            "lower_bound": 140,
            "gap": 0,
        },
        "broken_by_file_order": 1,
        "moves": {
            "rows": 1,
            "calls": 1,
            "plan": [
                {"keys": ["A"], "anchor": "B", "place": "after", "saves": 0},
            ],
            "fewest_calls": {"rows": 1, "calls": 1},
        },
    }


def test_without_a_currency_costs_are_relative(desk: Desk) -> None:
    assert desk.ranked(G1)["mode"] == "relative"
    _, told, _ = desk.run("rank", desk.write(G1))
    assert "point-weeks" in told
    assert "EUR" not in told


def test_a_person_sees_money_gaps_loops_and_totals(desk: Desk) -> None:
    """A's 3,000 x 3 and B's 7,000 x 7 are 58,000; the other way round it is 49,000."""
    text = f"{HEAD},summary,blocked_by\nA,3000,3,Berths,\nB,7000,4,,B\nG,x,1,,\n"
    code, out, err = desk.run("rank", desk.write(text), "--currency", "EUR")
    assert (code, err) == (0, "")
    for told in (
        "Berths",
        "G: cost_of_delay says “x”",
        "Loop of links: B → B; left out: B before B",
        "58,000 EUR",
        "49,000 EUR, proven the cheapest",
        "9,000 EUR",
    ):
        assert told in out


def test_a_deadline_waits_until_the_day_that_it_must_not(desk: Desk) -> None:
    """On 10 December three weeks are left, enough for A's one and then D's two."""
    text = f"{HEAD},deadline\nD,90,2,2026-12-31\nA,1,1,\n"
    before = desk.ranked(text, "--today", "2026-12-10", told=IN_WEEKS)
    order = before["order"]
    assert [(row["key"], row["delay_cost"]) for row in order] == [("A", 1), ("D", 0)]
    assert (order[1]["cd3"], order[1]["latest_start"]) == (0, "2026-12-17")
    assert before["totals"]["file_order"] == 3
    late = desk.ranked(text, "--today", "2026-12-11", told=IN_WEEKS)
    (first, _) = late["order"]
    assert (first["key"], first["cd3"], first["delay_cost"]) == ("D", 0, 0)
    missed = desk.ranked(text, "--today", "2026-12-17", told=IN_WEEKS)
    assert missed["order"][0]["cd3"] == 45


def test_the_unit_is_told_in_the_help_and_where_it_counts(desk: Desk) -> None:
    """Another unit gives the same order only as long as no row has a date."""
    _, out, _ = desk.run("rank", "--help")
    told = " ".join(out.replace("│", " ").split())
    assert "cost_of_delay (per week), duration (in weeks)" in told
    assert "Costs of delay are per week and durations in weeks" in told
    passed = f"{HEAD},deadline\nD,90,2,2026-12-31\n"
    desk.ranked(passed, "--today", "2027-01-31", told=IN_WEEKS)
    desk.ranked(f"{HEAD},profile\nD,90,2,short\n", told=IN_WEEKS)
    desk.ranked(f"{HEAD},profile,deadline\nD,90,2,standard,\n")


def test_what_moves_save_is_not_left_out_without_a_word(desk: Desk) -> None:
    """Each second row moves past the one above: a call for two pairs."""
    rows = [f"K{n},{9_000 - (n ^ 1)},1" for n in range(3_000)]
    text = "\n".join([HEAD, *rows])
    code, out, err = desk.run("rank", desk.write(text), "--json")
    found = json.loads(out)
    assert (code, found["moves"]["calls"]) == (0, 750)
    assert not any("saves" in move for move in found["moves"]["plan"])
    assert "at most 2,000,000; here are 3,000 × 750" in err
    assert desk.run("rank", desk.write(text))[2] == ""


@pytest.mark.parametrize(
    "text", [G1.encode("utf-8-sig"), G1.replace(",", ";").encode()]
)
def test_files_as_excel_saves_them_are_read(desk: Desk, text: bytes) -> None:
    assert desk.ranked(text)["totals"]["order"] == 157_000


@pytest.mark.parametrize(
    ("arguments", "text", "told"),
    [
        (["-"], "key,duration\nA,1\n", "row 1, column cost_of_delay: missing"),
        (["-"], f"{HEAD}\nA,1,1\nA,1,1\n", "row 3, column key: A is in row 2"),
        (["-"], f"{HEAD},blocked_by\nA,1,1,X\n", "row 2, column blocked_by: X"),
        (["-"], f"{HEAD},profile\nA,1,1,fast\n", "row 2, column profile"),
        (["-"], f"{HEAD}\nÄ,1,1\n".encode("latin-1"), "is not UTF-8"),
        (["-"], G1.encode("utf-16"), "is not UTF-8"),
        (["-"], "", "column key: missing"),
        (["nowhere.csv"], "", "nowhere.csv cannot be read"),
        (["-", "--today", "soon"], G1, "--today soon is no date"),
        (["-", "--currency", "€"], G1, "--currency € is no currency"),
        (["-", "--currency", "EURO"], G1, "an ISO 4217 code such as EUR"),
        ([], "", "Missing argument"),
        (["-", "--colour"], G1, "No such option"),
    ],
)
def test_what_must_be_corrected_is_told_on_stderr(
    desk: Desk, arguments: list[str], text: str | bytes, told: str
) -> None:
    file = desk.write(text)
    code, out, err = desk.run("rank", *(file if a == "-" else a for a in arguments))
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_a_traceback_is_shown_only_when_asked_for() -> None:
    done = cd3("--debug", "rank", "nowhere.csv")
    assert done.returncode != 0
    assert "Traceback" in done.stderr


def test_bytes_that_are_not_utf_8_are_told_from_standard_input_too() -> None:
    done = cd3("rank", "-", text=G1.encode("utf-16"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not UTF-8" in done.stderr


def test_unknown_columns_are_told_but_harmless(desk: Desk) -> None:
    file = desk.write(f"{HEAD},colour\nA,1,1,red\n")
    code, out, err = desk.run("rank", file, "--json")
    assert code == 0
    assert json.loads(out)["order"][0]["key"] == "A"
    assert "column colour is not known" in err


def test_signs_that_a_terminal_would_obey_are_not_printed(desk: Desk) -> None:
    file = desk.write(f"{HEAD},summary\nA\x1b[2J,1,1,[bold]x\n")
    _, out, _ = desk.run("rank", file)
    assert "\x1b" not in out
    assert "[bold]x" in out


def test_an_empty_sheet_is_an_empty_order(desk: Desk) -> None:
    found = desk.ranked(HEAD + "\n")
    assert (found["order"], found["totals"]["order"]) == ([], 0)


def test_many_rows_are_read_and_written(desk: Desk) -> None:
    size = 50_000
    rows = (f"K{n},{n % 97 + 1},{n % 13 + 1}\n" for n in range(size))
    file = desk.write(f"{HEAD}\n" + "".join(rows))
    _, out, _ = desk.run("rank", file, "--json")
    ratios = [row["cd3"] for row in json.loads(out)["order"]]
    assert len(ratios) == size
    assert ratios == sorted(ratios, reverse=True)
    _, shown, _ = desk.run("rank", file)
    assert f"… {size - 500:,} more rows" in shown


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text(f"{HEAD}\n" + "".join(f"K{n},1,1\n" for n in range(20_000)))
    with subprocess.Popen(  # noqa: S603 - our own command
        [*CD3, "rank", str(file), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()


def test_the_version_and_the_commands_are_told(desk: Desk) -> None:
    assert desk.run("--version")[1].strip()[0].isdigit()
    assert "rank" in desk.run("--help")[1]


def test_ranges_that_cannot_be_read_are_told(desk: Desk) -> None:
    head = f"{HEAD},duration_low,duration_high"
    rows = "A,1,2,5,\nB,1,2,x,4\nC,1,2,3,1\nD,1,2,1,3\nE,1,2,,\n"
    code, _, err = desk.run("rank", desk.write(f"{head}\n{rows}"))
    assert code == 0
    assert err.splitlines() == [
        "cd3: row 2: duration “5” to “” is no range: A counts without it",
        "cd3: row 3: duration “x” to “4” is no range: B counts without it",
        "cd3: row 4: duration “3” to “1” is no range: C counts without it",
    ]


def test_half_a_pair_of_range_columns_is_told_and_not_a_thousand_times(
    desk: Desk,
) -> None:
    rows = "".join(f"A-{n},1,2,3\n" for n in range(9))
    _, _, err = desk.run("rank", desk.write(f"{HEAD},duration_high\n{rows}"))
    assert len(err.splitlines()) == 6
    assert err.endswith("and 4 more ranges to look at\n")


def test_a_blocker_without_a_score_is_told_with_what_it_blocks(desk: Desk) -> None:
    text = f"{HEAD},blocked_by\nC,,1,\nD,3,3,C\n"
    found = desk.ranked(text)
    assert found["gaps"] == [{"key": "C", "reason": "cost_of_delay is empty"}]
    assert found["gaps_block"] == {"C": ["D"]}
    _, out, _ = desk.run("rank", desk.write(text))
    assert "C: cost_of_delay is empty; it blocks D" in out


def test_a_file_s_order_that_breaks_links_may_be_cheaper_and_says_so(
    desk: Desk,
) -> None:
    """A at its end 1 and B at 6 are 106; B must come first: 5 + 600."""
    text = f"{HEAD},blocked_by\nA,100,1,B\nB,1,5,\n"
    found = desk.ranked(text)
    totals = found["totals"]
    assert (totals["file_order"], totals["order"], totals["saved"]) == (106, 605, -499)
    assert found["broken_by_file_order"] == 1
    _, out, _ = desk.run("rank", desk.write(text))
    assert "106 point-weeks, which breaks 1 link\n" in out
    assert "-499 point-weeks: the file's order is cheaper by breaking links\n" in out


def test_reasons_move_below_a_table_that_is_too_wide_for_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "A: Highest cost of delay per week of work among what may start"
    file = desk.write(G1.replace("A,3000", "A,9000"))
    assert told not in desk.run("rank", file)[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    out = desk.run("rank", file)[1]
    assert f"  1. {told}" in out
    assert "…" not in out
