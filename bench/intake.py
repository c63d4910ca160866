"""How fast deliveries are accepted, beside an empty handler and a plain commit.

`python -m bench.intake [--json] [--quick]` serves three apps, each in one uvicorn
process, and sends them signed deliveries of 4 KB over 64 connections, in turns: a
handler that only reads and parses the body, one that commits each delivery by itself
through SQLAlchemy, and ours, which says 202 no sooner than its commit. Beside them
stand the limits of this machine: what the disk syncs, and what plain drivers insert.
"""

import argparse
import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import psycopg

from app import clock
from app.books.database import Database
from app.books.migrating import migrate
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from bench.deliveries import BODY_BYTES, SECRET, SEED, SITE
from bench.intake_apps import BOOKS, SECRET_KEY
from bench.load import CONNECTIONS
from bench.postgres import NoPostgresError, any_server, new_database
from bench.servers import load, serving

ROUNDS: Final = 3
MOST_SENT: Final = 20_000
SECONDS: Final = 4.0
LIMIT_SECONDS: Final = 1.0
APPS: Final = ("empty", "commit_per_request", "ours")

Figures = dict[str, Any]


def figures(*, quick: bool = False) -> Figures:
    """Measure on both stores; `quick` sends less, and trusts fewer rounds."""
    rounds, sent = (1, 5_000) if quick else (ROUNDS, MOST_SENT)
    stores = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
    measured = {}
    for name, opened in stores.items():
        with opened() as url:
            measured[name] = url and _store(url, rounds, sent)
    return {
        "seed": SEED,
        "versions": _versions(),
        "figures": {
            "connections": CONNECTIONS,
            "body_bytes": BODY_BYTES,
            **{
                name: [{"app": app, **row} for app, row in found["apps"].items()]
                for name, found in measured.items()
                if found
            },
            "limits_per_second": {
                "fdatasync of 4 KB": _syncs(),
                **{
                    k: v
                    for found in measured.values()
                    if found
                    for k, v in found["limits"].items()
                },
            },
        },
        "ratios": {
            name: found and _ratios(found["apps"]) for name, found in measured.items()
        },
    }


def _versions() -> dict[str, str]:
    """Name what the figures hang on."""
    names = ("fastapi", "uvicorn", "uvloop", "httptools", "sqlalchemy", "psycopg")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in names},
    }


@contextmanager
def _on_sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="cd3-bench-") as folder:
        yield f"sqlite:///{Path(folder) / 'books.db'}"


@contextmanager
def _on_postgresql() -> Iterator[str | None]:
    """Give an empty database; none where the machine has no PostgreSQL."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(any_server())
        except NoPostgresError:
            yield None
            return
        yield stack.enter_context(new_database(server))


def _store(url: str, rounds: int, sent: int) -> Figures:
    """Serve all apps on one store and load them in turns."""
    _fill(url)
    turns: dict[str, list[Figures]] = {app: [] for app in APPS}
    with ExitStack() as stack:
        ports = {
            app: stack.enter_context(serving(f"bench.intake_apps:{app}", {BOOKS: url}))
            for app in APPS
        }
        for turn in range(rounds):
            for app, port in ports.items():
                turns[app].append(load(port, f"{app}-{turn}", sent, SECONDS))
    apps = {app: _medians(found) for app, found in turns.items()}
    return {"apps": apps, "limits": _insert_limits(url)}


def _fill(url: str) -> None:
    """Make the books, with the one site that the deliveries come from."""
    database = Database(url)
    migrate(database)
    site = Site(SITE, "Bench", "https://example.net", "", "", clock.now())
    secrets = SiteSecrets("token", (SECRET.decode(),))
    with database.writing() as session:
        Sites(Sealer((SECRET_KEY,))).add(session, site, secrets)
    database.close()


def _medians(turns: Sequence[Figures]) -> Figures:
    return {name: median(turn[name] for turn in turns) for name in turns[0]}


def _ratios(apps: Figures) -> Figures:
    ours = apps["ours"]["per_second"]
    return {
        "vs_empty": ours / apps["empty"]["per_second"],
        "vs_commit_per_request": ours / apps["commit_per_request"]["per_second"],
    }


def _syncs() -> float:
    """Append and sync 4 KB, again and again."""
    page = b"x" * BODY_BYTES
    with tempfile.TemporaryFile(buffering=0) as file:

        def append() -> None:
            file.write(page)
            os.fdatasync(file.fileno())

        return _per_second(append)


def _insert_limits(url: str) -> Figures:
    """Insert rows of 1 KB, as small as our bodies are compressed, with no HTTP."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as c:
            c.execute("PRAGMA synchronous = FULL")
            return _limits("SQLite", "?", c.execute, c.executemany)
    plain = url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        cursor = connection.cursor()
        return _limits("PostgreSQL", "%s", cursor.execute, cursor.executemany)


def _limits(
    store: str, mark: str, one: Callable[..., Any], many: Callable[..., Any]
) -> Figures:
    one(
        "CREATE TABLE bench_limit (id BIGINT PRIMARY KEY, body "
        + ("BLOB)" if mark == "?" else "BYTEA)")
    )
    insertion = f"INSERT INTO bench_limit VALUES ({mark}, {mark})"  # noqa: S608 - ours
    body, numbers = os.urandom(BODY_BYTES // 4), count()

    def alone() -> None:
        one(insertion, (next(numbers), body))

    def together() -> None:
        one("BEGIN")
        many(insertion, [(next(numbers), body) for _ in range(100)])
        one("COMMIT")

    return {
        f"{store}, one row a commit": _per_second(alone),
        f"{store}, 100 rows a commit": 100 * _per_second(together),
    }


def _per_second(work: Callable[[], None]) -> float:
    began, times = perf_counter(), 0
    while (passed := perf_counter() - began) < LIMIT_SECONDS:
        work()
        times += 1
    return times / passed


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="one short round only")
    chosen = parser.parse_args(arguments)
    found = figures(quick=chosen.quick)
    if chosen.json:
        print(json.dumps(found, allow_nan=False))
        return
    for store, ratios in found["ratios"].items():
        for row in found["figures"].get(store, []):
            print(
                f"{store:>10} {row['app']:<18} {row['per_second']:>8,.0f}/s,"
                f" p50 {row['p50_ms']:.1f} ms, p99 {row['p99_ms']:.1f} ms,"
                f" {row['refused']:.0f} refused"
            )
        print(f"{store:>10} {ratios or 'no server'}")


if __name__ == "__main__":
    main()
