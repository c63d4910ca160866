"""What is shown of a delivery tells why it failed, and nothing that people wrote."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.redaction import LARGEST_SHOWN, MOST_VALUES, redact

MIA = "Mia Okonkwo"
SECRETS = ("mia@harbour.example", MIA, "Pay the dockers", "s3cret-token", "mokonkwo")
EDIT: dict[str, Any] = {
    "timestamp": 1_700_000_000_000,
    "webhookEvent": "jira:issue_updated",
    "user": {
        "accountId": "5b10ac8d82e05b22cc7d4ef5",
        "key": "mokonkwo",
        "emailAddress": "mia@harbour.example",
        "displayName": MIA,
    },
    "issue": {
        "id": "10021",
        "key": "HARB-7",
        "fields": {
            "summary": "Pay the dockers",
            "assignee": {"name": "mokonkwo", "accountId": "5b10"},
            "customfield_10101": 12000.5,
            "duedate": "2026-12-01",
            "api_token": "s3cret-token",
            "labels": [MIA],
        },
    },
    "changelog": {
        "items": [
            {
                "field": "Cost of delay",
                "fieldId": "customfield_10101",
                "toString": "12000",
            },
            {"field": "summary", "toString": "Pay the dockers"},
        ]
    },
}


def test_shape_numbers_and_jiras_own_names_are_shown() -> None:
    shown = redact(orjson.dumps(EDIT))
    assert shown["webhookEvent"] == "jira:issue_updated"
    assert shown["user"] == {"accountId": "5b10ac8d82e05b22cc7d4ef5"}
    assert shown["issue"]["key"] == "HARB-7"
    fields = shown["issue"]["fields"]
    assert fields["customfield_10101"] == 12000.5
    assert fields["duedate"] == "2026-12-01"
    assert fields["summary"] == "«text, 15 characters»"
    assert shown["changelog"]["items"][0]["toString"] == "12000"


def test_nothing_that_people_wrote_is_shown() -> None:
    whole = orjson.dumps(redact(orjson.dumps(EDIT))).decode()
    for secret in SECRETS:
        assert secret not in whole


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe{\x00", b"NaN"])
def test_what_is_no_json_is_told_by_its_first_bytes(body: bytes) -> None:
    assert redact(body) == {
        "not_json": True,
        "bytes": len(body),
        "begins_with": body.hex(" "),
    }


def test_no_answer_grows_without_end() -> None:
    many = redact(orjson.dumps(list(range(10 * MOST_VALUES))))
    assert len(many) <= MOST_VALUES + 1
    assert many[-1] == f"«{10 * MOST_VALUES - len(many) + 1} more»"
    wide = redact(orjson.dumps({f"k{n}": n for n in range(10 * MOST_VALUES)}))
    assert len(wide) <= MOST_VALUES + 1
    assert "deeper" in orjson.dumps(redact(b"[" * 500 + b"]" * 500)).decode()
    assert "not_shown" in redact(b"[" + b"1," * (LARGEST_SHOWN // 2) + b"1]")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=15,
    )
)
def test_any_body_can_be_shown(value: object) -> None:
    orjson.dumps(redact(orjson.dumps(value)))
