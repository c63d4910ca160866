"""A spreadsheet's rows become items or gaps; what a person must correct is told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.cells import read_number
from scoring.item import Gap, Item, Link, Span
from scoring.sheet import Problem, Sheet, SheetError, read_sheet

HEAD = "key,cost_of_delay,duration"


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
    assert found.links == [Link("B", "A", "2")]


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
        ("tbd,1", "cost_of_delay says “tbd”, which is no number"),
        ("nan,1", "cost_of_delay says “nan”, which is no number"),
        ("inf,1", "cost_of_delay says “inf”, which is no number"),
        ("1_000,1", "cost_of_delay says “1_000”, which is no number"),
        ("1,", "duration is empty"),
        ("1,soon", "duration says “soon”, which is no number"),
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
        ("7.", 7),
        ("12,000,000", 12_000_000),
        ("1,234.5", 1_234.5),
        ("12,5", 12.5),
        ("12 000", 12_000),
        ("1\u202f234,5", 1_234.5),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert read_number(text) == value


def test_a_comma_that_may_be_either_is_not_guessed() -> None:
    found = read_number("1,234")
    assert isinstance(found, str)
    assert "thousands or decimals" in found


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
    assert found.links == [Link("B", "A", "2")]


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
