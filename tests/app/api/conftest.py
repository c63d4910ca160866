"""The real app over a real SQLite file, led to a pretend Jira by respx."""

import copy
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
import respx
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.api.parts import Parts
from app.books.database import Database
from app.books.keys import Keys, Role
from app.books.marks import Marks
from app.books.migrating import migrate
from app.books.secrets import Sealer
from app.books.sites import Sites
from app.books.tokens import TokenBooks
from app.checks.doctor import Doctor
from app.connections import Connections
from app.main import create_app
from connectors.sandbox.app import Sandbox, create_sandbox
from tests.connectors.conftest import SEED, URL, ask
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

API = "/api/v1"
HOSTS = ("harbour.atlassian.net", "auth.atlassian.com", "api.atlassian.com")
SITE = {
    "name": "Harbour",
    "url": URL,
    "email": "cd3@harbour.example",
    "api_token": "cd3-token",
    "webhook_secret": "the-first-hook",
}
SEALER = Sealer(["a key that is long enough to be used"])
BACKLOG = {
    "name": "Alphabet",
    "site": "harbour",
    "jql": "project = AB",
    "mode": "money",
    "currency": "EUR",
    "pages": {"space": "AB"},
}
MAPPING: dict[str, Any] = {
    "cost_of_delay": {
        "model": "direct",
        "value": {"read": "number", "field": "customfield_10101", "per": "week"},
    },
    "duration": {
        "read": "option",
        "field": "customfield_10102",
        "table": {"S": 1, "L": 4},
        "unit": "weeks",
    },
    "outputs": {"score": "customfield_10201"},
}


@dataclass
class Clock:
    """The time, as far as the app knows."""

    at: datetime = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.at

    def wait(self, **how_long: float) -> None:
        """Let time go by."""
        self.at += timedelta(**how_long)


@dataclass
class Api:
    """The app, and a client for each role."""

    parts: Parts
    clock: Clock
    client: TestClient
    secrets: dict[str, str]
    sandbox: Sandbox
    role: str = "admin"
    asked: list[httpx.Request] = field(default_factory=list)
    # What the site says to whatever it is asked, in place of its own answers.
    answers: httpx.Response | None = None
    # What its own answers say besides.
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        role: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        """Call the API as a role (admin unless told; "" is nobody)."""
        role = self.role if role is None else role
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if role:
            named.setdefault("Authorization", f"Bearer {self.secrets[role]}")
        whole = path if path.startswith(("/api", "/docs", "/openapi")) else API + path
        if body is None:
            return self.client.request(method, whole, headers=named)
        return self.client.request(method, whole, json=body, headers=named)

    def read(self, path: str, *, role: str | None = None) -> Any:
        """GET, which must work."""
        response = self.call("GET", path, role=role)
        assert response.status_code == 200, response.text
        return response.json()

    def make(self, path: str, body: object) -> Any:
        """POST, which must work."""
        response = self.call("POST", path, body)
        assert response.status_code == 201, response.text
        return response.json()

    def change(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Change what GET shows, with its ETag."""
        tag = self.call("GET", path).headers["ETag"]
        return self.call(method, path, body, If_Match=tag)

    def filled(self) -> "Api":
        """Add a site and a backlog with a mapping."""
        self.make("/sites", SITE)
        self.make("/backlogs", BACKLOG)
        response = self.call("PUT", "/backlogs/alphabet/mapping", MAPPING)
        assert response.status_code == 201, response.text
        return self


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make books with the real schema once, to be copied."""
    path = tmp_path_factory.mktemp("books") / "cd3.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture
def books(template: Path, tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "cd3.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def make_parts(books: Database, connections: Connections, clock: Clock) -> Parts:
    return Parts(
        database=books,
        sites=Sites(SEALER),
        marks=Marks(books),
        connect=connections,
        now=clock,
        doctor=lambda: Doctor(
            database=books,
            sites=Sites(SEALER),
            marks=Marks(books),
            connections=connections,
        ),
    )


@pytest.fixture(scope="session")
def app(template: Path) -> FastAPI:
    """Make the app once, for its routes take long to build; tests give it parts."""
    books = Database(f"sqlite:///{template}")
    return create_app(make_parts(books, Connections(), Clock()))


@pytest.fixture
def api(books: Database, app: FastAPI) -> Iterator[Api]:
    with serving(app, books) as one:
        yield one


@pytest.fixture
def api_on_postgres(postgres_url: str, app: FastAPI) -> Iterator[Api]:
    books = Database(postgres_url)
    migrate(books)
    with serving(app, books) as one:
        yield one
    books.close()


@contextmanager
def serving(
    app: FastAPI, books: Database, seed: Mapping[str, Any] = SEED
) -> Iterator[Api]:
    clock = Clock()
    connections = Connections(tokens=TokenBooks(books, SEALER))
    registry = app.state.parts.registry
    parts = replace(make_parts(books, connections, clock), registry=registry)
    app.state.parts = parts
    with books.writing() as session:
        made = {
            role.value: Keys().create(session, name=role, role=role, now=clock())[1]
            for role in Role
        }
    # Errors are answers here, not exceptions of the test.
    client = TestClient(app, raise_server_exceptions=False)
    with respx.mock(assert_all_called=False) as router, client:
        sandbox = create_sandbox(copy.deepcopy(dict(seed)), url=URL)
        one = Api(parts, clock, client, made, sandbox)

        def answer(request: httpx.Request) -> httpx.Response:
            one.asked.append(request)
            if one.answers is not None:
                return one.answers
            said = ask(sandbox, request)
            said.headers.update(one.headers)
            return said

        for host in HOSTS:
            router.route(host=host).mock(side_effect=answer)
        yield one
        sandbox.close()
    connections.close()
