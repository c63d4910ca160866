"""Those who watch learn whether it lives, whether it is ready, and its figures."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.books.database import Database
from app.connections import Connections
from app.main import create_app
from tests.app.api.conftest import Api, Clock, make_parts


def test_probes_need_no_key(api: Api) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/version"):
        assert api.client.get(path).status_code == 200


def test_ready_with_books_and_schema(api: Api) -> None:
    assert api.client.get("/readyz").json() == {
        "status": "ready",
        "checks": {"database": "ok"},
    }


@pytest.mark.parametrize("url", ["sqlite:///{}/empty.db", "sqlite:///{}/no/where.db"])
def test_not_ready_without_them_but_alive(tmp_path: Path, url: str) -> None:
    books = Database(url.format(tmp_path))
    client = TestClient(create_app(make_parts(books, Connections(), Clock())))
    assert client.get("/livez").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 503
    words = ready.json()["checks"]["database"]
    assert "cd3 migrate" in words or "does not answer" in words
    assert client.get("/metrics").status_code == 200
    books.close()


def test_further_checks_count(api: Api) -> None:
    parts = replace(api.parts, checks={"worker": lambda: "it has stopped"})
    api.client.app.state.parts = parts  # type: ignore[attr-defined]  # TestClient forgets the type
    ready = api.client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"database": "ok", "worker": "it has stopped"}


def test_figures_name_routes_never_what_was_asked_for(api: Api) -> None:
    api.call("GET", "/sites/some-secret-name")
    api.client.get("/wp-admin.php")
    figures = api.client.get("/metrics").text
    assert 'route="/sites/{site}",status="404"' in figures
    assert "some-secret-name" not in figures
    assert "wp-admin" not in figures
