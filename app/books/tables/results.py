"""What came of it: plans, rankings, pages, what is barred, and who did what."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.books.tables.base import Base, Serial


class PlanRow(Base):
    """A plan and what came of it; `plan` is the frozen value as JSON."""

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_backlog_id_created_at", "backlog_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    backlog_id: Mapped[str] = mapped_column(ForeignKey("backlogs.id"))
    generation: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    plan: Mapped[dict[str, Any]]
    outcome: Mapped[dict[str, Any]]
    moved: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class RankingRow(Base):
    """The newest ranking of a backlog, as JSON, with when and from what it was made.

    `keys` are all issues that were read for it: what a webhook may concern.
    """

    __tablename__ = "rankings"

    backlog_id: Mapped[str] = mapped_column(ForeignKey("backlogs.id"), primary_key=True)
    generation: Mapped[int]
    summary: Mapped[dict[str, Any]]
    evidence: Mapped[dict[str, Any]]
    keys: Mapped[list[Any]]
    mapping_version: Mapped[int]
    backlog_version: Mapped[int]
    computed_at: Mapped[datetime]


class PageRow(Base):
    """One page on Confluence, or why it is not there."""

    __tablename__ = "pages"

    backlog_id: Mapped[str] = mapped_column(ForeignKey("backlogs.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    page_id: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    page_version: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(default="")
    published_at: Mapped[datetime | None]


class BarRow(Base):
    """Something that a site does not let a backlog do: set a field, write a project.

    Or write there without mail, which lacks nothing: it is written with it.

    Until `probe_at` nobody tries again, unless mapping, backlog or site have changed
    since (`as_of`).
    """

    __tablename__ = "bars"

    backlog_id: Mapped[str] = mapped_column(
        ForeignKey("backlogs.id", ondelete="CASCADE"), primary_key=True
    )
    what: Mapped[str] = mapped_column(String(128), primary_key=True)
    reason: Mapped[str]
    since: Mapped[datetime]
    probe_at: Mapped[datetime]
    as_of: Mapped[str] = mapped_column(String(64))


class AuditRow(Base):
    """Who did what to what; rows are only ever added."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str]
    detail: Mapped[dict[str, Any]]
