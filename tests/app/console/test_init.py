"""`cd3 init` makes an empty folder ready to serve and takes nothing from a full one."""

import json
import os
import shlex
import signal
import stat
import subprocess
from pathlib import Path

import httpx
import pytest
from dotenv import dotenv_values

from app.books.database import Database
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from app.clock import now
from app.console.env_file import read_env, with_values
from connectors.sandbox.serving import free_port
from tests.app.console.desk import CD3
from tests.gates import PATIENCE
from tests.world import wait_for

NAMES = ("CD3_DATABASE_URL", "CD3_SECRET_KEY")


def run(
    folder: Path, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [*CD3, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * PATIENCE,
    )


def mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_an_empty_folder_serves_with_the_key_that_was_printed(tmp_path: Path) -> None:
    done = run(tmp_path, "init")
    assert done.returncode == 0, done.stderr
    [key] = done.stdout.split()
    assert key not in done.stderr
    assert mode(tmp_path / ".env") == 0o600
    assert len(dotenv_values(tmp_path / ".env")["CD3_SECRET_KEY"] or "") >= 32
    port = str(free_port())
    service = subprocess.Popen(  # noqa: S603 - our own command
        [*CD3, "serve", "--no-worker", "--port", port],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(trust_env=False, timeout=60) as client:

            def is_up() -> bool:
                try:
                    return client.get(f"{url}/readyz").is_success
                except httpx.TransportError:
                    return False

            wait_for(is_up, seconds=30)
            [curl] = [line for line in done.stderr.splitlines() if "curl" in line]
            words = shlex.split(curl)
            body = words[words.index("-d") + 1]
            address = next(word for word in words if word.startswith("http"))
            answer = client.post(
                address.replace("http://127.0.0.1:8400", url),
                content=body,
                headers={
                    "Content-Type": "application/json",
                    "Authorization": f"Bearer {key}",
                },
            )
            assert answer.status_code == 201, answer.text
    finally:
        service.send_signal(signal.SIGTERM)
        service.wait(20 * PATIENCE)
    looked = run(tmp_path, "doctor", "--json")
    found = {
        one["check"]: one["status"] for one in json.loads(looked.stdout)["findings"]
    }
    assert found["secret_key"] == "ok"


def test_a_second_time_changes_nothing_and_makes_no_other_key(tmp_path: Path) -> None:
    run(tmp_path, "init")
    before = (tmp_path / ".env").read_bytes()
    again = run(tmp_path, "init", "--json")
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    assert (told["written"], told["key"]) == ([], None)
    assert (tmp_path / ".env").read_bytes() == before


def test_json_holds_the_key_once_and_the_next_commands(tmp_path: Path) -> None:
    done = run(tmp_path, "init", "--json", "--database-url", "sqlite:///books.db")
    told = json.loads(done.stdout)
    assert told["written"] == list(NAMES)
    assert told["key"]["secret"].startswith("cd3_live_")
    assert done.stdout.count(told["key"]["secret"]) == 1
    assert told["next"][0]["run"] == "cd3 serve"
    assert (tmp_path / "books.db").exists()
    assert not (tmp_path / "cd3.db").exists()


def test_what_stands_in_the_file_stays_and_only_its_owner_reads_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nCD3_LOG_LEVEL=debug  # loud\nOTHER='a b'")
    file.chmod(0o644)
    assert run(tmp_path, "init").returncode == 0
    assert file.read_text().startswith(
        "# ours\nCD3_LOG_LEVEL=debug  # loud\nOTHER='a b'\n"
    )
    assert mode(file) == 0o600
    kept = file.read_bytes()
    file.chmod(0o644)
    assert run(tmp_path, "init").returncode == 0
    assert (file.read_bytes(), mode(file)) == (kept, 0o600)


def test_another_database_needs_force(tmp_path: Path) -> None:
    run(tmp_path, "init", "--database-url", "sqlite:///one.db")
    secret = dotenv_values(tmp_path / ".env")["CD3_SECRET_KEY"]
    refused = run(tmp_path, "init", "--database-url", "sqlite:///two.db")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    assert not (tmp_path / "two.db").exists()
    forced = run(tmp_path, "init", "--force", "--database-url", "sqlite:///two.db")
    assert forced.returncode == 0, forced.stderr
    now_there = dotenv_values(tmp_path / ".env")
    assert now_there["CD3_DATABASE_URL"] == "sqlite:///two.db"
    assert now_there["CD3_SECRET_KEY"] == secret  # it opens what is kept


def test_what_the_environment_says_is_not_written_and_not_contradicted(
    tmp_path: Path,
) -> None:
    around = {"CD3_SECRET_KEY": "k" * 40, "CD3_DATABASE_URL": "sqlite:///around.db"}
    done = run(tmp_path, "init", **around)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / ".env").exists()
    assert (tmp_path / "around.db").exists()
    other = run(tmp_path, "init", "--database-url", "sqlite:///x.db", **around)
    assert other.returncode == 2
    assert "environment" in other.stderr


def test_the_key_beside_older_books_is_taken_over(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    (tmp_path / "cd3.db.key").write_text("b" * 43 + "\n")
    _keep_a_site(tmp_path, "b" * 43)
    assert run(tmp_path, "init").returncode == 0
    assert dotenv_values(tmp_path / ".env")["CD3_SECRET_KEY"] == "b" * 43


def test_books_that_a_new_key_would_not_open_are_left_alone(tmp_path: Path) -> None:
    run(tmp_path, "migrate")
    _keep_a_site(tmp_path, "lost" * 10)
    done = run(tmp_path, "init")
    assert (done.returncode, done.stdout) == (3, "")
    assert "CD3_SECRET_KEY does not open" in done.stderr
    assert not (tmp_path / ".env").exists()


@pytest.mark.parametrize(
    ("words", "env_file", "code", "said"),
    [
        (("--database-url", "nonsense"), "", 3, "sqlite:///"),
        (("--database-url", "postgresql+psycopg://x@127.0.0.1:1/x"), "", 4, "answer"),
        ((), "CD3_PROT=1\n", 3, "CD3_PORT"),
        ((), "CD3_SECRET_KEY=short\n", 3, "32"),
    ],
)
def test_what_cannot_be_leaves_no_trace(
    tmp_path: Path, words: tuple[str, ...], env_file: str, code: int, said: str
) -> None:
    if env_file:
        (tmp_path / ".env").write_text(env_file)
    done = run(tmp_path, "init", *words)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    left = (tmp_path / ".env").read_text() if (tmp_path / ".env").exists() else ""
    assert left == env_file


@pytest.mark.parametrize(
    "value", ["plain", "it's $HOME #1", "a\\'b", "postgresql+psycopg://u:p%23@h/d?x=1"]
)
def test_any_value_is_read_as_it_was_written(value: str) -> None:
    text = with_values("export cd3_database_url = old # why\nB=2", {NAMES[0]: value})
    assert read_env(text) == {NAMES[0]: value, "B": "2"}
    assert read_env(with_values("A=1", {NAMES[0]: value})) == {
        "A": "1",
        NAMES[0]: value,
    }


def _keep_a_site(folder: Path, key: str) -> None:
    books = Database(f"sqlite:///{folder / 'cd3.db'}")
    site = Site("s", "S", "https://s.atlassian.net", "", "a@example.com", now())
    with books.writing() as session:
        Sites(Sealer([key])).add(session, site, SiteSecrets("token"))
    books.close()
