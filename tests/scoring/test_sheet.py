"""A spreadsheet's rows become items or gaps; what a person must correct is told."""

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Gap, Item, Link, Mode, Span
from scoring.numerals import read_number
from scoring.sheet import Problem, Sheet, SheetError, read_sheet
from scoring.weighing import weigh_backlog

TODAY = date(2026, 11, 23)
HEAD = "key,cost_of_delay,duration"
NONE = "which is no number: write it like 1200 or 0.5"


def sheet(text: str) -> Sheet:
    return read_sheet(text.splitlines(keepends=True))


def problems(text: str) -> list[Problem]:
    with pytest.raises(SheetError) as caught:
        sheet(text)
    return list(caught.value.problems)


def reasons(text: str) -> list[str]:
    return [gap.reason for gap in sheet(text).read if isinstance(gap, Gap)]


def test_rows_become_items_in_the_file_s_order() -> None:
    found = sheet(f"{HEAD},summary\nA,3000,3,Berths\nB,-2.5,0.5,\n")
    assert found == Sheet(
        [Item("A", 3_000, 3, "Berths", 0), Item("B", -2.5, 0.5, "", 1)], [], ()
    )


def test_all_optional_columns_are_read() -> None:
    head = (
        "key,summary,duration,duration_low,duration_high,cost_of_delay,"
        "cost_of_delay_low,cost_of_delay_high,deadline,profile,blocked_by"
    )
    found = sheet(f"{head}\nA,t,2,1,4,5,3,9,2026-12-31,Deadline,B\nB,,1,,3,1,4,2,,,\n")
    a, b = found.read
    assert a == Item(
        key="A",
        cost_of_delay=5,
        duration=2,
        summary="t",
        deadline=date(2026, 12, 31),
        profile="deadline",
        cost_of_delay_span=Span(3, 9),
        duration_span=Span(1, 4),
    )
    assert isinstance(b, Item)
    assert (b.duration_span, b.cost_of_delay_span) == (None, None)
    assert found.links == [Link("B", "A", "1")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_other_delimiters_are_understood(delimiter: str) -> None:
    text = f"{HEAD},summary\nA,3,1,x\n".replace(",", delimiter)
    assert sheet(text).read == [Item("A", 3, 1, "x")]


def test_excel_s_word_for_the_delimiter_is_understood() -> None:
    text = "sep=;\nkey;cost_of_delay;duration\nA;3;1\nA;3;1\n"
    assert [problem.row for problem in problems(text)] == [4]


def test_names_of_columns_may_be_written_as_people_write_them() -> None:
    found = sheet("Key,Cost of Delay,DURATION ,Colour\nA,3,1,red\n")
    assert found.read == [Item("A", 3, 1)]
    assert found.notes == ("column colour is not known and was ignored",)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (",1", "cost_of_delay is empty"),
        ("tbd,1", f"cost_of_delay says “tbd”, {NONE}"),
        ("€3000,1", f"cost_of_delay says “€3000”, {NONE}"),
        ("nan,1", f"cost_of_delay says “nan”, {NONE}"),
        ("inf,1", f"cost_of_delay says “inf”, {NONE}"),
        ("1_000,1", f"cost_of_delay says “1_000”, {NONE}"),
        ("1,", "duration is empty"),
        ("1,soon", f"duration says “soon”, {NONE}"),
        ("1,0", "duration 0 is not more than 0"),
        ("1,-2", "duration -2 is not more than 0"),
        ("1", "duration is empty"),
    ],
)
def test_what_cannot_be_scored_is_a_gap_with_its_reason(
    cells: str, reason: str
) -> None:
    assert reasons(f"{HEAD}\nA,{cells}\n") == [reason]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("soon,", "deadline says “soon”, which is no date (YYYY-MM-DD)"),
        (",deadline", "deadline is empty, yet the profile is deadline"),
    ],
)
def test_a_deadline_that_cannot_be_read_is_a_gap(cells: str, reason: str) -> None:
    assert reasons(f"{HEAD},deadline,profile\nA,1,1,{cells}\n") == [reason]


