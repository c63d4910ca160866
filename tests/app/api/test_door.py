"""Deliveries come in by a door of their own, as guarded and counted as all else."""

from dataclasses import replace

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from starlette.responses import JSONResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.main import create_app
from tests.app.api.conftest import Api

PATH = "/webhooks/jira/acme"


async def receiver(scope: Scope, receive: Receive, send: Send) -> None:
    """Say which site was named; break for one of them."""
    site = scope["path_params"]["site"]
    if site == "broken":
        raise RuntimeError("out of paper")
    await JSONResponse({"site": site}, status_code=202)(scope, receive, send)


@pytest.fixture
def door(api: Api) -> TestClient:
    parts = replace(api.parts, receiver=receiver, registry=CollectorRegistry())
    return TestClient(create_app(parts), raise_server_exceptions=False)


def guarded(response: httpx2.Response) -> bool:
    return (
        response.headers["x-content-type-options"] == "nosniff"
        and response.headers["content-security-policy"].startswith("default-src 'none'")
        and response.headers["cache-control"] == "no-store"
    )


def test_a_delivery_reaches_the_receiver_and_is_counted(door: TestClient) -> None:
    response = door.post(PATH, content=b"{}")
    assert (response.status_code, response.json()) == (202, {"site": "acme"})
    assert guarded(response)
    figures = door.get("/metrics").text
    counted = 'method="POST",route="/webhooks/jira/{site}",status="202"} 1.0'
    assert counted in figures
    assert "acme" not in figures


def test_what_is_no_delivery_goes_the_long_way(door: TestClient) -> None:
    assert door.get(PATH).status_code == 405
    for path in ("/webhooks/jira/", f"{PATH}/", f"{PATH}/more/yet", "/webhooks/other"):
        response = door.post(path)
        assert response.status_code == 404
        assert guarded(response)


def test_an_unexpected_error_is_a_problem_that_tells_nothing(door: TestClient) -> None:
    response = door.post("/webhooks/jira/broken")
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "paper" not in response.text
    assert guarded(response)
