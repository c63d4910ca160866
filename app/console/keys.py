"""`cd3 keys`: make, list and revoke the keys of the API."""

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import clock
from app.console.trouble import CHECK_FAILED, CommandError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.books.keys import Key

keys = typer.Typer(help="Make, list and revoke the keys of the API.")

_DURATION = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_ON_HOST = "cd3 keys"
MOST_LISTED = 1_000


@keys.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who or what will use the key.")],
    role: Annotated[str, typer.Option(help="reader, approver or admin.")] = "reader",
    expires: Annotated[
        str, typer.Option(help="After which time it ends, such as 90d, 12h or 4w.")
    ] = "",
) -> None:
    """Make a key and print it: this once, and never again."""
    from app.books.keys import Keys, Role  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    if role not in list(Role):
        raise CommandError(
            f"there is no role {role}", hint="it is one of: reader, approver, admin"
        )
    now = clock.now()
    with opened_books() as database, database.writing() as session:
        key, secret = Keys().create(
            session,
            name=name,
            role=Role(role),
            now=now,
            expires_at=_end(expires, now),
        )
        _note(session, "key_created", key, now)
    typer.echo(f"{key.id} ({key.role}); keep it now, it is not shown again:", err=True)
    typer.echo(secret)


@keys.command("list")
def list_keys(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List all keys, expired and revoked ones too; never their secrets."""
    from app.books.keys import Keys  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    with opened_books() as database, database.reading() as session:
        found = Keys().list(session, limit=MOST_LISTED)
    if as_json:
        typer.echo(json.dumps({"items": [_plain(key) for key in found]}))
        return
    now = clock.now()
    for key in found:
        used = f"used {key.used_at:%Y-%m-%d %H:%M}" if key.used_at else "never used"
        typer.echo(f"{key.id}  {key.role:8}  {_state(key, now):24}  {used}  {key.name}")


@keys.command("revoke")
def revoke(key_id: Annotated[str, typer.Argument(help="Such as key_1f2e3d….")]) -> None:
    """End a key for good, from its next use on."""
    from app.books.keys import Keys  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    now = clock.now()
    with opened_books() as database, database.writing() as session:
        key = Keys().revoke(session, key_id, now=now)
        if key is None:
            raise CommandError(
                f"there is no key {key_id}",
                hint="see: cd3 keys list",
                code=CHECK_FAILED,
            )
        _note(session, "key_revoked", key, now)
    typer.echo(f"{key.id} ({key.name}) is revoked.", err=True)


def _end(expires: str, now: datetime) -> datetime | None:
    if not expires:
        return None
    found = _DURATION.fullmatch(expires)
    if found is None:
        raise CommandError(
            f"{expires} is no time to expire after", hint="write it as 90d, 12h or 4w"
        )
    return now + int(found[1]) * _UNITS[found[2]]


def _note(session: "Session", action: str, key: "Key", now: datetime) -> None:
    from app.books.audit import Audit  # noqa: PLC0415 - loads slowly

    Audit().add(
        session,
        now=now,
        actor=_ON_HOST,
        action=action,
        object=f"keys/{key.id}",
        detail={"name": key.name, "role": key.role.value},
    )


def _state(key: "Key", now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    if key.expires_at is None:
        return "valid"
    return (
        f"{'valid until' if key.is_valid(now) else 'expired'} {key.expires_at:%Y-%m-%d}"
    )


def _plain(key: "Key") -> dict[str, Any]:
    moments = ("created_at", "expires_at", "revoked_at", "used_at")
    times: dict[str, datetime | None] = {name: getattr(key, name) for name in moments}
    return {"id": key.id, "name": key.name, "role": key.role.value} | {
        name: at.isoformat() if at else None for name, at in times.items()
    }