def test_zero_and_negative_costs_are_values() -> None:
    assert sheet(f"{HEAD}\nA,0,1\nB,-5,1\n").read == [
        Item("A", 0, 1),
        Item("B", -5, 1, place=1),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("+1.5e3", 1_500),
        (".5", 0.5),
        ("\u22125", -5),
        ("\u22121.234.567,5", -1_234_567.5),
        ("7.", 7),
        ("12,000,000", 12_000_000),
        ("1,234.5", 1_234.5),
        ("12,5", 12.5),
        ("12 000", 12_000),
        ("1\u202f234,5", 1_234.5),
        ("1.200,50", 1_200.5),
        ("1.234.567", 1_234_567),
        ("-1.234.567,5", -1_234_567.5),
        ("1.500", 1.5),
        ("0,500", 0.5),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert read_number(text) == value


def test_a_comma_that_may_be_either_is_not_guessed() -> None:
    found = read_number("1,234")
    assert isinstance(found, str)
    assert "thousands or decimals" in found


GERMAN = "key;cost_of_delay;duration\n"


def test_a_point_that_may_be_either_is_not_guessed_beside_decimal_commas() -> None:
    """Excel where decimals have a comma writes semicolons, and points for thousands."""
    rows = "A;1.500;2\nB;1.200,50;1\nC;900;0.500\nD;1.234.567;1,5\nE;7;12.25\n"
    found = sheet(GERMAN + rows).read
    assert [one.key for one in found if isinstance(one, Gap)] == ["A"]
    numbers = [
        (one.cost_of_delay, one.duration) for one in found if isinstance(one, Item)
    ]
    assert numbers == [(1_200.5, 1), (900, 0.5), (1_234_567, 1.5), (7, 12.25)]
    [reason] = reasons(GERMAN + rows)
    assert reason.startswith("cost_of_delay says “1.500”, which may be thousands or")
    assert reason.endswith("write 1500 or 1.5000")


@pytest.mark.parametrize("seed", range(6))
def test_one_decimal_comma_tells_of_all_rows_wherever_it_stands(seed: int) -> None:
    ends = "cost_of_delay_low,cost_of_delay_high,penalty,rank"
    rows = [
        "A,1.500,2,,,,1",
        "B,3,1.500,,,,2",
        "C,3,1,1.500,4,,3",
        "D,3,1,,,1.500,4",
        'E,3,"1,5",,,,5',
        "F,1.5,2,,,,6",
    ]
    random.Random(seed).shuffle(rows)  # noqa: S311 - a seed, no secret
    text = "".join(f"{row}\n" for row in rows)
    found = sheet(f"{HEAD},{ends}\n{text}")
    told = {gap.key: gap.role for gap in found.read if isinstance(gap, Gap)}
    assert told == {"A": "cost_of_delay", "B": "duration", "D": "penalty"}
    spans = [one.cost_of_delay_span for one in found.read if isinstance(one, Item)]
    assert spans == [None, None, None]
    [note] = found.notes
    assert note.endswith("C counts without it")
    assert "1.500" in note


def test_without_a_decimal_comma_three_decimals_are_decimals() -> None:
    assert sheet(f"{HEAD}\nA,1.500,2.125\n").read == [Item("A", 1.5, 2.125)]


LOOPS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "4"]),
        st.sampled_from(["1", "2"]),
        st.lists(st.sampled_from("ABCDEF"), max_size=3),
    ),
    min_size=2,
    max_size=6,
)


@given(LOOPS, st.booleans(), st.randoms(use_true_random=False))
def test_how_a_file_is_sorted_changes_no_loop_and_with_ranks_no_order(
    numbers: list[tuple[str, str, list[str]]],
    ranked: bool,  # noqa: FBT001 - hypothesis draws it
    chance: random.Random,
) -> None:
    keys = "ABCDEF"[: len(numbers)]
    rows = [
        f"{key},{cost},{weeks},{place if ranked else ''},"
        + " ".join(one for one in blockers if one in keys)
        for place, (key, (cost, weeks, blockers)) in enumerate(
            zip(keys, numbers, strict=True)
        )
    ]
    found = []
    for order in (rows, chance.sample(rows, len(rows))):
        read = sheet(f"{HEAD},rank,blocked_by\n" + "\n".join(order))
        weighed = weigh_backlog(
            read.read, read.links, today=TODAY, mode=Mode.RELATIVE, currency=""
        )
        found.append(weighed.order)
    assert found[0].cycles == found[1].cycles
    assert found[0].cost == pytest.approx(found[1].cost)
    if ranked:
        assert found[0] == found[1]


