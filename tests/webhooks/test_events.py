"""Any body becomes an event, an ignored event or an unreadable one: never an error."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.events import (
    LONGEST_READ,
    Change,
    Ignored,
    IssueChanged,
    LinkChanged,
    TooLong,
    Unreadable,
    read_event,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def body(**parts: object) -> bytes:
    return orjson.dumps(parts)


def test_an_edit_on_cloud_names_issue_actor_and_fields() -> None:
    edit = body(
        timestamp=1_700_000_000_000,
        webhookEvent="jira:issue_updated",
        user={"accountId": "5b10", "displayName": "Mia"},
        issue={
            "id": "10021",
            "key": "HARB-7",
            "fields": {"project": {"key": "HARB"}, "summary": "x"},
        },
        changelog={
            "id": "1",
            "items": [
                {
                    "field": "Cost of delay",
                    "fieldId": "customfield_10101",
                    "toString": "12000",
                },
                {"field": "Rank", "fieldId": "customfield_10019", "toString": "r"},
            ],
        },
    )
    assert read_event(edit) == IssueChanged(
        kind="jira:issue_updated",
        key="HARB-7",
        id="10021",
        project="HARB",
        actor="5b10",
        changes=(
            Change("customfield_10101", "Cost of delay", "12000"),
            Change("customfield_10019", "Rank", "r"),
        ),
    )


def test_an_old_servers_edit_has_no_field_ids_and_other_names_for_people() -> None:
    edit = body(
        webhookEvent="jira:issue_updated",
        user={"key": "mia", "name": "mia"},
        issue={"id": 10021, "key": "HARB-7"},
        changelog={"items": [{"field": "Story Points", "toString": None}, 7]},
    )
    event = read_event(edit)
    assert isinstance(event, IssueChanged)
    assert (event.project, event.actor, event.id) == ("HARB", "mia", "10021")
    assert event.changes == (Change("", "Story Points", ""),)


def test_a_link_names_its_ends_by_number() -> None:
    link = body(
        webhookEvent="issuelink_created",
        issueLink={"id": 1, "sourceIssueId": 10001, "destinationIssueId": 10002},
    )
    assert read_event(link) == LinkChanged("issuelink_created", "10001", "10002")


@pytest.mark.parametrize(
    "raw",
    [
        body(webhookEvent="sprint_started", sprint={"id": 1}),
        body(webhookEvent="comment_created", comment={"id": "1"}),
        body(webhookEvent="jira:issue_updated"),
        body(webhookEvent="issuelink_deleted", issueLink={"id": 1}),
    ],
)
def test_what_changes_no_order_is_ignored_with_a_reason(raw: bytes) -> None:
    event = read_event(raw)
    assert isinstance(event, Ignored)
    assert event.reason


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"NaN",
        b'{"webhookEvent": 7}',
        b'{"webhookEvent": "jira:issue_updated", "a": 1e400}',
        b'{"webhookEvent": "jira:issue_updated", "a": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"[" * 100_000,
    ],
)
def test_r18_what_is_no_event_is_unreadable(raw: bytes) -> None:
    assert isinstance(read_event(raw), Unreadable)


def test_nul_characters_do_not_reach_the_books() -> None:
    event = read_event(body(webhookEvent="jira:issue_deleted", issue={"key": "A\0-1"}))
    assert isinstance(event, IssueChanged)
    assert event.key == "A-1"


@given(st.sampled_from(["issue", "issueLink", "user", "changelog"]), JSON, JSON)
def test_r19_no_shape_raises(part: str, first: object, second: object) -> None:
    for kind in ("jira:issue_updated", "issuelink_created"):
        raw: dict[str, object] = {
            "webhookEvent": kind,
            "issue": {"key": "A-1", "fields": second},
        }
        raw[part] = first
        try:
            encoded = orjson.dumps(raw)
        except (TypeError, ValueError):  # what orjson cannot write cannot arrive
            continue
        assert read_event(encoded) is not None


def test_a_body_is_read_up_to_a_length_and_not_beyond() -> None:
    longest = body(webhookEvent="jira:issue_updated", issue={"key": "HARB-7"})
    longest = longest.ljust(LONGEST_READ)
    assert isinstance(read_event(longest), IssueChanged)
    assert isinstance(read_event(longest + b" "), TooLong)
