"""The bench's deliveries are signed, of one size, and each unlike the others."""

import hashlib

from bench.deliveries import BODY_BYTES, SECRET, requests
from webhooks.events import IssueChanged, read_event
from webhooks.signature import verify


def test_each_is_signed_of_one_size_and_new() -> None:
    seen = set()
    for request in requests("one", 50):
        head, _, body = request.partition(b"\r\n\r\n")
        lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        assert verify(body, [lines[b"x-hub-signature"]], secrets=[SECRET]) == 0
        assert len(body) == int(lines[b"content-length"]) == BODY_BYTES
        assert isinstance(read_event(body), IssueChanged)
        seen.add(hashlib.sha256(body).digest())
        seen.add(lines[b"x-atlassian-webhook-identifier"])
    assert len(seen) == 100
