"""How fast deliveries are accepted, beside an empty handler and a plain commit.

`python -m bench.intake [--json] [--quick]` serves three apps, each in one uvicorn
process, and sends them signed deliveries of 4 KB over 64 connections, in turns: a
handler that only reads and parses the body, one that commits each delivery by itself
through SQLAlchemy, and ours, which says 202 no sooner than its commit. In each turn
the limits of this machine are taken too: what the disk syncs, and what plain drivers
insert; and on SQLite the last two apps once more, where each sync takes 2 ms longer.
A ratio is the median of the turns' ratios: what slows one turn down slows both sides.
"""

import argparse
import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
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
from bench.disk import NoCompilerError, disk
from bench.intake_apps import BOOKS, SECRET_KEY
from bench.load import CONNECTIONS
from bench.postgres import NoPostgresError, any_server, new_database
from bench.servers import load, serving

ROUNDS: Final = 7
MOST_SENT: Final = 20_000
SECONDS: Final = 4.0
SLOW_MS: Final = 2
LIMIT_SECONDS: Final = 0.3
SYNCED_PAGES: Final = 1_024
APPS: Final = ("empty", "commit_per_request", "ours")

Figures = dict[str, Any]
# One turn: what each app, and each limit, was measured to do.
Turn = dict[str, Any]
LIMITS: Final = "limits"


