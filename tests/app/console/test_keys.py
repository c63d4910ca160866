"""`cd3 keys` makes keys that the API takes, tells them apart, and ends them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.books.database import Database
from app.books.keys import Keys, Role
from app.books.migrating import migrate
from app.clock import now
from tests.gates import PATIENCE

COMMAND = (sys.executable, "-c", "from app.console.main import main; main()")


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*COMMAND, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * PATIENCE,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    migrate(database)
    database.close()
    return tmp_path


def test_a_key_is_printed_alone_and_opens_the_api(folder: Path) -> None:
    made = run(folder, "keys", "create", "ci", "--role", "admin", "--expires", "2d")
    assert made.returncode == 0, made.stderr
    [secret] = made.stdout.split()  # data on stdout, talk on stderr
    assert secret not in made.stderr
    database = Database(f"sqlite:///{folder / 'cd3.db'}")
    with database.reading() as session:
        key = Keys().verify(session, secret, now=now())
    database.close()
    assert key is not None
    assert (key.name, key.role) == ("ci", Role.ADMIN)
    assert key.expires_at is not None
    assert (key.expires_at - key.created_at).days == 2

    listed = run(folder, "keys", "list", "--json")
    [shown] = json.loads(listed.stdout)["items"]
    assert (shown["id"], shown["role"]) == (key.id, "admin")
    assert secret not in listed.stdout

    assert run(folder, "keys", "revoke", key.id).returncode == 0
    assert "revoked" in run(folder, "keys", "list").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("create", "x", "--role", "boss"), 2, "reader, approver, admin"),
        (("create", "x", "--expires", "soon"), 2, "90d"),
        (("revoke", "key_none"), 1, "cd3 keys list"),
    ],
)
def test_mistakes_end_with_a_hint(
    folder: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = run(folder, "keys", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_schema_it_says_which_command_makes_it(tmp_path: Path) -> None:
    done = run(tmp_path, "keys", "list")
    assert done.returncode == 3
    assert "cd3 migrate" in done.stderr
