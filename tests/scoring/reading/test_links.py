"""Links order work by their type's direction, once each, until the blocker is done."""

from typing import Any

import pytest

from scoring.item import Issue, Link
from scoring.mapping import Mapping, read_mapping
from scoring.reading.links import linked_keys, read_links

TYPE = {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
NEEDS = {"id": "10002", "name": "Needs", "inward": "is needed by", "outward": "needs"}


def mapping(*rules: tuple[str, str]) -> Mapping:
    return read_mapping(
        {
            "cost_of_delay": {
                "model": "direct",
                "value": {"read": "number", "field": "c", "per": "week"},
            },
            "duration": {"read": "number", "field": "d", "unit": "weeks"},
            "links": [{"type": kind, "blocker": side} for kind, side in rules],
        }
    )


BLOCKS = mapping(("10000", "outward"))


def end(key: str, category: str = "new") -> dict[str, Any]:
    status = {"name": "x", "statusCategory": {"key": category}}
    return {"id": "1", "key": key, "fields": {"status": status}}


def link(
    identifier: str, side: str, key: str, *, kind: object = TYPE, category: str = "new"
) -> dict[str, Any]:
    return {"id": identifier, "type": kind, f"{side}Issue": end(key, category)}


def issue(key: str, *links: object, done: bool = False) -> Issue:
    return Issue(id="1", key=key, fields={"issuelinks": list(links)}, done=done)


def test_the_outward_side_blocks_when_the_rule_says_so() -> None:
    assert read_links([issue("A", link("1", "outward", "B"))], BLOCKS) == (
        Link("A", "B", "1"),
    )
    assert read_links([issue("A", link("1", "inward", "B"))], BLOCKS) == (
        Link("B", "A", "1"),
    )


def test_the_inward_side_blocks_when_the_rule_says_so() -> None:
    needs = mapping(("10002", "inward"))
    # «A needs B»: B, whose side reads «is needed by», comes first
    here = issue("A", link("1", "outward", "B", kind=NEEDS))
    assert read_links([here], needs) == (Link("B", "A", "1"),)
    there = issue("B", link("1", "inward", "A", kind=NEEDS))
    assert read_links([there], needs) == (Link("B", "A", "1"),)


def test_a_link_seen_at_both_ends_is_one_and_the_oldest_comes_first() -> None:
    issues = [
        issue("A", link("10", "outward", "B"), link("9", "outward", "C")),
        issue("B", link("10", "inward", "A")),
        issue("C", link("9", "inward", "A")),
    ]
    expected = (Link("A", "C", "9"), Link("A", "B", "10"))
    assert read_links(issues, BLOCKS) == expected
    assert read_links(issues[::-1], BLOCKS) == expected


def test_other_link_types_order_nothing() -> None:
    assert not read_links([issue("A", link("1", "outward", "B", kind=NEEDS))], BLOCKS)
    assert not read_links([issue("A", link("1", "outward", "B"))], mapping())


def test_a_done_end_ends_the_link() -> None:
    shown = issue("A", link("1", "inward", "B", category="done"))
    assert not read_links([shown], BLOCKS)
    read = [issue("A", link("1", "inward", "B")), issue("B", done=True)]
    assert not read_links(read, BLOCKS)
    own = [issue("A", link("1", "outward", "B"), done=True), issue("B")]
    assert not read_links(own, BLOCKS)


def test_what_was_read_counts_more_than_what_the_link_shows() -> None:
    issues = [issue("A", link("1", "inward", "B", category="done")), issue("B")]
    assert read_links(issues, BLOCKS) == (Link("B", "A", "1"),)


def test_outside_blockers_are_kept() -> None:
    issues = [issue("A", link("1", "inward", "Z-9")), issue("B")]
    links = read_links(issues, BLOCKS)
    assert links == (Link("Z-9", "A", "1"),)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "x",
        {},
        {"id": "1"},
        {"id": "1", "type": TYPE},
        {"id": "1", "type": "10000", "outwardIssue": end("B")},
        {"id": "1", "type": TYPE, "outwardIssue": None},
        {"id": "1", "type": TYPE, "outwardIssue": {"key": ""}},
        {"id": "1", "type": TYPE, "outwardIssue": {"key": ["B"]}},
    ],
)
def test_a_malformed_link_is_passed_over(odd: object) -> None:
    good = link("2", "outward", "C")
    assert read_links([issue("A", odd, good)], BLOCKS) == (Link("A", "C", "2"),)


def test_links_without_an_id_are_one_by_their_ends() -> None:
    raw = {"type": TYPE, "outwardIssue": end("B")}
    other = {"type": TYPE, "inwardIssue": end("A")}
    assert read_links([issue("A", raw), issue("B", other)], BLOCKS) == (
        Link("A", "B", ""),
    )


def test_linked_keys_are_of_any_type_once_each() -> None:
    links = (
        link("1", "outward", "B"),
        link("2", "inward", "C", kind=NEEDS),
        link("3", "inward", "B"),
        "odd",
    )
    assert linked_keys(issue("A", *links)) == ("B", "C")
