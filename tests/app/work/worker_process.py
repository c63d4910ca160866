"""A worker in a process of its own that dies or freezes at a named point, once told to.

`python -m tests.app.work.worker_process NAME FOLDER`

It notes in `FOLDER/history` when each run of the errand begins and ends. When there is
`kill POINT` or `freeze POINT` in `FOLDER/order`, the first worker that comes by the
point takes the order and obeys it.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy.orm import Session

from app.books.backlogs import Backlog
from app.books.debounce import Debounce
from app.books.marks import Marks, Taken
from app.books.pages import KeptPage
from app.books.rankings import Ranking, Rankings
from app.books.sites import Site, SiteSecrets
from app.ground import open_ground
from app.hiring import hire, make_errand
from app.settings import read_settings
from app.work.fencing import Fence
from app.work.paging import Draft
from app.work.publishing import Publisher
from app.work.task import Connect
from connectors.asking import asking
from connectors.clients import AnyJira
from connectors.confluence import Confluence

POINTS = ("after_take", "after_gather", "after_rank", "between_scores", "before_pages")


@dataclass(frozen=True)
class Orders:
    """Says where this process goes by, and obeys the order that waits there."""

    folder: Path
    name: str

    def note(self, what: str) -> None:
        """Add a line to the history: who, what, when."""
        with (self.folder / "history").open("a") as file:
            file.write(f"{time.monotonic():.3f} {self.name} {what}\n")

    def by(self, point: str) -> bool:
        """Go by a point; tell whether that was the one, and we live on."""
        order, mine = self.folder / "order", self.folder / f"order-{self.name}"
        try:
            if order.read_text().split()[1:] != [point]:
                return False
            order.rename(mine)  # only one of us can
        except FileNotFoundError:
            return False
        what = mine.read_text().split()[0]
        self.note(what)
        os.kill(os.getpid(), signal.SIGKILL if what == "kill" else signal.SIGSTOP)
        return True


class WatchedMarks(Marks):
    """Goes by when a rescore has been taken."""

    orders: Orders

    def take(self, backlog: str, generation: int, *, now: datetime) -> Taken | None:
        taken = super().take(backlog, generation, now=now)
        self.orders.by("after_take")
        return taken


@dataclass(frozen=True)
class WatchedRankings(Rankings):
    """Goes by when all is read and nothing kept."""

    orders: Orders

    def put(self, session: Session, ranking: Ranking) -> bool:
        self.orders.by("after_gather")
        return super().put(session, ranking)


@dataclass(frozen=True)
class WatchedJira:
    """A Jira that goes by before and after writes."""

    jira: AnyJira
    orders: Orders

    def __getattr__(self, name: str) -> Any:
        return getattr(self.jira, name)

    def rank(self, *arguments: Any) -> Any:
        done = self.jira.rank(*arguments)
        self.orders.by("after_rank")
        return done

    def write_fields(self, *arguments: Any, **named: Any) -> None:
        self.orders.by("before_score")
        if self.orders.by("late_score"):
            with asking(lambda: None):  # as if it had asked before it froze
                self.jira.write_fields(*arguments, **named)
        else:
            self.jira.write_fields(*arguments, **named)
        self.orders.by("between_scores")


@dataclass(frozen=True)
class WatchedPublisher(Publisher):
    """Goes by before the pages."""

    orders: Orders | None = None

    def publish(
        self,
        confluence: Confluence,
        backlog: Backlog,
        drafts: Sequence[Draft],
        *,
        now: datetime,
        fence: Fence,
    ) -> list[KeptPage]:
        assert self.orders is not None
        self.orders.by("before_pages")
        return super().publish(
            confluence,
            backlog,
            drafts,
            now=now,
            fence=fence,
        )


def watched(connect: Connect, orders: Orders) -> Connect:
    def open_way(site: Site, secrets: SiteSecrets) -> tuple[AnyJira, Confluence]:
        jira, confluence = connect(site, secrets)
        return cast("AnyJira", WatchedJira(jira, orders)), confluence

    return open_way


def main() -> None:
    name, folder = sys.argv[1:]
    orders = Orders(Path(folder), name)
    ground = open_ground(read_settings())
    marks = WatchedMarks(ground.database, Debounce())
    marks.orders = orders
    plain = make_errand(ground)
    errand = replace(
        plain,
        marks=marks,
        rankings=WatchedRankings(orders),
        publisher=WatchedPublisher(
            ground.database, plain.publisher.pages, orders=orders
        ),
        tasks=replace(plain.tasks, connect=watched(plain.tasks.connect, orders)),
    )

    def noted(backlog: str, generation: int) -> str:
        orders.note(f"begin {backlog} {generation}")
        try:
            return errand(backlog, generation)
        finally:
            orders.note(f"end {backlog} {generation}")

    worker = hire(ground, noted, name=name)
    worker.start()
    orders.note("ready")
    sys.stdin.read()  # until the test closes it
    worker.stop()
    ground.close()


if __name__ == "__main__":
    main()
