"""`cd3 dead-letters` shows, replays and discards what could not be worked off."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from app.books.database import Database
from app.books.deliveries import Closing, Deliveries
from app.books.migrating import migrate
from app.clock import now
from app.console.main import main
from webhooks.delivery import Delivery

DEAD = 1_203  # more than are replayed at once


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory whose books hold dead letters and two living ones."""
    monkeypatch.chdir(tmp_path)
    books = Database(f"sqlite:///{tmp_path / 'cd3.db'}")
    migrate(books)
    batch = []
    for number in range(1, DEAD + 3):
        body = b"{broken %d" % number
        digest = hashlib.sha256(body).digest()
        batch.append((Delivery("acme", f"d{number}", body, digest), now()))
    Deliveries(books).add(batch)
    closings = [
        Closing(
            n, "dead", "unreadable: not JSON: x" if n % 2 else "cannot be judged: y"
        )
        for n in range(1, DEAD + 1)
    ]
    with books.transaction() as connection:
        Deliveries(books).close(connection, closings, now=now())
        Deliveries(books).close(connection, [Closing(DEAD + 1, "done")], now=now())
    books.close()
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    try:
        main(["dead-letters", *words])
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def read(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    code, out, err = run(capsys, *words, "--json")
    assert code == 0, err
    return json.loads(out)


@pytest.mark.usefixtures("place")
def test_they_are_listed_with_why(capsys: pytest.CaptureFixture[str]) -> None:
    listed = read(capsys, "list", "--reason", "unreadable", "--limit", "2")
    assert listed["count"] == (DEAD + 1) // 2
    assert [one["id"] for one in listed["items"]] == [DEAD, DEAD - 2]
    assert listed["items"][0]["reason"] == "unreadable: not JSON: x"
    assert read(capsys, "list", "--since", "1h", "--site", "acme")["count"] == DEAD
    assert read(capsys, "list", "--since", "2099-01-01T00:00")["count"] == 0
    code, out, err = run(capsys, "list", "--limit", "1")
    assert (code, err) == (0, f"{DEAD} dead; {DEAD - 1} more\n")
    assert out.split()[0] == f"{DEAD}"


@pytest.mark.usefixtures("place")
def test_all_are_counted_then_replayed_in_bites(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tried = read(capsys, "replay", "--all", "--dry-run")
    assert tried == {"matched": DEAD, "replayed": 0, "dry_run": True}
    assert read(capsys, "list")["count"] == DEAD
    done = read(capsys, "replay", "--all")
    assert done == {"matched": DEAD, "replayed": DEAD, "dry_run": False}
    assert read(capsys, "list")["count"] == 0
    shown = read(capsys, "show", "7")
    assert (shown["state"], shown["attempts"]) == ("new", 2)
    assert [past["state"] for past in shown["history"]] == ["dead", "replayed"]
    code, out, _ = run(capsys, "show", "7")
    assert code == 0
    assert "replayed by cd3 dead-letters" in out
    assert "begins_with" in out


@pytest.mark.usefixtures("place")
def test_some_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "replay", "1", "2")[:2] == (0, "2 replayed\n")
    code, out, err = run(capsys, "replay", "3", f"{DEAD + 2}", "99999")
    assert (code, out) == (1, "1 replayed\n")
    assert f"{DEAD + 2}, 99999" in err


@pytest.mark.usefixtures("place")
def test_what_is_discarded_keeps_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    why = ("--reason", "sent by a load test")
    assert read(capsys, "discard", "1", *why, "--dry-run")["matched"] == 1
    assert run(capsys, "discard", "1", *why)[:2] == (0, "1 discarded\n")
    shown = read(capsys, "show", "1")
    assert shown["state"] == "ignored"
    said = "discarded by cd3 dead-letters: sent by a load test"
    assert shown["reason"] == said
    assert run(capsys, "discard", f"{DEAD + 1}", *why)[0] == 1  # it is done


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("replay",), 2),
        (("replay", "1", "--all"), 2),
        (("replay", "1", "--site", "acme"), 2),
        (("list", "--since", "soon"), 2),
        (("discard", "1"), 2),
        (("discard", "1", "--reason", " "), 2),
        (("show", "99999"), 1),
        (("show", "0"), 2),
    ],
)
def test_what_cannot_be_meant_is_told(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int
) -> None:
    ended, out, err = run(capsys, *words)
    assert (ended, out) == (code, "")
    assert err


def test_without_books_the_command_to_make_them_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "list")
    assert code == 3
    assert "cd3 migrate" in err
