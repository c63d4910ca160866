"""Learned ranges fill what has none, and are read as they were written."""

import json
from typing import Any

import pytest
from hypothesis import given, settings

from scoring.backtest.classes import draw_classes
from scoring.backtest.learned import (
    Classes,
    Factors,
    Ranges,
    fill_spans,
    read_ranges,
    write_ranges,
)
from scoring.backtest.ranges import default_ranges
from scoring.item import Gap, Item, Span
from scoring.pointed import Notes, Pointed
from tests.scoring.backtest.outcomes import outcome, pairs

ALL = {"low": 0.5, "high": 2.0}
SIZES = Ranges(
    Classes(("S", "L"), by="size"),
    (Factors(0.5, 2, 20), Factors(1, 4, 30)),
    Factors(0.8, 3, 50),
)


def read(raw: object) -> tuple[Ranges, dict[str, str]]:
    notes = Notes()
    ranges = read_ranges(Pointed(raw, "", notes))
    return ranges, {one.pointer: one.code for one in notes.finish()}


def test_items_without_a_range_get_the_one_of_their_size() -> None:
    items: list[Item | Gap] = [
        Item("A", 1, 2, duration_span=Span(1, 5)),
        Item("B", 1, 2),
        Item("C", 1, 8),
        Item("D", 1, 0),
        Item("E", 1, 2, cost_of_delay_span=Span(0, 9)),
        Gap("F", "no duration"),
    ]
    sizes = {"A": "S", "C": "L", "D": "S", "E": "XXL"}
    filled = fill_spans(items, SIZES, sizes)
    spans = [one.duration_span for one in filled if isinstance(one, Item)]
    assert spans == [Span(1, 5), Span(1.6, 6), Span(8, 32), None, Span(1.6, 6)]
    assert filled[5] is items[5]


@settings(deadline=None, max_examples=60)
@given(pairs)
def test_what_is_written_reads_as_the_same(found: list[tuple[float, float]]) -> None:
    rows = [outcome(p, a, size=f"{p:g}" if p < 8 else "L") for p, a in found]
    for by in ("size", "quartile"):
        learned = default_ranges(rows, draw_classes(rows, by))
        if learned is not None:
            again, wrong = read(json.loads(json.dumps(write_ranges(learned))))
            assert (again, wrong) == (learned, {})


def test_two_factors_are_enough() -> None:
    ranges, wrong = read({"all": ALL, "origin": "a guess"})
    assert not wrong
    assert ranges.span(4, "whatever") == Span(2, 8)
    assert read(write_ranges(ranges)) == (ranges, {})


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        ({}, "/all", "missing"),
        ({"all": {"low": 2, "high": 1}}, "/all/high", "range"),
        ({"all": {"low": 0, "high": 1}}, "/all/low", "range"),
        ({"all": {"low": 1, "high": 1e7}}, "/all/low", "range"),
        ({"all": ALL | {"count": 1.5}}, "/all/count", "range"),
        ({"all": ALL, "by": "colour"}, "/by", "choice"),
        ({"all": ALL, "sizes": []}, "/sizes", "unknown"),
        ({"all": ALL, "classes": [ALL]}, "/classes/0/name", "missing"),
    ],
)
def test_what_is_no_range_says_where(
    raw: dict[str, Any], pointer: str, code: str
) -> None:
    assert read(raw)[1][pointer] == code


def test_classes_are_told_apart_and_come_smallest_first() -> None:
    small, large = ALL | {"name": "S"}, ALL | {"name": "L"}
    twice = {"all": ALL, "by": "size", "classes": [small, small]}
    assert read(twice)[1] == {"/classes": "duplicate"}
    endless = {"all": ALL, "classes": [small, large]}
    assert read(endless)[1] == {"/classes/0/up_to": "missing"}
    names = [small | {"up_to": 3}, large | {"up_to": 2}, ALL | {"name": "M"}]
    assert read({"all": ALL, "classes": names})[1] == {"/classes": "range"}
    ordered = {"all": ALL, "classes": [small | {"up_to": 3}, large]}
    assert read(ordered)[0].classes.place(3.5) == 1
