"""A throw-away database on PostgreSQL for each test, on whichever server there is.

`CD3_TEST_POSTGRES` may name a server (postgresql+psycopg://user@host:port/postgres).
Without it the one on 127.0.0.1:5432 is asked; where none answers, one is started from
the binaries on this machine. Import the two fixtures into a conftest to use them.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy.engine import URL

from bench.postgres import NoPostgresError, any_server, new_database

__all__ = ["new_database", "postgres_server", "postgres_url"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """Find or start a server; skip where there is none."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(any_server())
        except NoPostgresError as error:
            pytest.skip(str(error))
        yield server


@pytest.fixture
def postgres_url(postgres_server: URL) -> Iterator[str]:
    """Make an empty database, and drop it after the test."""
    with new_database(postgres_server) as url:
        yield url