def figures(*, quick: bool = False) -> Figures:
    """Measure on both stores; `quick` sends less, and trusts fewer rounds."""
    rounds, sent = (1, 5_000) if quick else (ROUNDS, MOST_SENT)
    stores = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
    measured = {}
    for name, opened in stores.items():
        with opened() as url:
            measured[name] = url and _store(url, rounds, sent)
    there = {name: found for name, found in measured.items() if found}
    limits = {k: v for f in there.values() for k, v in _limits_of(f.turns).items()}
    slow = there["sqlite"].slow
    return {
        "seed": SEED,
        "versions": _versions(),
        "figures": {
            "connections": CONNECTIONS,
            "body_bytes": BODY_BYTES,
            "turns": rounds,
            **{name: _rows(found.turns, APPS) for name, found in there.items()},
            f"sqlite, each sync {SLOW_MS} ms slower": _rows(slow, APPS[1:])
            or "no C compiler",
            "limits_per_second": limits,
        },
        "ratios": {name: found and _ratios(found) for name, found in measured.items()},
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """The turns of one store, and those on a slow disk."""

    turns: Sequence[Turn]
    slow: Sequence[Turn] = ()


def _rows(turns: Sequence[Turn], apps: Sequence[str]) -> list[Figures]:
    """Give each app's medians over the turns."""
    return [
        {"app": app, **_medians([turn[app] for turn in turns])} for app in apps if turns
    ]


def _limits_of(turns: Sequence[Turn]) -> Figures:
    return _medians([turn[LIMITS] for turn in turns])


def _versions() -> dict[str, str]:
    """Name what the figures hang on."""
    names = (
        "fastapi",
        "uvicorn",
        "uvloop",
        "httptools",
        "sqlalchemy",
        "psycopg",
        "asyncpg",
    )
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


def _store(url: str, rounds: int, sent: int) -> Measured:
    """Serve all apps on one store and load them in turns."""
    fill(url)
    with _limits(url) as limits:
        turns = list(_in_turns(url, APPS, range(rounds), sent, limits=limits))
    if url.startswith("sqlite"):
        return Measured(turns, list(_on_slow_disk(url, range(rounds), sent)))
    return Measured(turns)


def _in_turns(  # noqa: PLR0913 - all named where it is called
    url: str,
    apps: Sequence[str],
    rounds: Iterable[int],
    sent: int,
    *,
    environment: Mapping[str, str] | None = None,
    limits: Callable[[], Figures] = dict,
) -> Iterator[Turn]:
    around = {BOOKS: url, **(environment or {})}
    with ExitStack() as stack:
        ports = {
            app: stack.enter_context(serving(f"bench.intake_apps:{app}", around))
            for app in apps
        }
        for number in rounds:
            turn: Turn = {LIMITS: limits()}
            for app, port in ports.items():
                name = f"{app}-{number}{'-slow' if environment else ''}"
                turn[app] = load(port, name, sent, SECONDS)
            yield turn


def _on_slow_disk(url: str, rounds: Iterable[int], sent: int) -> Iterator[Turn]:
    """Let each sync take longer, as on disks that others use too; none without a cc."""
    with tempfile.TemporaryDirectory(prefix="cd3-bench-") as folder:
        try:
            slow = disk(Path(folder), slow_ms=SLOW_MS)
        except NoCompilerError:
            return
        yield from _in_turns(url, APPS[1:], rounds, sent, environment=slow)


def fill(url: str, *names: str) -> None:
    """Make the books, with the sites that deliveries come from."""
    database = Database(url)
    migrate(database)
    secrets = SiteSecrets("token", (SECRET.decode(),))
    with database.writing() as session:
        for name in names or (SITE,):
            site = Site(name, "Bench", "https://example.net", "", "", clock.now())
            Sites(Sealer((SECRET_KEY,))).add(session, site, secrets)
    database.close()


def _medians(turns: Sequence[Figures]) -> Figures:
    return {name: median(turn[name] for turn in turns) for name in turns[0]}


def _ratios(found: Measured) -> Figures:
    """Divide what ours accepts a second by what the others do, turn by turn."""
    turns, slow = found.turns, found.slow
    empty = _over(turns, "empty", "per_second")
    ratios = {
        "vs_empty": median(empty),
        "vs_empty_lowest": min(empty),
        "vs_empty_highest": max(empty),
        "vs_commit_per_request": median(_over(turns, APPS[1], "per_second")),
    }
    for name in turns[0][LIMITS]:
        ratios[f"vs_{name}"] = median(_over(turns, LIMITS, name))
    if slow:
        ratios["vs_commit_per_request_on_slow_disk"] = median(
            _over(slow, APPS[1], "per_second")
        )
    return ratios


def _over(turns: Sequence[Turn], other: str, figure: str) -> list[float]:
    return [turn["ours"]["per_second"] / turn[other][figure] for turn in turns]


@contextmanager
def _limits(url: str) -> Iterator[Callable[[], Figures]]:
    """Give what measures the limits under a store, with no HTTP, once a call."""
    with ExitStack() as stack:
        # As a write-ahead log does once it is full: over what is there already.
        file = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        page, at = b"x" * BODY_BYTES, count()
        file.write(page * SYNCED_PAGES)

        def sync() -> None:
            os.pwrite(file.fileno(), page, next(at) % SYNCED_PAGES * len(page))
            os.fdatasync(file.fileno())

        if url.startswith("sqlite"):
            # Beside the books: these need no room in their log.
            path = url.removeprefix("sqlite:///") + ".limits"
            sqlite = sqlite3.connect(path, isolation_level=None)
            sqlite.execute("PRAGMA journal_mode = WAL")
            stack.enter_context(closing(sqlite))
            sqlite.execute("PRAGMA synchronous = FULL")
            inserts = _inserts("SQLite", "?", sqlite.execute, sqlite.executemany)
        else:
            plain = url.replace("+psycopg", "")
            cursor = stack.enter_context(
                psycopg.connect(plain, autocommit=True)
            ).cursor()
            inserts = _inserts("PostgreSQL", "%s", cursor.execute, cursor.executemany)
        yield lambda: {f"fdatasync of {BODY_BYTES} B": _per_second(sync), **inserts()}


def _inserts(
    store: str, mark: str, one: Callable[..., Any], many: Callable[..., Any]
) -> Callable[[], Figures]:
    """Insert rows of 1 KB, as small as our bodies are compressed."""
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

    return lambda: {
        f"{store} insert, one row a commit": _per_second(alone),
        f"{store} insert, 100 rows a commit": 100 * _per_second(together),
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
