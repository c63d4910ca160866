"""A query finds what it says, and is refused in Jira's words where it says nonsense."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.jql import Clause, Group, JqlError, read_jql
from connectors.sandbox.query import find_issues
from connectors.sandbox.seed import plant
from connectors.sandbox.state import Site
from tests.connectors.sandbox.small_site import COST, SEED, Ticking, small_site

ALL = ["SEA-1", "SEA-2", "SEA-3", "SEA-4", "SEA-5", "AIR-1", "SEA-6"]


def planted() -> Site:
    site = Site(now=Ticking())
    plant(site, SEED)
    return site


SITE = planted()


def found(jql: str) -> list[str]:
    return [issue.key for issue in find_issues(SITE, jql)]


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = SEA", ["SEA-1", "SEA-2", "SEA-3", "SEA-4", "SEA-5", "SEA-6"]),
        ("project = 'Air trade'", ["AIR-1"]),
        ("project != SEA", ["AIR-1"]),
        ("key = sea-3", ["SEA-3"]),
        ("issuekey in (SEA-3, AIR-1)", ["SEA-3", "AIR-1"]),
        ("id = 10002", ["SEA-2"]),
        ("key > SEA-4 and project = SEA", ["SEA-5", "SEA-6"]),
        ('issuetype = "Big bug"', ["SEA-3"]),
        ("type not in (Story)", ["SEA-3"]),
        ("status = Doing", ["SEA-3"]),
        ("statusCategory = Done", ["SEA-4"]),
        ('statusCategory != "To Do"', ["SEA-3", "SEA-4"]),
        ("resolution is not EMPTY", ["SEA-4"]),
        ("resolution = Done", ["SEA-4"]),
        ("labels = web", ["SEA-1", "SEA-3"]),
        ("labels in (guest, none)", ["SEA-1"]),
        ("labels is EMPTY and labels = EMPTY and project = AIR", ["AIR-1"]),
        # An empty field is not «unequal», nor inside a NOT.
        ("labels != guest", ["SEA-3"]),
        ("NOT labels = guest", ["SEA-3"]),
        ("not (labels = guest or labels is empty)", ["SEA-3"]),
        ("assignee = Anna", ["SEA-1"]),
        ("assignee is EMPTY and status = Done", ["SEA-4"]),
        ('reporter = "anna@site.test"', ["SEA-1"]),
        ("priority = High", ["SEA-1"]),
        ("created <= '2026-09-01'", ALL[:0]),
        ("created <= '2026-09-01 08:00' and key = SEA-1", ["SEA-1"]),
        ("created >= -12w and key = SEA-1", ["SEA-1"]),
        ("updated >= -5m", []),
        ("updated < now() and key = SEA-1", ["SEA-1"]),
        ("duedate = 2026-12-24", ["SEA-1"]),
        ("due >= startOfDay(31d)", ["SEA-1"]),
        ("due > startOfDay(31d)", []),
        ("summary ~ berth", ["SEA-1"]),
        ("summary ~ 'bert*'", ["SEA-1"]),
        ("summary ~ 'bert'", []),
        ('summary ~ "\\"a berth\\""', ["SEA-1"]),
        ("text ~ third", ["SEA-1"]),
        ("cf[10101] > 500", ["SEA-1", "SEA-2"]),
        ("cf[10101] = 500.5", ["SEA-2"]),
        ("cf[10101] is not EMPTY", ["SEA-1", "SEA-2", "SEA-5"]),
        ('"Cost of delay" <= 500.5', ["SEA-2", "SEA-5"]),
        ("cf[10101] not in (0, 500.5)", ["SEA-1"]),
        ("Size = M", ["SEA-1"]),
        ("Size != 202", ["SEA-2"]),
        ("Teams = blue", ["SEA-1"]),
        ("Teams != Green", ["SEA-1"]),
        ("Area = Crane", ["SEA-1"]),
        ("Owner = anna", ["SEA-1"]),
        ("originalEstimate >= 100800", ["SEA-1"]),
        ("cf[10101] > 500 AND Size = S OR key = AIR-1", ["SEA-2", "AIR-1"]),
        ("Size = S AND (cf[10101] > 500 OR key = AIR-1)", ["SEA-2"]),
        ("key in (SEA-1, SEA-2) && Size = M || key = SEA-6", ["SEA-1", "SEA-6"]),
        ("cf[10101] is not empty order by cf[10101]", ["SEA-5", "SEA-2", "SEA-1"]),
        ("Size is not empty order by Size desc", ["SEA-1", "SEA-2"]),
        ("key in (SEA-6, AIR-1, SEA-5) order by key DESC", ["SEA-6", "SEA-5", "AIR-1"]),
        ("key in (SEA-1, SEA-2) ORDER BY Rank DESC", ["SEA-2", "SEA-1"]),
    ],
)
def test_it_finds(jql: str, keys: list[str]) -> None:
    assert found(jql) == keys


@pytest.mark.parametrize(
    ("jql", "word"),
    [
        ("nothing = 1", "Field 'nothing' does not exist"),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'"),
        ("status = Later", "The value 'Later' does not exist"),
        ("key = SEA-99", "An issue with key 'SEA-99' does not exist"),
        ("Size = XL", "The value 'XL' does not exist for the field 'Size'"),
        ("cf[10101] = much", "is expected"),
        ("cf[99999] = 1", "Field 'cf[99999]' does not exist"),
        ("created > soon", "Date value 'soon' for field 'created' is invalid"),
        ("summary = berth", "The operator '=' is not supported by the 'summary' field"),
        ("project > SEA", "The operator '>' is not supported"),
        ("project = SEA AND", "Expecting a field name but got the end of the query"),
        ("project SEA", "Expecting an operator"),
        ("project = SEA labels = web", "Expecting either 'OR' or 'AND'"),
        ("(project = SEA", "Expecting ')'"),
        ("project in SEA", "Expecting '('"),
        ("labels is web", "must be followed by 'EMPTY' or 'NULL'"),
        ("project = SEA ORDER BY nothing", "Field 'nothing' does not exist"),
        ("created > sometime()", "Unable to find JQL function 'sometime()'"),
        ("project = SEA order by " + ", ".join(["key"] * 8), "At most 7 fields"),
        ("(" * 60 + "project = SEA" + ")" * 60, "nested too deeply"),
    ],
)
def test_nonsense_is_refused_in_jiras_words(jql: str, word: str) -> None:
    with small_site() as (_, site):
        assert word in site.refusal(jql)


def test_negation_is_pushed_down_to_the_conditions() -> None:
    query = read_jql("not (a = 1 or not b in (2, 3))")
    assert query.where == Group(
        "and", (Clause("a", "!=", ("1",)), Clause("b", "in", ("2", "3")))
    )


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(JqlError):
        read_jql(text)


NUMBERS = {"SEA-1": 12000, "SEA-2": 500.5, "SEA-5": 0}
LEAVES = st.tuples(
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    st.sampled_from(["0", "500.5", "600", "12000"]),
).map(lambda pair: ("leaf", *pair))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), inner, inner),
    ),
    max_leaves=8,
)
SIGNS = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def told(tree: Any) -> str:
    match tree:
        case ("leaf", sign, number):
            return f"cf[10101] {sign} {number}"
        case ("not", inner):
            return f"not ({told(inner)})"
        case (word, left, right):
            return f"({told(left)}) {word} ({told(right)})"
        case _:
            raise AssertionError(tree)


def holds(tree: Any, number: float) -> bool:
    match tree:
        case ("leaf", str(sign), str(text)):
            return bool(SIGNS[sign](number, float(text)))
        case ("not", inner):
            return not holds(inner, number)
        case (word, left, right):
            both = (holds(left, number), holds(right, number))
            return all(both) if word == "and" else any(both)
        case _:
            raise AssertionError(tree)


@settings(max_examples=200)
@given(TREES)
def test_conditions_combine_as_logic_has_it(tree: Any) -> None:
    expected = [key for key, number in NUMBERS.items() if holds(tree, number)]
    assert COST == "customfield_10101"
    assert found(f"({told(tree)}) and cf[10101] is not empty") == expected
