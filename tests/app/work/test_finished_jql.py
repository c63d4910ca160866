"""A backlog's JQL is turned to its finished issues, and to nobody else's."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.work.finished_jql import finished_jql
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.query import find_issues
from tests.connectors.sandbox.small_site import SEED

END = "statusCategory = Done AND resolved >= -90d ORDER BY resolved DESC"


@pytest.mark.parametrize(
    ("jql", "kept", "dropped"),
    [
        ("project = A", "(project = A) AND ", ()),
        (
            "project = A AND statusCategory != Done",
            "(project = A) AND ",
            ("statusCategory != Done",),
        ),
        (
            'project = A and status in ("To Do", "Not \\"Done\\"") ORDER BY Rank',
            "(project = A) AND ",
            ('status in ("To Do", "Not \\"Done\\"")',),
        ),
        (
            "(project = A AND resolution is EMPTY) && type = Bug order by key",
            "(project = A) AND (type = Bug) AND ",
            ("resolution is EMPTY",),
        ),
        (
            "project = A AND (status = New OR status = Open)",
            "(project = A) AND ",
            ("status = New OR status = Open",),
        ),
        # what only sounds like it stays
        (
            'project = A AND summary ~ "status = open AND x" AND status was Open',
            (
                '(project = A) AND (summary ~ "status = open AND x") AND '
                "(status was Open) AND "
            ),
            (),
        ),
        ("resolution != Duplicate", "(resolution != Duplicate) AND ", ()),
        # one half of an OR cannot be left out
        (
            "project = A OR status = Open",
            "(project = A OR status = Open) AND ",
            (),
        ),
        (
            "status = Open AND project = A OR status = New",
            "(status = Open AND project = A OR status = New) AND ",
            (),
        ),
        ("not statusCategory = Done", "", ("not statusCategory = Done",)),
        ("resolution = Unresolved", "", ("resolution = Unresolved",)),
        ("  ", "", ()),
    ],
)
def test_by_hand(jql: str, kept: str, dropped: tuple[str, ...]) -> None:
    found = finished_jql(jql, days=90)
    assert (found.jql, found.dropped) == (kept + END, dropped)


def test_a_site_finds_what_is_done_where_the_backlog_finds_the_rest() -> None:
    site = create_sandbox(SEED, url="http://site.test").state
    backlog = "project = SEA AND type = Story AND statusCategory != Done"
    asked = finished_jql(backlog, days=9000).jql
    assert [issue.key for issue in find_issues(site, asked)] == ["SEA-4"]


@pytest.mark.parametrize("deep", [49, 60, 2_000])
def test_brackets_may_be_deeper_than_anyone_looks(deep: int) -> None:
    found = finished_jql("(" * deep + "status = Open" + ")" * deep, days=90)
    assert found.dropped == (("status = Open",) if deep < 50 else ())


@settings(deadline=None, max_examples=200)
@given(st.text(alphabet="ab ()\"'&|=ORDEYNd\\", max_size=40))
def test_whatever_it_says_it_ends_as_asked(jql: str) -> None:
    found = finished_jql(jql, days=90)
    assert found.jql.endswith(END)
