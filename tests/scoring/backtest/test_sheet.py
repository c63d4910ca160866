"""A CSV file of outcomes is read as people save it; unfit rows say why."""

import math
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.backtest.sheet import read_outcomes
from scoring.item import Span
from scoring.sheet import SheetError


def lines(*rows: str) -> list[str]:
    return [f"{row}\n" for row in rows]


def test_all_columns() -> None:
    sheet = read_outcomes(
        lines(
            "key,Predicted,actual,low,high,size,Finished,who",
            "A,2,3,1,4,M,2026-03-01,me",
            ",2.5,0.5,,,,2026-03-01T09:00:00Z,",
        )
    )
    first, second = sheet.outcomes
    assert (first.key, first.predicted, first.actual) == ("A", 2, 3)
    assert (first.span, first.size) == (Span(1, 4), "M")
    assert first.finished == second.finished == date(2026, 3, 1)
    assert (second.key, second.span, second.size) == ("row 3", None, "")
    assert sheet.notes == ("column who is not known and was ignored",)
    assert sheet.gaps == ()


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("predicted;actual", "1,5;2"),
        ("predicted\tactual", "1.5\t2"),
        ("actual,predicted", "2,1.5"),
    ],
)
def test_the_usual_dialects(header: str, row: str) -> None:
    (one,) = read_outcomes(lines(header, row, "", " , ")).outcomes
    assert (one.predicted, one.actual) == (1.5, 2)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A,,1,,,", "predicted is empty"),
        (
            "A,1,soon,,,",
            "actual says “soon”, which is no number: write it like 1200 or 0.5",
        ),
        ("A,0,1,,,", "predicted 0 is not more than 0"),
        ("A,1,-2,,,", "actual -2 is not more than 0"),
        ("A,1e400,1,,,", "no duration that could be compared"),
        ("A,1,1e-300,,,", "no duration that could be compared"),
        ("A,1,1,5,4,", "low 5 is above high 4"),
        ("A,1,1,x,4,", "low says “x”"),
        ("A,1,1,,,tomorrow", "finished “tomorrow” is no date"),
    ],
)
def test_an_unfit_row_is_a_gap(row: str, said: str) -> None:
    sheet = read_outcomes(lines("key,predicted,actual,low,high,finished", row))
    (gap,) = sheet.gaps
    assert (gap.key, sheet.outcomes) == ("A", ())
    assert said in gap.reason


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ([], "row 1, column predicted: missing"),
        (["predicted\n"], "column actual: missing"),
        (["predicted,actual,actual\n"], "two of this name"),
        (['predicted,"actual\n'], "stray quote"),
        (["predicted,actual\n", '1,"2"x\n'], "row 2: the text cannot be parted"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: list[str], said: str) -> None:
    with pytest.raises(SheetError, match=r".") as error:
        read_outcomes(text)
    assert said in str(error.value)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=12), max_size=8))
def test_nothing_in_a_cell_ends_the_reading(cells: list[str]) -> None:
    header = "key,predicted,actual,low,high,size,finished\n"
    try:
        sheet = read_outcomes([header, ",".join(cells).replace('"', "") + "\n"])
    except SheetError:
        return
    for one in sheet.outcomes:
        assert math.isfinite(one.ratio)
        assert one.ratio > 0
