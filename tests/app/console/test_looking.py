"""`cd3 fields` and `cd3 score` tell what is there, and change nothing."""

import json
from pathlib import Path

import pytest

from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.migrating import migrate
from app.books.rankings import Ranking, Rankings
from app.books.secrets import Sealer, find_keys
from app.books.sites import Site, Sites, SiteSecrets
from app.clock import now
from app.console.main import main
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.serving import in_thread
from scoring.item import Gap, Item, Mode
from scoring.ranking import rank_backlog, summary_to_json
from tests.connectors.conftest import SEED


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(words)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CD3_DATABASE_URL", url)
    database = Database(url)
    migrate(database)
    database.close()
    return url


def keep_site(books: str, url: str) -> None:
    database = Database(books)
    site = Site("acme", "Acme", url, f"{url}/wiki", "cd3@harbour.example", now())
    with database.writing() as session:
        sites = Sites(Sealer(find_keys((), books)))
        sites.add(session, site, SiteSecrets("cd3-token"))
    database.close()


def test_fields_are_read_live_and_chosen_by_words(
    books: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = create_sandbox(SEED)
    with in_thread(sandbox) as url:
        monkeypatch.setenv("CD3_ALLOWED_HOSTS", url.removeprefix("http://"))
        keep_site(books, url)
        code, told, _ = run(capsys, "fields", "acme", "COST of", "--json")
        assert code == 0
        [field] = json.loads(told)["items"]
        assert (field["id"], field["type"]) == ("customfield_10101", "number")
        _, told, aside = run(capsys, "fields", "acme", "10102")
        assert "customfield_10102     option" in told
        assert aside.startswith("1 of ")
    code, _, aside = run(capsys, "fields", "nowhere")
    assert code == 2
    assert "known: acme" in aside


def test_a_score_is_explained_from_the_newest_ranking(
    books: str, capsys: pytest.CaptureFixture[str]
) -> None:
    keep_site(books, "https://acme.atlassian.net")
    read: list[Item | Gap] = [
        Item("AB-1", 100.0, 2.0),
        Item("AB-2", 100.0, 1.0),
        Gap("AB-3", "none"),
    ]
    summary = rank_backlog(
        read, [], today=now().date(), mode=Mode.MONEY, currency="EUR"
    )
    database = Database(books)
    with database.writing() as session:
        place = ("one", "acme", "One", "project = AB")
        Backlogs().add(session, Backlog(*place, Mode.MONEY, "EUR", now()))
        session.flush()
        kept = Ranking("one", 1, summary_to_json(summary), {}, ("AB-1",), 1, 1, now())
        Rankings().put(session, kept)
    database.close()
    code, told, _ = run(capsys, "score", "ab-2", "--explain")
    assert code == 0
    assert "place 1 of 2, 2 in Jira" in told
    assert "÷ 1 weeks = 100 EUR" in told
    _, told, _ = run(capsys, "score", "AB-1", "--json")
    [item] = json.loads(told)["items"]
    assert (item["backlog"], item["rank"], item["cd3"]) == ("one", 2, 50.0)
    assert "Not scored: none" in run(capsys, "score", "AB-3")[1]
    code, _, aside = run(capsys, "score", "AB-9")
    assert code == 1
    assert "no ranking knows AB-9" in aside