def test_where_no_rank_tells_the_links_of_younger_keys_are_the_younger() -> None:
    text = f"{HEAD},blocked_by\nAB-10,1,1,AB-9\nAB-9,1,1,AB-10\n"
    assert sheet(text).links == [
        Link("AB-10", "AB-9", "1"),
        Link("AB-9", "AB-10", "2"),
    ]


def test_a_range_that_leaves_out_its_own_number_is_told() -> None:
    text = f"{HEAD},duration_low,duration_high\nA,1,2,3,6\nB,1,4,3,6\n"
    assert sheet(text).notes == (
        "row 2: duration “3” to “6” leaves out 2 itself: it is taken as 2 to 6",
    )


@pytest.mark.parametrize("blank", ["\n", " \n\n", "\r\n"])
def test_blank_lines_before_the_header_hide_nothing(blank: str) -> None:
    assert sheet(f"{blank}{GERMAN}A;1,5;2\n").read == [Item("A", 1.5, 2)]
    [problem] = problems(f"{blank}{GERMAN}A;1,5;2\nA;1;1\n")
    assert problem.row == blank.count("\n") + 3


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_back(value: float) -> None:
    assert read_number(repr(value)) == value


@given(st.text())
def test_any_text_is_a_number_or_a_reason(text: str) -> None:
    assert isinstance(read_number(text), float | str)


def test_duplicate_keys_are_told_with_both_rows() -> None:
    (problem,) = problems(f"{HEAD}\nA,1,1\n\nA,2,2\n")
    assert (problem.row, problem.column) == (4, "key")
    assert "row 2" in problem.message


def test_missing_columns_are_told_by_name() -> None:
    assert [p.column for p in problems("key,cod\nA,1\n")] == [
        "cost_of_delay",
        "duration",
    ]
    assert [p.column for p in problems("")] == ["key", "cost_of_delay", "duration"]


def test_a_column_named_twice_is_told() -> None:
    (problem,) = problems(f"{HEAD},Duration\nA,1,1,1\n")
    assert (problem.row, problem.column) == (1, "duration")


def test_unknown_blockers_are_told_with_row_and_column() -> None:
    (problem,) = problems(f"{HEAD},blocked_by\nA,1,1,B X\nB,1,1,\n")
    assert (problem.row, problem.column) == (2, "blocked_by")
    assert problem.message.startswith("X ")


def test_a_blocker_without_a_score_is_known() -> None:
    found = sheet(f"{HEAD},blocked_by\nA,1,1,B\nB,,1,\n")
    assert found.links == [Link("B", "A", "1")]


def test_a_blocker_named_twice_is_one_link() -> None:
    assert len(sheet(f'{HEAD},blocked_by\nA,1,1,"B, B"\nB,1,1,\n').links) == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [(",1,1,", "key"), ("A,1,1,fast", "profile"), ("A,1,1,,surplus", "")],
)
def test_other_cells_to_correct_are_told(row: str, column: str) -> None:
    (problem,) = problems(f"{HEAD},profile\n{row}\n")
    assert (problem.row, problem.column) == (2, column)


def test_a_row_in_error_is_still_a_known_blocker() -> None:
    text = f"{HEAD},profile,blocked_by\nA,1,1,fast,\nB,1,1,,A\n"
    assert [p.column for p in problems(text)] == ["profile"]


def places(ranks: list[str]) -> dict[str, int]:
    rows = "".join(f"K{n},1,1,{rank}\n" for n, rank in enumerate(ranks))
    return {one.key: one.place for one in sheet(f"{HEAD},rank\n{rows}").read}


@pytest.mark.parametrize(
    "ranks",
    [["3", "1", "", "2"], ["0|i0:c", "0|hz:a", "", "0|i0:b"], ["10", "-1", "", "9.5"]],
)
def test_ranks_are_numbers_or_jira_s_own_and_none_comes_last(ranks: list[str]) -> None:
    assert places(ranks) == {"K1": 0, "K3": 1, "K0": 2, "K2": 3}


