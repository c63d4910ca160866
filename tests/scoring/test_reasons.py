"""Every sentence on why a row stands where it does holds in the order it stands in."""

import re
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.item import Mode
from scoring.reasons import tell_amount
from scoring.sheet import read_sheet
from scoring.summary import Row
from scoring.weighing import weigh_backlog

TODAY = date(2026, 11, 23)
HEAD = "key,cost_of_delay,duration,blocked_by\n"

# A cost, a duration and what may block: few numbers, so that many ratios are equal.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "-2", "0", "2", "4", "8"]),
        st.sampled_from(["1", "2", "4"]),
        st.sets(st.sampled_from("ABCDEFG"), max_size=2),
    ),
    min_size=1,
    max_size=7,
)


def told(text: str, tolerance: float = 0.0) -> list[Row]:
    sheet = read_sheet(text.splitlines(keepends=True))
    ranking = weigh_backlog(
        sheet.read, sheet.links, today=TODAY, mode=Mode.RELATIVE, currency=""
    )
    return list(ranking.near_today(tolerance).rows())


def test_one_is_not_told_as_many() -> None:
    words = [tell_amount(amount, "point-weeks") for amount in (1, 1.5, -1, 1_000)]
    assert words == [
        *("1 point-week", "1.50 point-weeks", "-1 point-weeks", "1,000 point-weeks")
    ]
    assert tell_amount(1, "") == "1 point"
    assert tell_amount(1, "EUR") == "1 EUR"


@given(ROWS, st.sampled_from([0.0, 0.05]))
def test_reasons_that_name_another_row_are_true(
    numbers: list[tuple[str, str, set[str]]], tolerance: float
) -> None:
    keys = "ABCDEFG"[: len(numbers)]
    text = HEAD + "".join(
        f"{key},{cost},{weeks},{' '.join(sorted(them & set(keys)))}\n"
        for key, (cost, weeks, them) in zip(keys, numbers, strict=True)
    )
    rows = told(text, tolerance)
    by_key = {row.item.key: row for row in rows}
    for above, row in pairwise(rows):
        if named := re.match(r"Worth as much .* as (\w): today's order", row.why):
            assert named[1] == above.item.key
            assert above.cd3 == row.cd3
            assert above.was < row.was
    for row in rows:
        if named := re.match(r"Waits for (\w), which must come first", row.why):
            assert named[1] in row.blockers
            assert by_key[named[1]].place < row.place
        if named := re.match(r"Pulled forward: it blocks (\w)", row.why):
            assert by_key[named[1]].place > row.place
            assert by_key[named[1]].cd3 > row.cd3


@pytest.mark.parametrize(
    ("text", "order", "why"),
    [
        ("A,10,2,B\nB,5,1,\n", "BA", "Waits for B, which must come first"),
        (
            "A,10,2,\nB,5,1,\n",
            "AB",
            "Worth as much per week of work as A: today's order decides",
        ),
    ],
    ids=["a link decides", "today's order decides"],
)
def test_of_two_that_are_worth_as_much_what_decides_is_told(
    text: str, order: str, why: str
) -> None:
    rows = told(HEAD + text)
    assert "".join(row.item.key for row in rows) == order
    assert rows[1].why == why
