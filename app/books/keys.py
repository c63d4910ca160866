"""Keep API keys: only their SHA-256, for a key is 190 random bits and shown once."""

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.books.tables import KeyRow

PREFIX: Final = "cd3_live_"
_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM: Final = 32
_CHECKSUM: Final = 6  # base62 digits that hold any CRC-32
_USE_GRAIN: Final = timedelta(minutes=1)


class Role(StrEnum):
    """Who may do what: each role may all that the one before it may."""

    READER = "reader"
    APPROVER = "approver"
    ADMIN = "admin"

    def may(self, needed: "Role") -> bool:
        """Say whether this role suffices."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key as the books know it; `used_at` is exact to the minute."""

    id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Say whether the key opens anything now."""
        expired = self.expires_at is not None and self.expires_at <= now
        return self.revoked_at is None and not expired


def make_secret() -> str:
    """Draw a key: the prefix, 32 random base62 characters and their CRC-32.

    The form lets scanners find leaked keys, and lets us refuse a mistyped one without
    asking the database.
    """
    body = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return body + _checksum(body)


def is_well_formed(secret: str) -> bool:
    """Say whether a text could be a key of ours."""
    right_form = (
        secret.isascii()
        and secret.startswith(PREFIX)
        and len(secret) == len(PREFIX) + _RANDOM + _CHECKSUM
    )
    return right_form and _checksum(secret[:-_CHECKSUM]) == secret[-_CHECKSUM:]


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECKSUM):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Keys:
    """The API keys in the books."""

    def create(
        self,
        session: Session,
        *,
        name: str,
        role: Role,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> tuple[Key, str]:
        """Make a key; its secret is returned here and never again."""
        secret = make_secret()
        key = Key("key_" + secrets.token_hex(6), name, role, now, expires_at)
        row = KeyRow(
            id=key.id,
            name=name,
            role=role.value,
            digest=_digest(secret),
            created_at=now,
            expires_at=expires_at,
        )
        session.add(row)
        session.flush()
        return key, secret

    def verify(self, session: Session, secret: str, *, now: datetime) -> Key | None:
        """Find the valid key that a secret is, or None."""
        if not is_well_formed(secret):
            return None
        query = select(KeyRow).where(KeyRow.digest == _digest(secret))
        row = session.scalar(query)
        key = _key(row) if row else None
        return key if key and key.is_valid(now) else None

    def use_is_stale(self, key: Key, *, now: datetime) -> bool:
        """Say whether the use of a key should be noted again."""
        return key.used_at is None or now - key.used_at >= _USE_GRAIN

    def note_use(self, session: Session, key_id: str, *, now: datetime) -> None:
        """Note that a key is being used, at most once a minute."""
        stale = or_(KeyRow.used_at.is_(None), KeyRow.used_at <= now - _USE_GRAIN)
        query = update(KeyRow).where(KeyRow.id == key_id, stale).values(used_at=now)
        session.execute(query)

    def find(self, session: Session, key_id: str) -> Key | None:
        """Find a key by its id."""
        row = session.get(KeyRow, key_id)
        return _key(row) if row else None

    def has_valid(self, session: Session, role: Role, *, now: datetime) -> bool:
        """Say whether any key of this role opens something now."""
        query = select(KeyRow.id).where(
            KeyRow.role == role.value,
            KeyRow.revoked_at.is_(None),
            or_(KeyRow.expires_at.is_(None), KeyRow.expires_at > now),
        )
        return session.scalars(query.limit(1)).first() is not None

    def list(
        self, session: Session, *, after: str = "", limit: int = 200
    ) -> tuple[Key, ...]:
        """List all keys by id, revoked and expired ones too."""
        query = select(KeyRow).where(KeyRow.id > after).order_by(KeyRow.id)
        return tuple(_key(row) for row in session.scalars(query.limit(limit)))

    def revoke(self, session: Session, key_id: str, *, now: datetime) -> Key | None:
        """End a key for good; the first revocation's time stays."""
        row = session.get(KeyRow, key_id, with_for_update=True)
        if row is None:
            return None
        row.revoked_at = row.revoked_at or now
        session.flush()
        return _key(row)


def _key(row: KeyRow) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
