"""Whatever type a value has, what it shows to a person is found."""

from datetime import date

import pytest

from scoring.reading.shown import (
    plain,
    quote,
    shown_date,
    shown_options,
    shown_text,
)

DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "About ", "marks": [{"type": "strong"}]},
                {"type": "text", "text": "£12k"},
                {"type": "hardBreak"},
                {"type": "mention", "attrs": {"id": "1", "text": "@Ann"}},
            ],
        },
        {
            "type": "bulletList",
            "content": [
                {
                    "type": "listItem",
                    "content": [
                        {
                            "type": "paragraph",
                            "content": [{"type": "text", "text": "one"}],
                        }
                    ],
                },
                {
                    "type": "listItem",
                    "content": [
                        {
                            "type": "paragraph",
                            "content": [
                                {
                                    "type": "inlineCard",
                                    "attrs": {"url": "https://example.org/x"},
                                }
                            ],
                        }
                    ],
                },
            ],
        },
    ],
}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("  hello ", "hello"),
        (12000, "12,000"),
        (0.5, "0.5"),
        (True, ""),
        ({"value": "High", "id": "1"}, "High"),
        ({"value": "Parent", "child": {"value": "Child"}}, "Parent / Child"),
        ({"accountId": "1", "displayName": "Ann"}, "Ann"),
        ({"id": "7", "name": "Quay"}, "Quay"),
        ([{"value": "A"}, {"value": "B"}], "A, B"),
        (["x", "y"], "x, y"),
        ([[["deep"]]], ""),
        ({}, ""),
        ({"value": 5}, ""),
    ],
)
def test_a_value_shows_its_text(value: object, text: str) -> None:
    assert shown_text(value) == text


def test_rich_text_is_flattened() -> None:
    assert shown_text(DOCUMENT) == "About £12k\n@Ann\none\nhttps://example.org/x"


def test_no_nesting_is_too_deep_and_no_text_too_long() -> None:
    node: dict[str, object] = {"type": "text", "text": "x" * 5000}
    for _ in range(5000):
        node = {"type": "blockquote", "content": [node]}
    assert shown_text({"type": "doc", "content": [node]}) == "x" * 2000


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, ()),
        ([], ()),
        ("", ()),
        ("Medium", ("Medium",)),
        ({"value": "S"}, ("S",)),
        ({"name": "Highest", "id": "1"}, ("Highest",)),
        ({"value": "A", "child": {"value": "B"}}, ("A / B",)),
        ([{"value": "A"}, {"value": "B"}, {"value": "A"}], ("A", "B")),
        (["a", "b"], ("a", "b")),
        (5, None),
        ({"colour": "red"}, None),
        ([["a"]], None),
        ([1], None),
    ],
)
def test_options_are_found_and_what_is_none_is_told(
    value: object, names: tuple[str, ...] | None
) -> None:
    assert shown_options(value) == names


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("2026-11-23T10:00:00.000+0000", date(2026, 11, 23)),
        ("2026-02-30", None),
        ("23/Nov/26", None),
        ("2026-11-23x", None),
        (20261123, None),
        (None, None),
        ({}, None),
    ],
)
def test_a_day_is_found_as_it_is_written(value: object, day: date | None) -> None:
    assert shown_date(value) == day


def test_quotes_are_one_short_line() -> None:
    assert quote("a\n b") == '"a b"'
    assert len(quote("x" * 500)) == 62


def test_numbers_are_plain() -> None:
    assert [plain(n) for n in (0, -0.0, 12000, 1.5, -2.25, 1e-7, 4.34812)] == [
        "0",
        "0",
        "12,000",
        "1.5",
        "-2.25",
        "1e-07",
        "4.3481",
    ]
