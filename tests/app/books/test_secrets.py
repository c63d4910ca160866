"""Secrets lie encrypted, open only for their owner, and outlive a change of keys."""

import stat
from pathlib import Path

import pytest

from app.books.secrets import Sealer, find_keys
from app.errors import ConfigurationError, SecretsError

OLD = "an old key that is long enough to use"
NEW = "a new key that is long enough to use!"
VALUES = {"api_token": "tok-1234567890", "webhook": ["hook-1", "hook-2"]}


def test_what_was_sealed_opens_and_cannot_be_read() -> None:
    sealed = Sealer([OLD]).seal("acme", VALUES)
    assert "tok-1234567890" not in sealed
    assert "hook-1" not in sealed
    assert Sealer([OLD]).open("acme", sealed) == VALUES


def test_a_key_is_changed_by_putting_the_new_one_first() -> None:
    sealed = Sealer([OLD]).seal("acme", VALUES)
    both = Sealer([NEW, OLD])
    assert both.open("acme", sealed) == VALUES
    renewed = both.seal("acme", VALUES)
    assert Sealer([NEW]).open("acme", renewed) == VALUES
    with pytest.raises(SecretsError):
        Sealer([OLD]).open("acme", renewed)


def test_a_wrong_key_says_what_to_do() -> None:
    sealed = Sealer([OLD]).seal("acme", VALUES)
    with pytest.raises(SecretsError, match="acme") as caught:
        Sealer([NEW]).open("acme", sealed)
    assert "again" in caught.value.hint


def test_anothers_secrets_do_not_open() -> None:
    sealed = Sealer([OLD]).seal("acme", VALUES)
    with pytest.raises(SecretsError):
        Sealer([OLD]).open("other", sealed)


def test_a_short_key_is_refused_without_being_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Sealer(["short-key"])
    assert "short-key" not in str(caught.value)


def test_without_a_key_nothing_is_kept() -> None:
    with pytest.raises(SecretsError) as caught:
        Sealer([]).seal("acme", VALUES)
    assert "CD3_SECRET_KEY" in caught.value.hint


def test_a_given_key_wins_and_no_file_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    assert find_keys((OLD,), url) == (OLD,)
    assert list(tmp_path.iterdir()) == []


def test_with_sqlite_a_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cd3.db'}"
    first = find_keys((), url)
    kept = tmp_path / "cd3.db.key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert find_keys((), url) == first
    other = find_keys((), f"sqlite:///{tmp_path / 'other.db'}")
    assert other != first
    sealed = Sealer(first).seal("acme", VALUES)
    assert Sealer(find_keys((), url)).open("acme", sealed) == VALUES


def test_with_postgresql_no_key_is_made_up() -> None:
    assert find_keys((), "postgresql+psycopg://u@h/d") == ()
