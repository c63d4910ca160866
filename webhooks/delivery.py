"""One delivery as it came over the wire, verified and not yet read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST_IDENTIFIER = 256


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified delivery. `identifier` stays the same over Jira's retries."""

    site: str
    identifier: str
    body: bytes
    body_hash: bytes
    flow: str = ""
    retry: int = 0


def read_delivery(
    site: str, headers: Mapping[bytes, bytes], body: bytes, digest: bytes = b""
) -> Delivery:
    """Take the delivery from its headers (lower-case names) and body.

    Data Center sends no identifier: the hash of the body stands in for it. Headers
    are not signed, so nothing but counting and deduplication hangs on them. `digest`
    is the SHA-256 of the body, where it is known already.
    """
    digest = digest or hashlib.sha256(body).digest()
    identifier = _text(headers.get(b"x-atlassian-webhook-identifier"))
    return Delivery(
        site=site,
        identifier=identifier or f"sha256:{digest.hex()}",
        body=body,
        body_hash=digest,
        flow=_text(headers.get(b"x-atlassian-webhook-flow"))[:16],
        retry=_count(headers.get(b"x-atlassian-webhook-retry")),
    )


def _text(raw: bytes | None) -> str:
    text = (raw or b"").decode("ascii", "replace").strip()
    return text[:_LONGEST_IDENTIFIER]


def _count(raw: bytes | None) -> int:
    text = _text(raw)
    return min(int(text), 1_000) if text.isascii() and text.isdigit() else 0
