"""`cd3 doctor` tells where it stands, and ends as scripts expect."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.books.sites import Site, SiteSecrets
from app.console.main import main
from app.ground import open_ground
from app.settings import read_settings
from tests.connectors.company import jira_behind, make_company


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *words])
    code = ended.value.code
    return (code if isinstance(code, int) else 0), capsys.readouterr().out


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CD3_DATABASE_URL", f"sqlite:///{tmp_path / 'cd3.db'}")


def test_a_setting_that_cannot_be_ends_with_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CD3_SECRET_KEY", "short")
    code, told = run(capsys)
    assert code == 3
    assert "CD3_SECRET_KEY is shorter" in told
    assert "→ Take what" in told


def test_an_old_schema_ends_with_3_and_names_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, told = run(capsys, "--quiet")
    assert code == 3
    assert "→ run: cd3 migrate" in told
    assert "ok " not in told


def test_an_empty_service_is_well_and_says_what_comes_next(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main_ended(["migrate"])
    capsys.readouterr()
    code, told = run(capsys, "--json")
    found = json.loads(told)
    assert (code, found["status"]) == (0, "warn")
    assert found.keys() == {"status", "at", "version", "findings"}
    [site] = [one for one in found["findings"] if one["check"] == "sites"]
    assert "POST /api/v1/sites" in site["next"]


def test_a_database_that_is_away_ends_with_4(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CD3_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x")
    monkeypatch.setenv("CD3_SECRET_KEY", "x" * 40)
    code, told = run(capsys)
    assert code == 4
    assert "fail  database:" in told


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("CD3_CA_FILE", "none.pem", "CD3_CA_FILE: none.pem cannot be read"),
        ("CD3_PROXY", "proxy:x@acme:1", "CD3_PROXY: the proxy is to be http://"),
        ("CD3_NO_PROXY", "*.acme.example", "CD3_NO_PROXY: "),
    ],
)
def test_a_way_out_that_cannot_be_ends_with_3(
    setting: str,
    value: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main_ended(["migrate"])
    monkeypatch.setenv(setting, value)
    code, said = run(capsys)
    assert code == 3
    assert told in said
    assert "proxy:x@" not in said
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 3


def test_a_certificate_of_the_companys_own_names_its_setting(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    main_ended(["migrate"])
    company = make_company(tmp_path)
    with jira_behind(company.tls) as port:
        monkeypatch.setenv("CD3_ALLOWED_HOSTS", f"localhost:{port}")
        add_site(f"https://localhost:{port}")
        code, told = run(capsys)
        assert code == 4
        assert "CERTIFICATE_VERIFY_FAILED" in told
        assert "CD3_CA_FILE" in told
        assert "CD3_PROXY" in told
        monkeypatch.setenv("CD3_CA_FILE", str(company.ca_file))
        assert "Jira Data Center 9.12.5 answers" in run(capsys)[1]


def add_site(url: str) -> None:
    ground = open_ground(read_settings())
    made = datetime(2026, 11, 1, tzinfo=UTC)
    with ground.database.writing() as session:
        site = Site("acme", "Acme", url, "", "cd3", made)
        ground.sites.add(session, site, SiteSecrets("a-token"))
    ground.close()


def test_an_unknown_site_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    main_ended(["migrate"])
    assert run(capsys, "--site", "nowhere")[0] == 3


def main_ended(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code in {0, None}
