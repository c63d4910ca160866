"""What admins set: sites with their tokens, backlogs, mappings and keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.books.tables.base import Base


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
    # When a stopped site is tried next; which warning of its credential's end was told.
    probe_at: Mapped[datetime | None]
    warned: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class SiteTokenRow(Base):
    """What a site's token endpoint gave last; `sealed` is one encrypted JSON text.

    `number` counts the renewals, so that nobody stores over a later one. Whoever renews
    holds the row until `leased_until`; `state` is the digest of what a person's consent
    is awaited under. `scopes` came along with the last token; empty where none did.
    """

    __tablename__ = "site_tokens"

    site_id: Mapped[str] = mapped_column(
        ForeignKey("sites.id", ondelete="CASCADE"), primary_key=True
    )
    sealed: Mapped[str] = mapped_column(default="")
    number: Mapped[int] = mapped_column(default=0)
    granted_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    leased_by: Mapped[str] = mapped_column(String(64), default="")
    leased_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(64), default="")
    state_until: Mapped[datetime | None]
    scopes: Mapped[str] = mapped_column(default="", server_default=text("''"))


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
