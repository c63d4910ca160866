"""All rows of our books. Times are UTC and aware; ids of things are short texts."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Names by convention, so that a downgrade can name what it drops.
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """An aware UTC time; SQLite forgets zones, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """Refuse a naive time, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be kept")
        return value.astimezone(UTC)

    def process_result_value(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """Give every time its zone again."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


# SQLite numbers rows by itself only for INTEGER.
Serial = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The root of all rows."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        str: Text(),
    }


class SiteRow(Base):
    """One Atlassian site. `secrets` is one encrypted JSON text, never shown."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    settings: Mapped[dict[str, Any]]
    secrets: Mapped[str] = mapped_column(default="")
    account_id: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(32), default="ok")
    state_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class BacklogRow(Base):
    """What is ranked together. `settings` holds what admins edit beside the mapping."""

    __tablename__ = "backlogs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    name: Mapped[str]
    settings: Mapped[dict[str, Any]]
    mapping_version: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(32), default="ok")
    state_reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class MappingRow(Base):
    """One version of a backlog's mapping; versions are only ever added."""

    __tablename__ = "mappings"

    backlog_id: Mapped[str] = mapped_column(ForeignKey("backlogs.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    saved_by: Mapped[str]
    saved_at: Mapped[datetime]


class KeyRow(Base):
    """An API key; only the SHA-256 of it is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class DeliveryRow(Base):
    """One webhook delivery as it came; the body is compressed (zlib).

    `state` is `new`, `done`, `ignored` or `dead`; `reason` says why where it is one of
    the last two. Unique by identifier and by body, for headers are not signed.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("site_id", "identifier"),
        UniqueConstraint("site_id", "body_hash"),
        Index("ix_deliveries_state_id", "state", "id"),
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


class MarkRow(Base):
    """A backlog's dirty mark. The row stays; `generation` only grows.

    `dirty_at` is when the oldest unread change was seen, `due_at` when to start.
    `dispatched` says that the engine holds a rescore for `generation`. `running` is
    the generation of the newest rescore that began: older ones may no longer write.
    `run` counts beginnings, so that of two runs of one rescore (a worker was taken for
    dead, and was not) only the later may write; `taken` is why it runs. `attempts`
    counts failures since the last success, and until `not_before` no webhook starts
    another try; `clock_at` is when the round by the clock last came by.

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
    """A worker that lives, or did: whoever has not beaten for a lease is given up."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]


class EchoRow(Base):
    """A write of ours whose webhook we expect, so that it wakes nobody."""

    __tablename__ = "echoes"
    __table_args__ = (Index("ix_echoes_site_id_issue_key", "site_id", "issue_key"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    site_id: Mapped[str] = mapped_column(String(64))
    issue_key: Mapped[str] = mapped_column(String(256))
    field: Mapped[str] = mapped_column(String(64))
    value: Mapped[str]
    written_at: Mapped[datetime]


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


class AuditRow(Base):
    """Who did what to what; rows are only ever added."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str]
    detail: Mapped[dict[str, Any]]
