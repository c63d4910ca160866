"""Every error is problem+json with a code, tells no secret, and wears its headers."""

import json
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.api.shield import MOST_BODY_BYTES
from app.books.sites import Site
from tests.app.api.conftest import SITE, Api

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def assert_problem(response: httpx2.Response, status: int, code: str) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"] == f"urn:cd3:problem:{code}"
    assert body["request_id"] == response.headers["X-Request-Id"]
    return body


def send(api: Api, content: bytes, **headers: str) -> httpx2.Response:
    named = {
        "Authorization": f"Bearer {api.secrets['admin']}",
        "Content-Type": "application/json",
    }
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.client.post("/api/v1/sites", content=content, headers=named | more)


def test_no_such_path(api: Api) -> None:
    for path in ("/api/v1/nothing", "/api/v1/sites/", "/.env", "/api/v1/sites/a/b"):
        assert_problem(api.call("GET", path), 404, "not_found")


def test_no_such_method(api: Api) -> None:
    for method in ("DELETE", "TRACE", "PATCH"):
        response = api.call(method, "/sites")
        assert_problem(response, 405, "method_not_allowed")
        assert response.headers["Allow"]


def test_no_key_and_too_low_a_role(api: Api) -> None:
    assert_problem(api.call("GET", "/sites", role=""), 401, "no_valid_key")
    low = assert_problem(api.call("GET", "/keys", role="approver"), 403, "role_too_low")
    assert "admin" in low["detail"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "json_invalid"),
        (b'{"name": NaN}', "json_invalid"),
        (b'{"name": "\\ud800"}', "json_invalid"),
        (b"[" * 30_000, "json_invalid"),
        (b"\xff\xfe", "json_invalid"),
        (b"[]", "model_attributes_type"),
        (b"null", "model_attributes_type"),
        (b"", "missing"),
    ],
)
def test_a_body_that_is_none(api: Api, content: bytes, code: str) -> None:
    body = assert_problem(send(api, content), 422, "invalid_input")
    assert body["errors"][0]["code"] == code
    assert body["errors"][0]["pointer"] == ""


def test_what_was_sent_is_never_repeated(api: Api) -> None:
    canary = "canary-4711"
    for body in (
        SITE | {"api_token": [canary]},
        SITE | {"webhook_secret": {"x": canary}},
        {"email": {"x": canary}},
        [canary],
    ):
        answer = send(api, json.dumps(body).encode())
        assert_problem(answer, 422, "invalid_input")
        assert canary not in answer.text


def test_a_large_body(api: Api) -> None:
    large = b'{"name": "' + b"x" * MOST_BODY_BYTES + b'"}'
    assert_problem(send(api, large), 413, "request_entity_too_large")


def test_a_large_body_that_hides_its_length(api: Api) -> None:
    def pieces() -> Any:
        for _ in range(100):
            yield b" " * 1024

    response = api.client.post(
        "/api/v1/sites",
        content=pieces(),
        headers={
            "Authorization": f"Bearer {api.secrets['admin']}",
            "Content-Type": "application/json",
        },
    )
    assert_problem(response, 413, "request_entity_too_large")


def test_a_foreign_type_of_body(api: Api) -> None:
    assert_problem(send(api, b"{}", Content_Type="text/xml"), 422, "invalid_input")


class BrokenSites:
    """Breaks with words that nobody outside may read."""

    def list(self, _session: Session, **_more: object) -> tuple[Site, ...]:
        raise RuntimeError("canary-in-the-mine")


def test_our_own_fault_tells_nothing_but_is_in_the_log(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    object.__setattr__(api.parts, "sites", BrokenSites())
    response = api.call("GET", "/sites")
    body = assert_problem(response, 500, "unexpected")
    assert "canary" not in response.text
    assert set(body) == {"type", "title", "status", "code", "instance", "request_id"}
    assert "canary-in-the-mine" in caplog.text
    assert body["request_id"] in caplog.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "cursor=nonsense",
        "cursor=WyJhdWRpdCIsLTFd",  # ["audit",-1]
        "cursor=WyJhdWRpdCIsInRleHQiXQ==",  # ["audit","text"]
        "cursor=WyJzaXRlcyIsImEiXQ==",  # ["sites","a"]
        "object=%00",
        "cursor=" + "A" * 501,
    ],
)
def test_senseless_pieces_of_lists(api: Api, query: str) -> None:
    body = assert_problem(api.call("GET", f"/audit?{query}"), 422, "invalid_input")
    assert body["errors"][0]["pointer"] == "/" + query.partition("=")[0]
    assert body["errors"][0]["in"] == "query"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = ("name", "url", "email", "api_token", "mode", "jql", "pages", "site")
BODIES = JSON | st.fixed_dictionaries(dict.fromkeys(NAMES, JSON))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
    ],
)
@given(body=BODIES)
def test_no_body_whatever_is_our_fault(api: Api, body: object) -> None:
    content = json.dumps(body).encode()
    headers = {
        "Authorization": f"Bearer {api.secrets['admin']}",
        "Content-Type": "application/json",
    }
    for path in ("sites", "backlogs", "keys"):
        response = api.client.post(f"/api/v1/{path}", content=content, headers=headers)
        assert response.status_code in {201, 422}
        if response.status_code == 422:
            assert_problem(response, 422, "invalid_input")
