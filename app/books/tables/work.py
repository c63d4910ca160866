"""What is to be done, and by whom: deliveries, marks, workers, shared limits."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.books.tables.base import Base, Serial


class DeliveryRow(Base):
    """One webhook delivery as it came; the body is compressed (zlib).

    `state` is `new`, `done`, `ignored` or `dead`; `reason` says why where it is one of
    the last two. Unique by identifier and by body, for headers are not signed.

    `tries` counts the workers that ended while they read it. `history` holds what came
    before the present state, where there is such a thing: earlier ends, and who had it
    read again.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("site_id", "identifier"),
        UniqueConstraint("site_id", "body_hash"),
        Index("ix_deliveries_state_id", "state", "id"),
        # The few that workers died of; arriving rows are not in it.
        Index(
            "ix_deliveries_tries",
            "tries",
            sqlite_where=text("tries > 0"),
            postgresql_where=text("tries > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    site_id: Mapped[str] = mapped_column(String(64))
    identifier: Mapped[str] = mapped_column(String(256))
    body_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    flow: Mapped[str] = mapped_column(String(16), default="")
    retry: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="new")
    reason: Mapped[str] = mapped_column(default="")
    event: Mapped[str] = mapped_column(default="")
    issue_key: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    history: Mapped[list[Any] | None]


class MarkRow(Base):
    """A backlog's dirty mark. The row stays; `generation` only grows.

    `dirty_at` is when the oldest unread change was seen, `due_at` when to start, and
    `changes` how many were seen since.
    `dispatched` says that the engine holds a rescore for `generation`. `running` is
    the generation of the newest rescore that began: older ones may no longer write.
    `run` counts beginnings, so that of two runs of one rescore (a worker was taken for
    dead, and was not) only the later may write; `taken` is why it runs, and nothing
    once it has said how it ended. `attempts` counts failures since the last success,
    and until `not_before` no webhook starts another try; `clock_at` is when the round
    by the clock last came by.

    Generations begin at the seconds since 2026, so that a backlog made anew under an
    old name never meets the numbers of the one before.
    """

    __tablename__ = "marks"

    backlog_id: Mapped[str] = mapped_column(
        ForeignKey("backlogs.id", ondelete="CASCADE"), primary_key=True
    )
    generation: Mapped[int] = mapped_column(default=0)
    dirty_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(default=0, server_default="0")
    dispatched: Mapped[bool] = mapped_column(default=False)
    running: Mapped[int] = mapped_column(default=0)
    run: Mapped[int] = mapped_column(default=0, server_default="0")
    attempts: Mapped[int] = mapped_column(default=0)
    dispatched_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    clock_at: Mapped[datetime | None]
    reasons: Mapped[list[Any]]
    taken: Mapped[list[Any] | None]


class WorkerRow(Base):
    """A worker that lives, or did: whoever has not beaten for a lease is given up.

    `reading` names the deliveries that it reads at this moment, or did when it died.
    """

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    reading: Mapped[list[Any] | None]


class LimitRow(Base):
    """What all workers of a site know of one of its limits.

    `scope` is a product (`jira`), an endpoint with its method, or an issue. Moments are
    seconds of the database's clock since 1970: `until` it is left alone, because of
    `reason`; `next_at` is the next free turn of its pace. A circuit, a product's or
    an endpoint's, is open where `opened` (how often in a row) is not 0: until
    `open_until`, then for all but the one who tries, until `probe_until`.
    """

    __tablename__ = "site_limits"

    site_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str] = mapped_column(String(256), primary_key=True)
    until: Mapped[float] = mapped_column(default=0.0)
    reason: Mapped[str] = mapped_column(default="")
    next_at: Mapped[float] = mapped_column(default=0.0)
    opened: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[float] = mapped_column(default=0.0)
    probe_until: Mapped[float] = mapped_column(default=0.0)


class SightingRow(Base):
    """When a site's webhook was last heard, and what came without one since.

    `missed` counts changes that only a comparison with Jira told of.
    """

    __tablename__ = "sightings"

    site_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    heard_at: Mapped[datetime | None]
    missed: Mapped[int] = mapped_column(default=0)
    missed_at: Mapped[datetime | None]
