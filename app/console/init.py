"""`cd3 init`: from an empty folder to a service that starts, in one step."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import clock
from app.console.trouble import CONFIGURATION, USAGE, CommandError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.books.database import Database
    from app.books.keys import Key
    from app.settings import Settings

_FILE = Path(".env")
_DATABASE, _SECRET = "CD3_DATABASE_URL", "CD3_SECRET_KEY"
_NAME = "admin"
_ON_HOST = "cd3 init"


@dataclass(frozen=True)
class _Done:
    """What `cd3 init` did; `secret` is the new key's, empty where there was one."""

    written: tuple[str, ...]
    database: str
    schema: tuple[str, str]
    key: "Key | None"
    secret: str
    url: str


def init(
    *,
    database_url: Annotated[
        str,
        typer.Option(
            help="Where the books shall be: sqlite:///file.db (the default is "
            "sqlite:///cd3.db) or postgresql+psycopg://user@host/name."
        ),
    ] = "",
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Let --database-url replace the one that .env names."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Set CD3 up in this folder: .env, the database, the first admin key.

    It adds to .env what that lacks and leaves what is there; running it again changes
    nothing. The key is printed once, alone on stdout.

    Example: cd3 init --database-url postgresql+psycopg://cd3@db.example.org/cd3
    """
    done = _set_up(database_url.strip(), force=force)
    if as_json:
        typer.echo(json.dumps(_plain(done)))
        return
    _tell(done)
    if done.secret:
        typer.echo(done.secret)
    _tell_next(done)


def _set_up(database_url: str, *, force: bool) -> _Done:
    """Open the books before anything is written: a wrong address leaves no trace."""
    from app.books import migrating  # noqa: PLC0415 - loads slowly
    from app.books.database import Database  # noqa: PLC0415 - loads slowly
    from app.console.books import in_words  # noqa: PLC0415 - loads slowly
    from app.console.env_file import with_values  # noqa: PLC0415 - loads slowly
    from app.settings import read_settings  # noqa: PLC0415 - loads slowly

    with in_words():
        settings = read_settings(env_file=_FILE)
        text = _FILE.read_text(encoding="utf-8") if _FILE.exists() else ""
        url = database_url or settings.database_url
        database = Database(url)
        try:
            lacking = _lacking(settings, text, database_url, force=force)
            schema = migrating.migrate(database)
            keys = settings.secret_keys() or (lacking[_SECRET],)
            _require_fitting(database, keys)
            _write(with_values(text, lacking), new=bool(lacking))
            key, secret = _first_key(database)
            shown = database.engine.url.render_as_string(hide_password=True)
        finally:
            database.close()
    here = f"http://{settings.host}:{settings.port}"
    return _Done(tuple(lacking), shown, schema, key, secret, here)


def _lacking(
    settings: "Settings", text: str, database_url: str, *, force: bool
) -> dict[str, str]:
    """Say what must be added to `.env`; another database only where forced."""
    from app.books.secrets import draw_key, key_beside  # noqa: PLC0415 - loads slowly
    from app.console.env_file import read_env  # noqa: PLC0415 - loads slowly

    lacking = {}
    if database_url:
        named = read_env(text).get(_DATABASE)
        around = os.environ.get(_DATABASE)
        if around not in {None, database_url}:
            raise CommandError(
                f"{_DATABASE} is set in the environment, which counts more than .env",
                hint="unset it, or leave --database-url out",
                code=USAGE,
            )
        if named not in {None, database_url} and not force:
            raise CommandError(
                f"{_FILE} names another database already",
                hint="add --force to replace it, or leave --database-url out",
                code=USAGE,
            )
        if named != database_url:
            lacking[_DATABASE] = database_url
    if not settings.secret_keys():
        kept = key_beside(database_url or settings.database_url)
        lacking[_SECRET] = kept or draw_key()
    return lacking


def _require_fitting(database: "Database", keys: tuple[str, ...]) -> None:
    """Refuse a key that does not open what these books hold already."""
    from app.books.secrets import Sealer  # noqa: PLC0415 - loads slowly
    from app.books.sites import Sites  # noqa: PLC0415 - loads slowly

    sites = Sites(Sealer(keys))
    with database.reading() as session:
        for site in sites.list(session):
            sites.secrets(session, site.id)  # raises SecretsError


def _write(text: str, *, new: bool) -> None:
    from app.console.env_file import write_private  # noqa: PLC0415 - loads slowly

    try:
        if new:
            write_private(_FILE, text)
        elif _FILE.exists():
            _FILE.chmod(0o600)
    except OSError as error:
        raise CommandError(
            f"{_FILE.absolute()} cannot be written: {error.strerror}",
            hint="run it in a folder that is yours",
            code=CONFIGURATION,
        ) from error


def _first_key(database: "Database") -> tuple["Key | None", str]:
    """Make an admin key unless a valid one is there."""
    from app.books.keys import Keys, Role  # noqa: PLC0415 - loads slowly

    now = clock.now()
    with database.writing() as session:
        if Keys().has_valid(session, Role.ADMIN, now=now):
            return None, ""
        key, secret = Keys().create(session, name=_NAME, role=Role.ADMIN, now=now)
        _note(session, key)
        return key, secret


def _note(session: "Session", key: "Key") -> None:
    from app.books.audit import Audit  # noqa: PLC0415 - loads slowly

    Audit().add(
        session,
        now=key.created_at,
        actor=_ON_HOST,
        action="key_created",
        object=f"keys/{key.id}",
        detail={"name": key.name, "role": key.role.value},
    )


def _tell(done: _Done) -> None:
    said = " and ".join(done.written)
    _say(f"{_FILE}: {f'added {said}' if said else 'nothing to add'} (mode 600)")
    before, after = done.schema
    state = "is current already" if before == after else "is current now"
    _say(f"{done.database}: the schema {state}")
    if done.key is None:
        _say("there is an admin key already; another: cd3 keys create NAME")
    else:
        _say(f"{done.key.id} (admin); keep it now, it is not shown again:")


def _tell_next(done: _Done) -> None:
    _say("\nNext:")
    for step in _next(done):
        _say(f"  {step['why']}:\n    {step['run']}")


def _next(done: _Done) -> list[dict[str, str]]:
    site = {
        "name": "My Jira",
        "url": "https://example.atlassian.net",
        "email": "cd3@example.com",
        "api_token": "ATATT-yours",
    }
    curl = (
        f"curl -sS {done.url}/api/v1/sites -H 'Content-Type: application/json' "
        f'-H "Authorization: Bearer $KEY" '
        f"-d '{json.dumps(site, ensure_ascii=False)}'"
    )
    return [
        {"why": "start the service", "run": "cd3 serve"},
        {"why": "add your site; KEY is an admin key", "run": curl},
        {"why": "look whether all is well, and what is missing", "run": "cd3 doctor"},
    ]


def _plain(done: _Done) -> dict[str, Any]:
    key = done.key and {
        "id": done.key.id,
        "name": done.key.name,
        "role": done.key.role.value,
        "secret": done.secret,
    }
    return {
        "env_file": str(_FILE.absolute()),
        "written": list(done.written),
        "database": done.database,
        "schema": {"before": done.schema[0], "after": done.schema[1]},
        "key": key,
        "next": _next(done),
    }


def _say(line: str) -> None:
    typer.echo(line, err=True)
