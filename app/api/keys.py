"""REST for API keys: a key is shown once, when it is made."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

from app.api.calls import TheCall
from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, after_text, cut
from app.api.parts import TheParts
from app.api.problems import Fault, invalid, not_found
from app.api.words import Input, Name
from app.books.keys import Key, Role

router = APIRouter(prefix="/keys", tags=["keys"], route_class=GuardedRoute)

LIST = "keys"


class NewKey(Input):
    """A key to be made."""

    name: Name
    role: Role
    expires_at: AwareDatetime | None = Field(
        default=None, description="Left out: it is valid until it is revoked"
    )


class KeyAnswer(BaseModel):
    """A key, without its secret."""

    id: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None

    @classmethod
    def of(cls, key: Key) -> Self:
        """Write a key as an answer."""
        return cls.model_validate(key, from_attributes=True)


class KeyOnce(KeyAnswer):
    """A new key with its secret, which is shown this once."""

    key: Annotated[str, Field(description="Send as `Authorization: Bearer …`")]


def _is_key_id(text: str) -> bool:
    return re.fullmatch(r"key_[0-9a-f]+", text) is not None


@router.get("")
@needs(Role.ADMIN)
def list_keys(
    parts: TheParts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[KeyAnswer]:
    """List all keys, expired and revoked ones too."""
    after = after_text(LIST, cursor)
    with parts.database.reading() as session:
        found = parts.keys.list(session, after=after, limit=limit + 1)
    kept, more = cut(found, limit, LIST, lambda key: key.id)
    return Listing(items=[KeyAnswer.of(key) for key in kept], next_cursor=more)


@router.post("", status_code=HTTPStatus.CREATED)
@needs(Role.ADMIN)
def create_key(body: NewKey, call: TheCall) -> KeyOnce:
    """Make a key; its secret is in this answer and in no other."""
    parts = call.parts
    now = parts.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise invalid(Fault("/expires_at", "past", "lies in the past"))
    with parts.database.writing() as session:
        key, secret = parts.keys.create(
            session, name=body.name, role=body.role, now=now, expires_at=body.expires_at
        )
        detail = {"name": key.name, "role": key.role.value}
        call.note(session, "key_created", f"keys/{key.id}", detail)
    call.response.headers["Location"] = f"/api/v1/keys/{key.id}"
    return KeyOnce(key=secret, **KeyAnswer.of(key).model_dump())


@router.get("/{key_id}")
@needs(Role.ADMIN)
def show_key(key_id: str, parts: TheParts) -> KeyAnswer:
    """Show a key."""
    with parts.database.reading() as session:
        key = parts.keys.find(session, key_id) if _is_key_id(key_id) else None
    if key is None:
        raise not_found("key", key_id)
    return KeyAnswer.of(key)


@router.delete("/{key_id}", status_code=HTTPStatus.NO_CONTENT)
@needs(Role.ADMIN)
def revoke_key(key_id: str, call: TheCall) -> None:
    """End a key for good, from the next request on.

    It needs no If-Match: a key has no other state that one could have missed.
    """
    parts = call.parts
    now = parts.now()
    with parts.database.writing() as session:
        known = _is_key_id(key_id) and parts.keys.revoke(session, key_id, now=now)
        if not known:
            raise not_found("key", key_id)
        call.note(session, "key_revoked", f"keys/{key_id}")
