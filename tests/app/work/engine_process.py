"""A process of its own that runs the engine; its errand notes what it does in a file.

`python -m tests.app.work.engine_process URL NAME LOG SECONDS [BACKLOG:GENERATION ...]`
A number with a `!` behind it is queued in a transaction that comes to nothing.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

from app import clock
from app.books.database import Database
from app.books.workers import Workers
from app.work.engine import DbosEngine, DbosSettings, engine_url
from app.work.heartbeat import Heartbeat

LEASE = timedelta(seconds=2)


def main() -> None:
    url, name, log, seconds, *queue = sys.argv[1:]
    database = Database(url)
    shared = None if url.startswith("sqlite") else database.engine
    engine = DbosEngine(DbosSettings(engine_url(url), name, shared, 0.05))
    heartbeat = Heartbeat(Workers(database, LEASE), engine)

    def note(line: str) -> None:
        with Path(log).open("a") as file:
            file.write(line + "\n")

    def errand(backlog: str, generation: int) -> str:
        note(f"begin {backlog} {generation}")
        time.sleep(float(seconds))
        note(f"end {backlog} {generation}")
        return "done"

    heartbeat.first()
    engine.launch(errand)
    heartbeat.start()
    for one in queue:
        backlog, _, generation = one.partition(":")
        with database.transaction() as connection:
            engine.enqueue(connection, backlog, int(generation.strip("!")))
            if generation.endswith("!"):
                connection.rollback()
                note(f"took back {one}")
    note("ready")
    sys.stdin.read()  # until the test closes it
    heartbeat.stop()
    note(f"pruned {engine.prune(now=clock.now() + timedelta(days=3))}")
    engine.close(seconds=0)
    heartbeat.leave()
    database.close()


if __name__ == "__main__":
    main()
