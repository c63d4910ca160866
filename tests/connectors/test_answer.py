"""A refusal becomes the error that says what to do, in the site's own words."""

import pickle
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answer import Answer, judge, read_words
from connectors.errors import (
    ConflictError,
    ConnectorError,
    ForbiddenError,
    NotFoundError,
    NotGrantedError,
    PausedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)

FIELD = "customfield_10201"


def said(status: int, body: object = None, kind: str = "application/json") -> Answer:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return Answer("PUT", "/p", status, httpx.Headers({"Content-Type": kind}), content)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, RefusedError),
        (400, RefusedError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, NotFoundError),
        (413, RefusedError),
        (422, RefusedError),
        (408, UnreachableError),
        (429, PausedError),
        (500, UnreachableError),
        (507, UnreachableError),
    ],
)
def test_each_status_is_the_error_by_what_to_do(
    status: int, kind: type[ConnectorError]
) -> None:
    with pytest.raises(kind, match=f"PUT /p → {status}") as caught:
        judge(said(status, {}))
    assert type(caught.value) is kind


@pytest.mark.parametrize("status", [200, 201, 204, 207])
def test_a_good_answer_is_returned(status: int) -> None:
    assert judge(said(status)).status == status


def test_jiras_words_and_the_fields_they_are_about_are_kept() -> None:
    body = {"errorMessages": ["No."], "errors": {FIELD: "Number expected."}}
    with pytest.raises(RefusedError) as caught:
        judge(said(400, body))
    assert caught.value.messages == ("No.",)
    assert caught.value.field_errors == {FIELD: "Number expected."}
    assert str(caught.value) == f"PUT /p → 400: No.; {FIELD}: Number expected."


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"errors": [{"status": 400, "code": "X", "title": "Title taken"}]},
            "Title taken",
        ),
        ({"errors": [{"message": None}, {"detail": "Too long"}]}, "Too long"),
        ({"statusCode": 403, "message": "Not permitted"}, "Not permitted"),
        ({"messages": [{"key": "k", "message": "No such event"}]}, "No such event"),
        ({"errorMessages": ["twice", "twice"]}, "twice"),
        ("just words", "just words"),
        (b"Client must be authenticated", "Client must be authenticated"),
    ],
)
def test_words_are_found_in_every_shape(body: object, words: str) -> None:
    assert read_words(said(400, body)) == ((words,), {})


def test_a_page_is_not_quoted() -> None:
    words, _fields = read_words(said(502, b"<html>" + b"x" * 9000, "text/html"))
    assert words == ("a web page, no data",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "errorMessages", "message", "title", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_shape_is_an_error_of_another_kind(body: Any) -> None:
    for status in (400, 500):
        with pytest.raises(ConnectorError):
            judge(said(status, body))


def test_long_words_are_cut() -> None:
    with pytest.raises(RefusedError) as caught:
        judge(said(400, {"errorMessages": [f"{n}" * 4000 for n in range(90)]}))
    assert len(str(caught.value)) < 11_000


@pytest.mark.parametrize("body", [b"", b"[1,", b"[NaN]", b"\xff"])
def test_an_answer_that_is_no_json_may_pass(body: bytes) -> None:
    with pytest.raises(UnreachableError):
        judge(said(200, body)).json()


@pytest.mark.parametrize("status", [200, 204, 302, 401, 403, 404])
@pytest.mark.parametrize("reason", ["AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"])
def test_an_answer_as_to_anybody_is_a_401_whatever_its_status(
    status: int, reason: str
) -> None:
    answer = said(status, {"issues": [], "isLast": True})
    answer.headers["X-Seraph-LoginReason"] = reason
    with pytest.raises(UnauthorizedError, match=reason) as caught:
        judge(answer)
    assert caught.value.status == 401


@pytest.mark.parametrize("reason", ["OK", "OUT", "AUTHENTICATED_FAILED, OK"])
def test_an_answer_to_us_is_taken(reason: str) -> None:
    answer = said(200, {})
    answer.headers["X-Seraph-LoginReason"] = reason
    assert judge(answer).status == 200


@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_by_itself_is_waited_for_whoever_asks(status: int) -> None:
    answer = said(status, {})
    answer.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
    with pytest.raises(UnreachableError):
        judge(answer)


def test_a_401_about_a_scope_is_not_about_the_credential() -> None:
    body = {"code": 401, "message": "Unauthorized; scope does not match"}
    with pytest.raises(NotGrantedError, match=r"scope does not match.*lacks a scope"):
        judge(said(401, body))
    with pytest.raises(UnauthorizedError):
        judge(said(401, {"code": 401, "message": "Unauthorized"}))


def test_a_page_that_says_200_does_not_pass() -> None:
    with pytest.raises(RefusedError, match="web page"):
        judge(said(200, b"<html>", "text/html;charset=UTF-8"))


@pytest.mark.parametrize(
    "error",
    [
        UnreachableError("m", 3.0, sent=False),
        ConflictError("m", 409, ["a"], {"f": "w"}),
    ],
)
def test_errors_survive_being_stored(error: ConnectorError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(again) is type(error)
    assert again.args == error.args
    assert vars(again) == vars(error)
