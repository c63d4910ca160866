"""The receiver answers 202 only for a verified body that the store has taken."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from webhooks.delivery import Delivery
from webhooks.errors import StoreUnavailableError
from webhooks.receiver import Receiver
from webhooks.signature import sign

SECRET = b"a secret of at least 32 characters"
BODY = b'{"webhookEvent":"jira:issue_updated"}'


@dataclass
class Counts:
    stored: list[tuple[str, bool]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0

    def received(self, site: str, delivery: Delivery, *, new: bool) -> None:
        assert delivery.site == site
        self.stored.append((delivery.identifier, new))

    def rejected(self, site: str, code: str, reason: str) -> None:
        assert site
        self.refused.append((code, reason))

    def disconnected(self) -> None:
        self.left += 1


@dataclass
class Store:
    seen: list[Delivery] = field(default_factory=list)
    broken: bool = False

    async def accept(self, delivery: Delivery) -> bool:
        if self.broken:
            raise StoreUnavailableError("the disk is full")
        new = delivery.identifier not in {d.identifier for d in self.seen}
        self.seen.append(delivery)
        return new


async def secrets(site: str) -> Sequence[bytes] | None:
    return {"acme": [SECRET], "bare": []}.get(site)


@dataclass
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        parsed: dict[str, Any] = orjson.loads(self.body)
        return parsed


class Sender:
    """Speaks ASGI to a receiver, as a server would."""

    def __init__(self, **settings: Any) -> None:
        self.store, self.counts = Store(), Counts()
        self.receiver = Receiver(secrets, self.store.accept, self.counts, **settings)

    def post(
        self,
        body: bytes = BODY,
        *,
        site: str = "acme",
        signature: str | None = None,
        headers: Sequence[tuple[bytes, bytes]] = (),
        messages: Sequence[dict[str, Any]] | None = None,
    ) -> Answer | None:
        signed = sign(body, secret=SECRET) if signature is None else signature
        scope = {
            "type": "http",
            "path_params": {"site": site},
            "headers": [(b"x-hub-signature", signed.encode()), *headers],
        }
        coming = list(messages or [{"type": "http.request", "body": body}])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not coming:
                await asyncio.sleep(3600)
            return coming.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.receiver(scope, receive, send))
        if not sent:
            return None
        start, end = sent
        return Answer(start["status"], dict(start["headers"]), end["body"])


def answered(answer: Answer | None) -> Answer:
    assert answer is not None
    return answer


def test_a_signed_body_is_stored_as_it_came() -> None:
    sender = Sender()
    identifier = (b"x-atlassian-webhook-identifier", b"abc")
    answer = answered(
        sender.post(headers=[identifier, (b"x-atlassian-webhook-retry", b"3")])
    )
    assert answer.status == 202
    [delivery] = sender.store.seen
    assert (delivery.body, delivery.identifier, delivery.retry) == (BODY, "abc", 3)
    assert sender.counts.stored == [("abc", True)]


def test_without_identifier_the_body_names_the_delivery() -> None:
    sender = Sender()
    sender.post()
    sender.post()
    assert [new for _, new in sender.counts.stored] == [True, False]


@pytest.mark.parametrize(
    ("site", "signature", "status", "code"),
    [
        ("nobody", None, 404, "unknown_site"),
        ("acme", "sha256=" + "0" * 64, 401, "bad_signature"),
        ("bare", None, 503, "not_configured"),
    ],
)
def test_who_may_not_deliver_is_told_why(
    site: str, signature: str | None, status: int, code: str
) -> None:
    sender = Sender()
    answer = answered(sender.post(site=site, signature=signature))
    assert (answer.status, answer.problem["code"]) == (status, code)
    assert answer.headers[b"content-type"] == b"application/problem+json"
    assert sender.store.seen == []
    assert sender.counts.refused[0][0] == code


def test_r22_without_a_secret_nothing_is_taken_and_all_comes_again() -> None:
    sender = Sender()
    for signature in (None, "", "sha256=" + "0" * 64):
        answer = answered(sender.post(site="bare", signature=signature))
        assert (answer.status, answer.problem["code"]) == (503, "not_configured")
        assert answer.headers[b"retry-after"] == b"60"
    assert sender.store.seen == []


def test_our_own_trouble_is_a_503_that_jira_repeats() -> None:
    sender = Sender()
    sender.store.broken = True
    answer = answered(sender.post())
    assert answer.status == 503
    assert answer.headers[b"retry-after"] == b"60"


def test_r14_size_counts_whatever_the_length_header_says() -> None:
    sender = Sender(largest_body=1000)
    assert answered(sender.post(b"x" * 1000)).status == 202
    assert answered(sender.post(b"x" * 1001)).status == 413
    declared = [(b"content-length", b"1001")]
    assert answered(sender.post(headers=declared)).status == 413
    chunks = [{"type": "http.request", "body": b"x" * 600, "more_body": True}] * 2
    assert answered(sender.post(messages=chunks)).status == 413
    packed = [(b"content-encoding", b"gzip")]
    assert answered(sender.post(headers=packed)).status == 415


def test_r15_a_body_that_drips_is_cut_off() -> None:
    sender = Sender(body_seconds=0.05)
    drip = [{"type": "http.request", "body": b"x", "more_body": True}]
    assert answered(sender.post(messages=drip)).status == 408


def test_r17_a_sender_that_leaves_is_counted_and_nothing_else() -> None:
    sender = Sender()
    leaving: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert sender.post(messages=leaving) is None
    assert (sender.counts.left, sender.store.seen) == (1, [])