def test_ranks_that_cannot_be_compared_are_told() -> None:
    (problem,) = problems(f"{HEAD},rank\nA,1,1,1\nB,1,1,0|i0:c\n")
    assert (problem.row, problem.column) == (3, "rank")


def test_only_the_first_problems_are_told_but_all_are_counted() -> None:
    with pytest.raises(SheetError) as caught:
        sheet(f"{HEAD}\n" + ",1,1\n" * 100)
    assert (len(caught.value.problems), caught.value.count) == (20, 100)


@pytest.mark.parametrize("text", [f'{HEAD}\nA,"1,1\n', f'{HEAD}\nA,"1"1,1\n'])
def test_a_stray_quote_is_told_with_its_row(text: str) -> None:
    (problem,) = problems(text)
    assert problem.row == 2
    assert "quote" in problem.message


@given(st.text(alphabet='key,\n\r";\t1a\x00 =', max_size=40))
def test_any_rows_are_read_or_told(text: str) -> None:
    try:
        found = sheet(f"{HEAD},profile\n{text}")
    except SheetError:
        return
    assert len(found.read) <= len(text)


DRIVEN = f"{HEAD},driver,driver_low,driver_high"


def spans(text: str) -> list[tuple[str, Span | None]]:
    found = sheet(text).read
    return [(i.driver, i.driver_span) for i in found if isinstance(i, Item)]


def test_rows_of_one_driver_share_the_range_that_one_of_them_gives() -> None:
    rows = "A,1,1,fx,,\nB,1,1,fx,0.8,1.5\nC,1,1,,,\nD,1,1,fx,0.80,1.50\nE,1,1,fx,,\n"
    assert spans(f"{DRIVEN}\n{rows}") == [
        ("fx", Span(0.8, 1.5)),
        ("fx", Span(0.8, 1.5)),
        ("", None),
        ("fx", Span(0.8, 1.5)),
        ("fx", Span(0.8, 1.5)),
    ]
    assert sheet(f"{DRIVEN}\n{rows}").notes == ()


def test_a_row_without_a_score_gives_its_driver_s_range_all_the_same() -> None:
    assert spans(f"{DRIVEN}\nA,,1,fx,0.8,1.5\nB,1,1,fx,,\n") == [("fx", Span(0.8, 1.5))]


def test_rows_that_do_not_agree_on_a_driver_are_told_by_cell() -> None:
    rows = "A,1,1,fx,0.8,1.5\nB,1,1,fx,0.8,1.6\nC,1,1,other,0.9,1.6\n"
    [found] = problems(f"{DRIVEN}\n{rows}")
    assert (found.row, found.column) == (3, "driver_high")
    assert "1.6 for the driver fx, but row 2 says 1.5" in found.message


def test_decimal_commas_are_read_in_drivers_and_learned_from_them() -> None:
    found = sheet(f'{DRIVEN}\nA,1.234,1,fx,"0,8","1,5"\n')
    assert [gap.role for gap in found.read if isinstance(gap, Gap)] == ["cost_of_delay"]
    assert spans(f'{DRIVEN}\nA,1,1,fx,"0,8","1,5"\n') == [("fx", Span(0.8, 1.5))]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ("fx,0.8,", "row 2: driver fx “0.8” to “” is not a range"),
        ("fx,1.5,0.8", "row 2: driver fx “1.5” to “0.8” is not a range"),
        ("fx,80,150", "row 2: driver fx “80” to “150” is not a range"),
        ("fx,-1,2", "row 2: driver fx “-1” to “2” is not a range"),
        ("fx,,", "row 2: driver fx has no range: it changes nothing"),
        (",0.8,1.5", "row 2: driver_low, driver_high: no driver is named"),
    ],
)
def test_a_driver_s_range_that_cannot_be_one_is_told(cells: str, told: str) -> None:
    text = f"{DRIVEN}\nA,1,1,{cells}\n"
    assert spans(text)[0][1] is None
    assert any(note.startswith(told) for note in sheet(text).notes)


def test_a_driver_s_range_that_leaves_out_1_is_told() -> None:
    [note] = sheet(f"{DRIVEN}\nA,1,1,fx,1.2,1.5\n").notes
    assert note.endswith("leaves out 1 itself: it is taken as 1 to 1.5")
