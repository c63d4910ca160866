"""A receiver that kills itself when it goes by a named point for the so-manieth time.

`python -m tests.app.books.dying_receiver POINT TIMES`
"""

import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from sqlalchemy import event

from app.api.parts import Parts
from app.books.arriving import Arrival
from app.books.committing import GroupCommit
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.ground import open_ground
from app.main import create_app
from app.settings import read_settings
from app.signing import SigningSecrets
from app.tally import WebhookTally
from webhooks.delivery import Delivery
from webhooks.receiver import Receiver

POINTS = ("after_verify", "before_commit", "after_commit_before_response")


@dataclass
class Fate:
    """Where this process ends."""

    point: str
    left: int

    def by(self, point: str) -> None:
        """Go by a point."""
        if point == self.point:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


class WatchedDeliveries(Deliveries):
    """Goes by right before its commits and right after them."""

    def __init__(self, database: Database, fate: Fate) -> None:
        super().__init__(database)
        self.fate = fate
        self.on_sqlite = database.engine.dialect.name == "sqlite"
        event.listen(database.engine, "commit", lambda _: fate.by("before_commit"))

    def keep(self, arrivals: Sequence[Arrival]) -> set[tuple[str, str]]:
        if not self.on_sqlite:  # there the statement commits itself
            self.fate.by("before_commit")
        kept = super().keep(arrivals)
        self.fate.by("after_commit_before_response")
        return kept


def main() -> None:
    fate = Fate(sys.argv[1], int(sys.argv[2]))
    settings = read_settings()
    ground = open_ground(settings)
    commit = GroupCommit(WatchedDeliveries(ground.database, fate))

    @asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        await commit.start()
        yield
        await commit.stop()

    async def accept(delivery: Delivery) -> bool:
        fate.by("after_verify")
        return await commit.accept(delivery)

    receiver = Receiver(
        secrets=SigningSecrets(ground.database, ground.sites),
        accept=accept,
        tally=WebhookTally(ground.registry),
    )
    parts = Parts(
        database=ground.database,
        sites=ground.sites,
        marks=ground.marks,
        connect=ground.connections,
        registry=ground.registry,
        receiver=receiver,
        beside=beside,
    )
    uvicorn.run(create_app(parts), port=settings.port, log_level="warning")


if __name__ == "__main__":
    main()
