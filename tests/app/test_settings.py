"""Settings come from the environment, `.env` and secret files; mistakes are named."""

import re
from pathlib import Path

import pytest

import app
from app.errors import ConfigurationError
from app.settings import Settings, read_settings

TOP = Path(app.__file__).parents[1]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CD3_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = read_settings()
    assert settings.database_url == "sqlite:///cd3.db"
    assert settings.secret_keys() == ()
    assert settings.allowed_hosts == ()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text(
        "CD3_PORT=1234\nCD3_ALLOWED_HOSTS=jira.example:8443, wiki.example\nOTHER=1\n"
    )
    monkeypatch.setenv("CD3_PORT", "4321")
    settings = read_settings()
    assert settings.port == 4321
    assert settings.allowed_hosts == ("jira.example:8443", "wiki.example")


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / "cd3_secret_key").write_text("newest-key,older-key\n")
    settings = read_settings(secrets_folder=folder)
    assert settings.secret_keys() == ("newest-key", "older-key")
    assert "newest-key" not in repr(settings)


@pytest.mark.parametrize("place", ["environment", "file"])
def test_an_unknown_name_is_told_with_the_nearest(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place == "environment":
        monkeypatch.setenv("CD3_DATABSE_URL", "sqlite:///x.db")
    else:
        Path(".env").write_text("CD3_DATABSE_URL=sqlite:///x.db\n")
    with pytest.raises(ConfigurationError, match="CD3_DATABSE_URL") as caught:
        read_settings()
    assert caught.value.hint == "The nearest is CD3_DATABASE_URL."


def test_what_only_tests_read_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CD3_DATA", "/somewhere")
    monkeypatch.setenv("CD3_TEST_POSTGRES", "postgresql+psycopg://h/d")
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "topsecret"), ("LOG_LEVEL", "topsecret"), ("CLOCK_ROUND_SECONDS", "0")],
)
def test_a_wrong_value_is_told_without_being_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"CD3_{name}", value)
    with pytest.raises(ConfigurationError, match=f"CD3_{name}") as caught:
        read_settings()
    assert "topsecret" not in str(caught.value)


def test_the_longest_wait_is_not_shorter_than_the_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CD3_DEBOUNCE_SECONDS", "9")
    with pytest.raises(ConfigurationError, match="CD3_DEBOUNCE_MOST_SECONDS"):
        read_settings()


def test_the_example_names_every_setting_and_its_default() -> None:
    text = (TOP / ".env.example").read_text()
    said = dict(re.findall(r"^# (CD3_[A-Z_]+)=(.*)$", text, re.MULTILINE))
    defaults = {
        f"CD3_{name.upper()}": field.default
        for name, field in Settings.model_fields.items()
    }
    shown = {
        name: "" if default in (None, ()) else str(default)
        for name, default in defaults.items()
    }
    assert said == shown
