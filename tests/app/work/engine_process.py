"""A process of its own that runs the engine; its errand notes what it does in a file.

`python -m tests.app.work.engine_process URL NAME LOG SECONDS [BACKLOG:GENERATION ...]`
SECONDS is how long each errand takes, or a file: so long as that is not there.
A number with a `!` behind it is queued in a transaction that comes to nothing; one with
a `?` counts as begun by us though nobody told us, as when the database dies on its way.
"""

import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from app import clock
from app.books.database import Database
from app.books.workers import Workers
from app.console.ending import end_if_held
from app.work.engine import DbosEngine, DbosSettings, engine_url
from app.work.heartbeat import Heartbeat
from tests.gates import gate

# On a slow machine one who lives may be silent for a while.
LEASE = timedelta(seconds=gate(2, loosely=4))
BEGUN = text(
    "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = :name"
    " WHERE workflow_uuid = :work"
)


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
        if seconds.startswith("/"):
            while not Path(seconds).exists():
                time.sleep(0.02)
        else:
            time.sleep(float(seconds))
        note(f"end {backlog} {generation}")
        return "done"

    heartbeat.first()
    engine.launch(errand)
    heartbeat.start()
    for one in queue:
        backlog, _, generation = one.partition(":")
        with database.transaction() as connection:
            engine.enqueue(connection, backlog, int(generation.strip("!?")))
            if generation.endswith("?"):
                work = f"rescore:{one.strip('?')}"
                connection.execute(BEGUN, {"name": name, "work": work})
            if generation.endswith("!"):
                connection.rollback()
                note(f"took back {one}")
    note("ready")
    sys.stdin.read()  # until the test closes it
    heartbeat.stop()
    numbers = [one.partition(":")[::2] for one in queue]
    given = [(one, int(number.strip("!?"))) for one, number in numbers]
    note(f"unfinished {sorted(engine.unfinished([*given, ('never', 1)]))}")
    note(f"pruned {engine.prune(now=clock.now() + timedelta(days=3))}")
    engine.close(seconds=0)
    heartbeat.leave()
    database.close()
    end_if_held()


if __name__ == "__main__":
    main()
