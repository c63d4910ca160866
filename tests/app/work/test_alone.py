"""An SQLite file has one worker; PostgreSQL asks nobody to be alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.hiring import name_worker
from app.opening import refuse_crowd
from app.settings import Settings
from app.work.alone import as_only_worker

HOLD = (
    "import sys; from app.work.alone import as_only_worker\n"
    "with as_only_worker(sys.argv[1]):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def test_the_second_is_refused_until_the_first_is_dead(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", HOLD, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        with pytest.raises(ConfigurationError, match="Another worker"):
            as_only_worker(url).__enter__()
        first.kill()
        first.wait()
    with as_only_worker(url):
        pass


def test_on_postgresql_there_is_no_such_place() -> None:
    url = "postgresql+psycopg://cd3@127.0.0.1/cd3"
    with as_only_worker(url), as_only_worker(url):
        pass


def test_more_than_one_on_sqlite_is_refused_in_words() -> None:
    settings = Settings(_env_file=None, database_url="sqlite:///cd3.db")
    refuse_crowd(settings, 1)
    with pytest.raises(ConfigurationError, match="one worker, not 2") as caught:
        refuse_crowd(settings, 2)
    assert "PostgreSQL" in caught.value.hint


def test_no_two_starts_share_a_name() -> None:
    names = {name_worker("left") for _ in range(50)}
    assert len(names) == 50
    assert all(name.startswith("left-") for name in names)
    assert len(name_worker("x" * 500)) <= 128
    assert name_worker() != name_worker()
