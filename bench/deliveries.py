"""Signed deliveries of one size, as Jira would send them, each unlike the others."""

import random
from collections.abc import Iterator
from typing import Any, Final

import orjson

from webhooks.signature import sign

SEED: Final = 2026
BODY_BYTES: Final = 4096
SITE: Final = "bench"
SECRET: Final = b"a webhook secret of the benches' own"

_URL: Final = "https://example.atlassian.net"
_PROSE: Final = (
    "the export of a large report fails for some people after the last release "
    "because rows without an owner are read twice and the total is then wrong "
    "please look at the attached log and tell us when a fix can be shipped"
)
_WORDS: Final = _PROSE.split()


def requests(
    name: str, count: int, *, size: int = BODY_BYTES, site: str = SITE
) -> Iterator[bytes]:
    """Make whole HTTP requests; `name` keeps one run's apart from another's."""
    chance = random.Random(f"{SEED} {name}")  # noqa: S311 - a bench, no secret
    for number in range(count):
        body = _body(f"{name}-{number}", chance, size)
        yield request(body, name=f"{name}-{number}", site=site)


def request(body: bytes, *, name: str, site: str, secret: bytes = SECRET) -> bytes:
    """Make the whole HTTP request of a delivery; `name` is its identifier."""
    return (
        f"POST /webhooks/jira/{site} HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        "user-agent: Atlassian Webhook HTTP Client\r\n"
        "content-type: application/json; charset=UTF-8\r\n"
        f"x-atlassian-webhook-identifier: {name}\r\n"
        "x-atlassian-webhook-flow: Primary\r\n"
        f"x-hub-signature: {sign(body, secret=secret)}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode() + body


def _body(name: str, chance: random.Random, size: int) -> bytes:
    """Fill an event of Jira's shape with prose until it has the size."""
    person = _person(chance.randrange(40))
    event: dict[str, Any] = {
        "timestamp": 1_790_000_000_000 + chance.randrange(10**9),
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "user": person,
        "issue": {
            "id": str(chance.randrange(10_000, 99_999)),
            "self": f"{_URL}/rest/api/2/issue/{chance.randrange(10_000, 99_999)}",
            "key": f"CD-{chance.randrange(5_000)}",
            "fields": {
                "project": {"id": "10000", "key": "CD", "name": "Cost of delay"},
                "creator": _person(chance.randrange(40)),
                "assignee": person,
                "customfield_10031": chance.randrange(50_000),
                "labels": chance.sample(_WORDS, 3),
                "summary": name,
                "description": "",
            },
        },
        "changelog": {"items": [{"field": "Cost of delay", "toString": name}]},
    }
    room = size - len(orjson.dumps(event))
    prose = " ".join(chance.choices(_WORDS, k=size // 4))[:room]
    event["issue"]["fields"]["description"] = prose.ljust(room)
    return orjson.dumps(event)


def _person(number: int) -> dict[str, object]:
    account = f"712020:00000000-0000-4000-8000-{number:012d}"
    sizes = ("48x48", "24x24", "16x16", "32x32")
    avatar = f"https://avatar.example.net/{account}"
    return {
        "self": f"{_URL}/rest/api/2/user?accountId={account}",
        "accountId": account,
        "avatarUrls": {size: f"{avatar}/{size[:2]}" for size in sizes},
        "displayName": f"Person {number}",
        "active": True,
        "timeZone": "Europe/Berlin",
        "accountType": "atlassian",
    }
