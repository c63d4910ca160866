"""Marks whose rescore ended without a word: the books were away for long meanwhile.

A rescore that was dispatched will take its mark; one that took it says how it ended,
which the mark then keeps. What the engine has ended and the mark does not know of is
set again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import case, null, or_, select, update
from sqlalchemy.engine import Connection

from app.books.marks import Due, Marks
from app.books.tables import MarkRow

# Younger ones are not worth a question to the engine.
HELD_FOR = timedelta(seconds=5)
MOST_HELD = 1_000

_WAITS = MarkRow.dispatched.is_(True)
_IS_HELD = or_(_WAITS, MarkRow.taken.is_not(None))
_generation = case((_WAITS, MarkRow.generation), else_=MarkRow.running)
_since = case((_WAITS, MarkRow.dispatched_at), else_=MarkRow.clock_at)


def held(connection: Connection, *, now: datetime) -> list[Due]:
    """List the rescores that the engine should hold for a while now, or run."""
    rows = connection.execute(
        select(MarkRow.backlog_id, _generation)
        .where(_IS_HELD, _since <= now - HELD_FOR)
        .order_by(_since)
        .limit(MOST_HELD)
    ).all()
    return [Due(backlog, generation) for backlog, generation in rows]


def revive(
    connection: Connection, marks: Marks, ended: Iterable[Due], *, now: datetime
) -> list[str]:
    """Set marks again whose rescores have ended and could not say so; name them.

    Who has said so meanwhile, or was told of a newer rescore, is left alone.
    """
    revived = []
    for one in sorted(ended, key=lambda due: due.backlog):
        this = MarkRow.backlog_id == one.backlog
        mark = connection.execute(
            select(MarkRow.taken)
            .where(this, _IS_HELD, _generation == one.generation)
            .with_for_update()
        ).one_or_none()
        if mark is None:
            continue
        for reason in mark.taken or ("again",):
            marks.touch(connection, [one.backlog], reason=reason, now=now)
        connection.execute(
            update(MarkRow).where(this).values(dispatched=False, taken=null())
        )
        revived.append(one.backlog)
    return revived
