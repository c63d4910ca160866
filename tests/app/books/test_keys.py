"""A key is shown once, kept as a hash, and opens what its role may until it ends."""

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.books.database import Database
from app.books.keys import PREFIX, Keys, Role, is_well_formed, make_secret

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def number(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 62 + BASE62.index(digit)
    return value


def test_a_key_ends_in_the_checksum_of_the_rest() -> None:
    secret = make_secret()
    assert secret.startswith("cd3_live_")
    assert len(secret) == len(PREFIX) + 32 + 6
    assert number(secret[-6:]) == zlib.crc32(secret[:-6].encode())
    assert is_well_formed(secret)


def test_no_two_keys_are_alike() -> None:
    assert len({make_secret() for _ in range(1000)}) == 1000


@given(place=st.integers(0, 46), sign=st.sampled_from(BASE62))
def test_any_mistyped_sign_is_noticed(place: int, sign: str) -> None:
    secret = make_secret()
    typed = secret[:place] + sign + secret[place + 1 :]
    assert is_well_formed(typed) == (typed == secret)


@given(st.text(max_size=60))
def test_any_other_text_is_no_key(text_: str) -> None:
    assert not is_well_formed(text_)
    assert not is_well_formed(PREFIX + text_)


def test_the_books_hold_no_secret(ours: Database) -> None:
    keys = Keys()
    with ours.writing() as session:
        key, secret = keys.create(session, name="ci", role=Role.READER, now=NOW)
        assert keys.verify(session, secret, now=NOW) == key
        rows = str(session.execute(text("SELECT * FROM api_keys")).all())
    assert secret not in rows
    assert secret[-38:] not in rows


def test_an_expired_or_revoked_key_opens_nothing(ours: Database) -> None:
    keys = Keys()
    with ours.writing() as session:
        day = timedelta(days=1)
        brief, brief_secret = keys.create(
            session, name="a", role=Role.ADMIN, now=NOW, expires_at=NOW + day
        )
        other, other_secret = keys.create(session, name="b", role=Role.ADMIN, now=NOW)
        assert keys.verify(session, brief_secret, now=NOW + day / 2) == brief
        assert keys.verify(session, brief_secret, now=NOW + day) is None
        keys.revoke(session, other.id, now=NOW)
        assert keys.verify(session, other_secret, now=NOW) is None
        again = keys.revoke(session, other.id, now=NOW + day)
        assert again is not None
        assert again.revoked_at == NOW
        assert keys.revoke(session, "key_none", now=NOW) is None
        assert keys.verify(session, make_secret(), now=NOW) is None


def test_use_is_noted_once_a_minute(ours: Database) -> None:
    keys = Keys()
    second = timedelta(seconds=1)
    with ours.writing() as session:
        key, secret = keys.create(session, name="a", role=Role.READER, now=NOW)
        keys.note_use(session, key.id, now=NOW)
        for seconds, noted in ((59, NOW), (60, NOW + 60 * second)):
            now = NOW + seconds * second
            known = keys.verify(session, secret, now=now)
            assert known is not None
            assert keys.use_is_stale(known, now=now) == (seconds == 60)
            keys.note_use(session, key.id, now=now)
            session.expire_all()
            found = keys.find(session, key.id)
            assert found is not None
            assert found.used_at == noted


@pytest.mark.parametrize(
    ("has", "may"),
    [
        ("reader", ["reader"]),
        ("approver", ["reader", "approver"]),
        ("admin", ["reader", "approver", "admin"]),
    ],
)
def test_each_role_may_what_the_one_below_may(has: str, may: list[str]) -> None:
    assert [role for role in Role if Role(has).may(role)] == may
