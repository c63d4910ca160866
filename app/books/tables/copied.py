"""What we know of Jira's issues, and what we wrote to them or still owe."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.books.tables.base import Base, Serial


class SnapshotRow(Base):
    """How far our copy of a backlog's issues goes, and by which settings it was read.

    `read_at` is when the last whole reading ended (nothing: there is no copy),
    `swept_at` when the last comparison with Jira began; `reading` counts what a whole
    reading has read so far. `names` are the site's fields by id, `troubles` what of
    the evidence could not be read. `round` numbers the whole readings, `found` counts
    changes that no webhook told of. `rank_field` is the id of the field that ranks.
    """

    __tablename__ = "snapshots"

    backlog_id: Mapped[str] = mapped_column(
        ForeignKey("backlogs.id", ondelete="CASCADE"), primary_key=True
    )
    backlog_version: Mapped[int]
    mapping_version: Mapped[int]
    round: Mapped[int] = mapped_column(default=0)
    reading: Mapped[int | None]
    read_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]
    names: Mapped[dict[str, Any]]
    troubles: Mapped[dict[str, Any]]
    projects: Mapped[list[Any]]
    found: Mapped[int] = mapped_column(default=0)
    rank_field: Mapped[str] = mapped_column(
        String(64), default="", server_default=text("''")
    )


class CopyRow(Base):
    """Our copy of one issue, as one part of a backlog reads it.

    `part` is `issues`, a kind of evidence, or `linked` for what only a link leads to.
    `fields` is JSON of the fields that we map; `updated` is Jira's own, in
    milliseconds: a copy never gives way to an older one. `round` is the whole reading
    that saw it last, `hidden` says that Jira shows it no longer and nobody knows why,
    `hidden_at` since when.
    """

    __tablename__ = "copies"
    __table_args__ = (
        Index("ix_copies_issue_id", "issue_id"),
        Index("ix_copies_issue_key", "issue_key"),
    )

    backlog_id: Mapped[str] = mapped_column(
        ForeignKey("backlogs.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(String(16), primary_key=True)
    issue_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    issue_key: Mapped[str] = mapped_column(String(256))
    summary: Mapped[str] = mapped_column(default="")
    fields: Mapped[bytes] = mapped_column(LargeBinary)
    rank: Mapped[str] = mapped_column(default="")
    done: Mapped[bool] = mapped_column(default=False)
    updated: Mapped[int] = mapped_column(BigInteger)
    round: Mapped[int] = mapped_column(default=0)
    hidden: Mapped[bool] = mapped_column(default=False)
    hidden_at: Mapped[datetime | None]


class UnreadRow(Base):
    """An issue that may have changed since it was copied, by id, or key without one.

    `times` grows with each notice, so that one that comes while the issue is read
    stays. `deleted` says that Jira told of its deletion, `ours` that nothing but a
    write of our own may have changed it.
    """

    __tablename__ = "unread"

    backlog_id: Mapped[str] = mapped_column(
        ForeignKey("backlogs.id", ondelete="CASCADE"), primary_key=True
    )
    issue: Mapped[str] = mapped_column(String(256), primary_key=True)
    times: Mapped[int] = mapped_column(default=1)
    noted_at: Mapped[datetime]
    deleted: Mapped[bool] = mapped_column(default=False)
    ours: Mapped[bool] = mapped_column(default=False)


class HeldWriteRow(Base):
    """An issue that could not be written: tried again, or given up as `dead`.

    `digest` is of what was to be written: other values begin anew.
    """

    __tablename__ = "held_writes"

    site_id: Mapped[str] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    issue_key: Mapped[str] = mapped_column(String(256), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str]
    first_at: Mapped[datetime]
    not_before: Mapped[datetime]


class EchoRow(Base):
    """A write of ours whose webhook we expect, so that it wakes nobody."""

    __tablename__ = "echoes"
    __table_args__ = (Index("ix_echoes_site_id_issue_key", "site_id", "issue_key"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    site_id: Mapped[str] = mapped_column(String(64))
    issue_key: Mapped[str] = mapped_column(String(256))
    field: Mapped[str] = mapped_column(String(64))
    value: Mapped[str]
    name: Mapped[str] = mapped_column(default="", server_default=text("''"))
    written_at: Mapped[datetime]
