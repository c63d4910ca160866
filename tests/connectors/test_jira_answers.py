"""Jira's answers are read as they are, and odd ones never crash a reader."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import UnreachableError
from connectors.jira_answers import (
    read_account,
    read_board,
    read_board_configuration,
    read_edit_field,
    read_field,
    read_issue,
    read_link_type,
    read_list,
    read_object,
    read_permissions,
    read_rank_outcome,
    read_server_info,
    read_webhook,
    write_webhook,
)
from connectors.jira_values import RankOutcome, WebhookWish

RANK = "customfield_10019"


def test_an_issue_is_read_from_its_own_fields() -> None:
    raw = {
        "id": "10001",
        "key": "AB-1",
        "self": "https://elsewhere.example/rest/api/3/issue/10001",
        "fields": {
            "summary": "A story",
            "updated": "2026-11-23T08:00:00.000+0000",
            "status": {"name": "Closed", "statusCategory": {"key": "done"}},
            RANK: "0|i0000f:",
        },
    }
    issue = read_issue(raw, rank_field=RANK)
    assert (issue.id, issue.key, issue.summary) == ("10001", "AB-1", "A story")
    assert (issue.rank, issue.done) == ("0|i0000f:", True)
    assert issue.fields == raw["fields"]
    assert read_issue(raw, rank_field="").rank == ""


@pytest.mark.parametrize("key", ["new", "indeterminate", "undefined", None])
def test_only_the_category_done_is_done(key: str | None) -> None:
    status = {"name": "Done", "statusCategory": {"key": key, "name": "Done"}}
    assert not read_issue({"fields": {"status": status}}, rank_field="").done


def test_a_team_managed_field_keeps_its_project() -> None:
    field = read_field(
        {
            "id": "customfield_10075",
            "name": "Impact",
            "schema": {"type": "array", "items": "option", "custom": "c:multiselect"},
            "scope": {"type": "PROJECT", "project": {"id": "10002"}},
        }
    )
    assert (field.scope, field.kind, field.custom_type) == (
        "10002",
        "array/option",
        "c:multiselect",
    )


def test_a_rank_answer_with_only_the_failed_or_with_all() -> None:
    failed = {"issueId": 3, "issueKey": "A-3", "status": 503, "errors": ["Later", "x"]}
    passed = {"issueId": 1, "issueKey": "A-1", "status": 200}
    wanted = RankOutcome(("A-1",), {"A-3": "Later; x"})
    for entries in ([failed], [passed, failed]):
        assert read_rank_outcome({"entries": entries}, ("A-1", "A-3")) == wanted
    by_id = read_rank_outcome({"entries": [failed]}, ("1", "3"))
    assert by_id == RankOutcome(("1",), {"3": "Later; x"})
    assert read_rank_outcome(None, ("A-1", "A-3")).moved == ("A-1", "A-3")


def test_a_cascading_fields_options_are_named_with_their_parents() -> None:
    children = [{"value": "Seasons"}, {"value": "Days"}]
    allowed = [{"value": "Booking", "children": children}, {"name": "High"}]
    options = read_edit_field("f", {"allowedValues": allowed}).options
    assert options == ("Booking", "Booking / Seasons", "Booking / Days", "High")


def test_a_secret_is_sent_only_where_one_is_given() -> None:
    bare = WebhookWish("n", "https://x.example", ("jira:issue_updated",), "project = A")
    assert "secret" not in write_webhook(bare)
    full = WebhookWish("n", "https://x.example", (), secret="hush")
    assert write_webhook(full)["secret"] == "hush"


NAMES = [
    "id",
    "accountId",
    "schema",
    "type",
    "items",
    "custom",
    "scope",
    "project",
    "status",
    "statusCategory",
    "key",
    "fields",
    "versionNumbers",
    "permissions",
    "location",
    "ranking",
    "rankCustomFieldId",
    "filter",
    "subQuery",
    "operations",
    "allowedValues",
    "children",
    "value",
    "events",
    "filters",
    "self",
    "enabled",
    "entries",
    "errors",
    "issueKey",
]
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=15,
)
OBJECT = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8)
READERS: list[Callable[[dict[str, Any]], object]] = [
    read_account,
    read_board,
    read_board_configuration,
    read_field,
    read_link_type,
    read_permissions,
    read_server_info,
    read_webhook,
    lambda raw: read_edit_field("f", raw),
    lambda raw: read_issue(raw, rank_field="key"),
]


@given(OBJECT)
def test_no_shape_crashes_a_reader(raw: dict[str, Any]) -> None:
    for read in READERS:
        read(raw)


@given(JSON)
def test_another_shape_altogether_may_pass(raw: Any) -> None:
    shape = type(raw)
    if shape is not dict:
        with pytest.raises(UnreachableError):
            read_object(raw, "it")
    if shape is not list:
        with pytest.raises(UnreachableError):
            read_list(raw, "it")
    if raw is not None:
        try:
            read_rank_outcome(raw, ("A-1",))
        except UnreachableError:
            assert not (isinstance(raw, dict) and isinstance(raw.get("entries"), list))


def test_a_permission_that_is_not_told_is_neither_held_nor_missing() -> None:
    raw = {"A": {"havePermission": True}, "B": {"havePermission": False}, "C": {}}
    assert read_permissions({"permissions": raw}) == {"A": True, "B": False}
