"""A process of its own that runs the engine; its errand notes what it does in a file.

`python -m tests.app.work.engine_process URL LOG SECONDS [BACKLOG:GENERATION ...]`
"""

import sys
import time
from pathlib import Path

from sqlalchemy import create_engine

from app.work.engine import DbosEngine, DbosSettings


def main() -> None:
    url, log, seconds, *queue = sys.argv[1:]
    engine = DbosEngine(DbosSettings(url, "worker-1", polling_seconds=0.05))

    def note(line: str) -> None:
        with Path(log).open("a") as file:
            file.write(line + "\n")

    def errand(backlog: str, generation: int) -> str:
        note(f"begin {backlog} {generation}")
        time.sleep(float(seconds))
        note(f"end {backlog} {generation}")
        return "done"

    engine.launch(errand)
    with create_engine("sqlite://").connect() as connection:
        for one in queue:
            backlog, generation = one.split(":")
            engine.enqueue(connection, backlog, int(generation))
    note("ready")
    sys.stdin.read()  # until the test closes it
    engine.close(seconds=5)


if __name__ == "__main__":
    main()
