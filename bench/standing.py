"""When Jira's backlog stood in the order that an edit asks for.

An edit's rank cannot be read from its issue's history: the fewest moves often move the
others. So both sides are looked at, several times a second: which order the service
has decided on, with the costs that it knew then; and Jira's backlog. Where Jira's
stands in a decided order, every edit that this order knows has its rank; likewise a
later edit of the same issue. An order that stood only between two looks is not seen:
the times are too long rather than too short.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import httpx

from app import clock
from app.books.database import Database
from app.books.rankings import Rankings
from app.demo.stage import Stage

LOOK_SECONDS: Final = 0.1
# Orders decided longer ago are of no interest: so many newer ones were decided since.
LAST: Final = 20


@dataclass(frozen=True, slots=True)
class Decided:
    """An order of keys, and each key's cost of delay that it was made of."""

    keys: tuple[str, ...]
    costs: Mapping[str, float]


@dataclass(slots=True)
class Standing:
    """Which decided orders Jira's backlog was seen in, and when, oldest first."""

    seen: list[tuple[datetime, Decided]] = field(default_factory=list)

    def waits(
        self, key: str, edits: Sequence[tuple[datetime, float]]
    ) -> Iterator[float]:
        """Tell of each edit of an issue, oldest first, how long its rank took.

        Of one that never got its rank it tells nothing.
        """
        seen = list(self.seen)
        times = [at for at, _ in seen]
        for number, (at, _) in enumerate(edits):
            later = [cost for _, cost in edits[number:]]
            for when, order in seen[bisect_left(times, at) :]:
                known = order.costs.get(key, -1.0)
                if any(abs(known - cost) <= 1e-6 * cost for cost in later):
                    yield (when - at).total_seconds()
                    break


@contextmanager
def standing(stage: Stage, jql: str) -> Iterator[Standing]:
    """Look while the block runs."""
    found, stopped = Standing(), threading.Event()
    thread = threading.Thread(target=_watch, args=(stage, jql, found, stopped))
    thread.start()
    try:
        yield found
    finally:
        stopped.set()
        thread.join()


def _watch(stage: Stage, jql: str, found: Standing, stopped: threading.Event) -> None:
    decided: list[Decided] = []
    with (
        closing(Database(stage.database)) as books,
        httpx.Client(
            base_url=stage.sandbox,
            auth=(stage.email, stage.token),
            trust_env=False,
            timeout=60,
        ) as person,
    ):
        while not stopped.wait(LOOK_SECONDS):
            newest = _decided(books, stage.backlog)
            if newest is not None and newest not in decided[-1:]:
                decided = [*decided, newest][-LAST:]
            keys = _keys(person, jql)
            at = clock.now()
            found.seen += [(at, one) for one in decided if _in_order(keys, one.keys)]


def _decided(books: Database, backlog: str) -> Decided | None:
    with books.reading() as session:
        ranking = Rankings().find(session, backlog)
    if ranking is None:
        return None
    items = [row["item"] for row in ranking.summary["rows"]]
    return Decided(
        tuple(item["key"] for item in items),
        {item["key"]: item["cost_of_delay"] for item in items},
    )


def _keys(person: httpx.Client, jql: str) -> list[str]:
    body = {"jql": f"{jql} ORDER BY Rank", "fields": ["summary"], "maxResults": 100}
    answer = person.post("/rest/api/3/search/jql", json=body).raise_for_status()
    return [one["key"] for one in answer.json()["issues"]]


def _in_order(keys: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether keys stand as wanted; those that nobody ranks do not matter."""
    ranked = set(wanted)
    return [key for key in keys if key in ranked] == list(wanted)
