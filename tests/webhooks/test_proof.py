"""A Jira that cannot sign shows the secret, where its site says so and nowhere else."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import pytest

from tests.webhooks.test_receiver import BODY, SECRET, Counts, Store
from webhooks.proof import Shown
from webhooks.receiver import Receiver
from webhooks.signature import sign

OLD = b"the secret before, also long enough"
KEPT: dict[str, Sequence[bytes] | Shown] = {
    "signs": [SECRET],
    "basic": Shown("basic", (SECRET, OLD)),
    "token": Shown("path_token", (SECRET, OLD)),
    "bare": Shown("basic", ()),
}


def basic(user: str, password: bytes, kind: bytes = b"Basic") -> tuple[bytes, bytes]:
    code = base64.b64encode(user.encode() + b":" + password)
    return b"authorization", kind + b" " + code


def post(site: str, *headers: tuple[bytes, bytes], token: bytes = b"") -> int:
    store, counts = Store(), Counts()

    async def secrets(name: str) -> Sequence[bytes] | Shown | None:
        return KEPT.get(name)

    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": BODY}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path_params": {"site": site, "token": token.decode()},
        "headers": list(headers),
    }
    asyncio.run(Receiver(secrets, store.accept, counts)(scope, receive, send))
    status = int(sent[0]["status"])
    assert len(store.seen) == (status == 202)
    assert len(counts.refused) == (status != 202)
    return status


@pytest.mark.parametrize("secret", [SECRET, OLD])
def test_the_secret_is_taken_as_the_site_says(secret: bytes) -> None:
    assert post("basic", basic("cd3", secret)) == 202
    assert post("token", token=secret) == 202


@pytest.mark.parametrize(
    ("site", "headers", "token"),
    [
        ("basic", [], b""),
        ("basic", [], SECRET),  # a token where a password is asked for
        ("basic", [basic("cd3", b"wrong")], b""),
        ("basic", [basic("someone", SECRET)], b""),
        ("basic", [basic("cd3", SECRET, b"Bearer")], b""),
        ("basic", [basic("cd3", SECRET), basic("cd3", SECRET)], b""),
        ("basic", [(b"authorization", b"Basic \xff!")], b""),
        ("token", [], b""),
        ("token", [], SECRET[:-1]),
        ("token", [basic("cd3", SECRET)], b""),
        ("signs", [basic("cd3", SECRET)], SECRET),  # here only a signature counts
        ("nobody", [basic("cd3", SECRET)], SECRET),
    ],
)
def test_anything_else_is_turned_away(
    site: str, headers: list[tuple[bytes, bytes]], token: bytes
) -> None:
    assert post(site, *headers, token=token) == (404 if site == "nobody" else 401)


def test_a_signature_is_held_to_its_word_where_one_comes() -> None:
    right = (b"x-hub-signature", sign(BODY, secret=SECRET).encode())
    wrong = (b"x-hub-signature", sign(b"other", secret=SECRET).encode())
    assert post("token", right) == 202
    assert post("token", wrong, token=SECRET) == 401


def test_without_a_secret_it_is_our_fault_and_comes_again() -> None:
    assert post("bare", basic("cd3", b"")) == 503
