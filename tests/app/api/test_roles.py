"""Every operation is for one role and those above it, and none is left out."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.guard import GuardedRoute
from app.api.probes import PROBES
from tests.app.api.conftest import Api

# The lowest role that may do it. A new route without a line here fails a test below.
LOWEST = {
    ("GET", "/api/v1/sites"): "reader",
    ("POST", "/api/v1/sites"): "admin",
    ("GET", "/api/v1/sites/{site}"): "reader",
    ("PUT", "/api/v1/sites/{site}"): "admin",
    ("PATCH", "/api/v1/sites/{site}"): "admin",
    ("DELETE", "/api/v1/sites/{site}"): "admin",
    ("POST", "/api/v1/sites/{site}/authorization"): "admin",
    ("POST", "/api/v1/sites/{site}/check"): "admin",
    ("POST", "/api/v1/sites/{site}/authorization/code"): "admin",
    ("GET", "/api/v1/sites/{site}/fields"): "reader",
    ("GET", "/api/v1/sites/{site}/link-types"): "reader",
    ("GET", "/api/v1/sites/{site}/boards"): "reader",
    ("GET", "/api/v1/sites/{site}/held-writes"): "reader",
    ("POST", "/api/v1/sites/{site}/held-writes/{key}/retry"): "approver",
    ("GET", "/api/v1/backlogs"): "reader",
    ("POST", "/api/v1/backlogs"): "admin",
    ("GET", "/api/v1/backlogs/{backlog}"): "reader",
    ("PUT", "/api/v1/backlogs/{backlog}"): "admin",
    ("PATCH", "/api/v1/backlogs/{backlog}"): "admin",
    ("DELETE", "/api/v1/backlogs/{backlog}"): "admin",
    ("GET", "/api/v1/backlogs/{backlog}/mapping"): "reader",
    ("PUT", "/api/v1/backlogs/{backlog}/mapping"): "admin",
    ("GET", "/api/v1/backlogs/{backlog}/mapping/suggestions"): "reader",
    ("POST", "/api/v1/backlogs/{backlog}/mapping/preview"): "admin",
    ("GET", "/api/v1/backlogs/{backlog}/mapping/versions"): "reader",
    ("GET", "/api/v1/backlogs/{backlog}/ranking"): "reader",
    ("GET", "/api/v1/backlogs/{backlog}/items/{key}"): "reader",
    ("POST", "/api/v1/backlogs/{backlog}/what-if"): "reader",
    ("GET", "/api/v1/backlogs/{backlog}/pages"): "reader",
    ("POST", "/api/v1/backlogs/{backlog}/pages/publish"): "approver",
    ("GET", "/api/v1/deliveries"): "reader",
    ("GET", "/api/v1/deliveries/{delivery}"): "reader",
    ("POST", "/api/v1/deliveries/replay"): "approver",
    ("POST", "/api/v1/deliveries/{delivery}/replay"): "approver",
    ("POST", "/api/v1/deliveries/{delivery}/discard"): "approver",
    ("GET", "/api/v1/audit"): "reader",
    ("GET", "/api/v1/keys"): "admin",
    ("POST", "/api/v1/keys"): "admin",
    ("GET", "/api/v1/keys/{key_id}"): "admin",
    ("DELETE", "/api/v1/keys/{key_id}"): "admin",
    ("GET", "/openapi.json"): "reader",
    ("GET", "/docs"): "reader",
}
ROLES = ("", "reader", "approver", "admin")


def served(api: Api) -> dict[tuple[str, str], APIRoute]:
    return {
        (method, path): route
        for path, route in walk(api)
        for method in route.methods or ()
    }


def walk(api: Api) -> Iterator[tuple[str, APIRoute]]:
    assert isinstance(api.client.app, FastAPI)
    for context in iter_route_contexts(api.client.app.routes):
        assert isinstance(context.original_route, APIRoute)
        assert context.path is not None
        yield context.path, context.original_route


def test_every_route_has_its_line(api: Api) -> None:
    open_to_all = {("GET", path) for path in PROBES}
    assert set(served(api)) == set(LOWEST) | open_to_all


def test_every_route_but_the_probes_stands_behind_the_guard(api: Api) -> None:
    for (_, path), route in served(api).items():
        assert isinstance(route, GuardedRoute) == (path not in PROBES)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(api: Api, role: str) -> None:
    for (method, path), lowest in LOWEST.items():
        concrete = (
            path.replace("{site}", "nothing")
            .replace("{backlog}", "nothing")
            .replace("{key}", "AB-1")
            .replace("{key_id}", "key_0")
            .replace("{delivery}", "1")
        )
        status = api.call(method, concrete, role=role).status_code
        if not role:
            assert status == 401, (method, path)
        elif ROLES.index(role) < ROLES.index(lowest):
            assert status == 403, (method, path)
        else:  # nothing is there, or nothing was sent: what matters is who may ask
            assert status in {200, 404, 422}, (method, path, status)


@pytest.mark.parametrize(
    "header",
    [
        "Bearer ",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer cd3_live_" + "0" * 38,
        "cd3_live_x",
        "Bearer \x00",
    ],
)
def test_a_bad_key_is_refused(api: Api, header: str) -> None:
    response = api.call("GET", "/sites", role="", Authorization=header)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "no_valid_key"
    assert "cd3 keys create" in response.json()["detail"]


def test_a_revoked_key_opens_nothing_from_the_next_request_on(api: Api) -> None:
    made = api.make("/keys", {"name": "brief", "role": "reader"})
    bearer = f"Bearer {made['key']}"
    assert api.call("GET", "/sites", role="", Authorization=bearer).is_success
    assert api.call("DELETE", f"/keys/{made['id']}").status_code == 204
    after = api.call("GET", "/sites", role="", Authorization=bearer)
    assert after.status_code == 401


def test_a_key_ends_when_it_was_said(api: Api) -> None:
    ends = "2026-11-02T10:00:00Z"  # an hour from now
    made = api.make("/keys", {"name": "brief", "role": "reader", "expires_at": ends})
    bearer = f"Bearer {made['key']}"
    api.clock.wait(minutes=59)
    assert api.call("GET", "/sites", role="", Authorization=bearer).is_success
    api.clock.wait(minutes=1)
    after = api.call("GET", "/sites", role="", Authorization=bearer)
    assert after.status_code == 401


def test_the_documents_take_the_key_as_a_browsers_password(api: Api) -> None:
    secret = api.secrets["reader"]
    for path in ("/docs", "/openapi.json"):
        refused = api.client.get(path)
        assert "Basic" in refused.headers["WWW-Authenticate"]
        assert api.client.get(path, auth=("anybody", secret)).is_success
    # Elsewhere a password would travel with whatever a page made the browser ask for.
    assert api.client.get("/api/v1/sites", auth=("anybody", secret)).status_code == 401
