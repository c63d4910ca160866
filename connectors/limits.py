"""A site's limits: what its answers say of them, and what all who call it share.

Burst, per-issue and quota limits are three things. A burst limit holds back one
endpoint, a per-issue limit one issue, a quota everything of one product. Pure but for
`OwnLimits`, which is for one process that shares them with nobody.
"""

import re
import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

import httpx

from connectors.answer import Answer
from connectors.call import Said

PRODUCTS: Final = ("jira", "confluence")
_DAY: Final = 86400.0
# Bursts are over in seconds. Who asks for more than this is asked once more after it.
LONGEST_ASKED: Final = 3600.0
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
# Only such words are counted; anybody can write a header.
KNOWN_REASONS: Final = (
    "jira-quota-global-based",
    "jira-quota-tenant-based",
    "jira-burst-based",
    "jira-per-issue-on-write",
    "jira-cost-based",
    "jira-max-concurrent-threads",
    "confluence-quota-global-based",
    "confluence-quota-tenant-based",
    "confluence-burst-based",
)


@dataclass(frozen=True, slots=True)
class Pause:
    """What must wait, for how many seconds, and in which words of the site's.

    It is `doubtful` where the site asked for longer: one call finds out afterwards.
    """

    scope: str
    seconds: float
    reason: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Tripped:
    """An open circuit: `seconds` until one call may try; opened so often in a row."""

    seconds: float
    times: int


@dataclass(frozen=True, slots=True)
class Headroom:
    """What is left of one policy, in points; `None` where the site does not say."""

    policy: str
    remaining: int | None = None
    resets_in: int | None = None


class Limits(Protocol):
    """What all who call one site know of its limits together."""

    def paused(self, scopes: Collection[str]) -> Pause | None:
        """Find the longest pause that lies on any of these scopes."""

    def pause(self, pause: Pause) -> None:
        """Let all who call the site know that something must wait."""

    def reserve(self, scope: str, *, count: int, rate: float) -> float:
        """Take the next `count` turns; answer in how many seconds the first is."""

    def tripped(self, scope: str) -> Tripped | None:
        """Tell whether nobody calls a product or endpoint until one has tried it."""

    def trip(self, scope: str, *, first: float, longest: float) -> None:
        """Let nobody call it, each time in a row for twice as long; then one may try.

        Changes nothing where it is open already.
        """

    def claim_probe(self, scope: str, *, seconds: float) -> bool:
        """Be the one who tries whether it works again; false where another is."""

    def mend(self, scope: str) -> None:
        """Let all call it again."""


def scopes_of(said: Said) -> tuple[str, ...]:
    """Name the scopes that a call is in, the widest first."""
    found = (said.product, endpoint_scope(said))
    writes = said.issue and not said.is_read
    return (*found, issue_scope(said.issue)) if writes else found


def endpoint_scope(said: Said) -> str:
    """Name an endpoint and method, as the site counts them."""
    return f"{said.product} {said.method} {said.template}"


def is_endpoint(scope: str) -> bool:
    """Tell an endpoint's scope from a product's, an issue's and none."""
    return scope.count(" ") > 1


def issue_scope(issue: str) -> str:
    """Name one issue's writes."""
    return f"issue {issue}"


def read_pause(said: Said, answer: Answer, *, attempt: int, jitter: float) -> Pause:
    """Read from a 429 what must wait, and for how long.

    A reason that we do not know is taken like a burst limit.
    """
    reason = answer.headers.get("ratelimit-reason", "").strip().lower()[:64]
    if "quota" in reason:
        product = reason.partition("-")[0]
        scope = product if product in PRODUCTS else said.product
        return Pause(scope, _quota_wait(answer), reason)
    asked = read_retry_after(answer.headers)
    if asked is None:
        # Full words only from the gateway: from five seconds up to half a minute.
        wait = min(30.0, 5.0 * 2.0 ** (attempt - 1)) * (0.7 + 0.6 * jitter)
    else:
        # Data Center may say 0 together with a 429.
        wait = min(max(asked, 1.0) * (1.0 + 0.3 * jitter), LONGEST_ASKED)
    if "per-issue" in reason and said.issue:
        return Pause(issue_scope(said.issue), wait, reason)
    doubtful = asked is not None and asked > LONGEST_ASKED
    return Pause(endpoint_scope(said), wait, reason, doubtful)


def read_retry_after(headers: httpx.Headers) -> float | None:
    """Read for how many seconds the site wants to be left alone.

    A date is measured against the answer's own `Date`; senseless values count as none,
    and of several the longest counts.
    """
    found = list(_waits(headers))
    return max(found) if found else None


def read_headroom(headers: httpx.Headers) -> tuple[Headroom, ...]:
    """Read what is left of the quotas; what is not understood is left out.

    `"name";r=9;t=60, "other"`, in any sequence, with parts missing; the fields are
    informational where their names begin with `Beta-`.
    """
    found = []
    for name in ("ratelimit", "beta-ratelimit"):
        for text in headers.get_list(name, split_commas=True):
            policy, *parts = (part.strip() for part in text.split(";"))
            numbers = dict(_number(part) for part in parts if "=" in part)
            if policy.strip('"'):
                left, resets = numbers.get("r"), numbers.get("t")
                found.append(Headroom(policy.strip('"')[:64], left, resets))
    return tuple(found)


def is_near(headers: httpx.Headers) -> bool:
    """Say whether the site warns that less than a fifth is left."""
    names = ("x-ratelimit-nearlimit", "x-beta-ratelimit-nearlimit")
    return any(headers.get(name, "").strip().lower() == "true" for name in names)


def _number(part: str) -> tuple[str, int | None]:
    name, _, value = part.partition("=")
    plain = value.strip()
    number = int(plain) if plain.isascii() and plain.isdigit() else None
    return name.strip(), number if plain[:10] == plain else None


def _quota_wait(answer: Answer) -> float:
    """Wait until the quota is full again: as told, else until the hour is over."""
    asked = read_retry_after(answer.headers)
    if asked is not None:
        return max(asked, 1.0)
    now = _moment(answer.headers.get("date", ""))
    if now is None:
        return 3600.0
    until = _iso(answer.headers.get("x-ratelimit-reset", ""))
    if until is None:
        until = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return min(max((until - now).total_seconds(), 1.0), _DAY)


def _waits(headers: httpx.Headers) -> Iterator[float]:
    for text in headers.get_list("retry-after"):
        if _SECONDS.fullmatch(text.strip()):
            yield min(float(text), _DAY)
        elif (until := _moment(text)) and (now := _moment(headers.get("date", ""))):
            yield min(max((until - now).total_seconds(), 0.0), _DAY)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class OwnLimits:
    """Limits that one process keeps to itself."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._pauses: dict[str, tuple[float, str]] = {}
        self._next: dict[str, float] = {}
        self._open: dict[str, tuple[float, int, float]] = {}

    def paused(self, scopes: Collection[str]) -> Pause | None:
        """Find the longest pause that lies on any of these scopes."""
        now = self._now()
        with self._lock:
            self._pauses = {k: v for k, v in self._pauses.items() if v[0] > now}
            found = [
                Pause(scope, self._pauses[scope][0] - now, self._pauses[scope][1])
                for scope in scopes
                if scope in self._pauses
            ]
        return max(found, key=lambda pause: pause.seconds, default=None)

    def pause(self, pause: Pause) -> None:
        """Note that something must wait."""
        until = self._now() + pause.seconds
        with self._lock:
            known = self._pauses.get(pause.scope, (0.0, ""))
            self._pauses[pause.scope] = max(known, (until, pause.reason))

    def reserve(self, scope: str, *, count: int, rate: float) -> float:
        """Take the next turns."""
        now = self._now()
        with self._lock:
            first = next_turn(self._next.get(scope, 0.0), now, rate)
            self._next[scope] = first + count / rate
        return max(0.0, first - now)

    def tripped(self, scope: str) -> Tripped | None:
        """Tell whether the circuit is open."""
        with self._lock:
            found = self._open.get(scope)
        return found and Tripped(found[0] - self._now(), found[1])

    def trip(self, scope: str, *, first: float, longest: float) -> None:
        """Open the circuit."""
        with self._lock:
            until, times, _ = self._open.get(scope, (0.0, 0, 0.0))
            if times and until > self._now():
                return  # several saw the same trouble
            until = self._now() + open_for(times, first=first, longest=longest)
            self._open[scope] = (until, times + 1, 0.0)

    def claim_probe(self, scope: str, *, seconds: float) -> bool:
        """Be the one who tries."""
        now = self._now()
        with self._lock:
            until, times, probing = self._open.get(scope, (0.0, 0, 0.0))
            if times and (until > now or probing > now):
                return False
            if times:
                self._open[scope] = (until, times, now + seconds)
            return True

    def mend(self, scope: str) -> None:
        """Close the circuit."""
        with self._lock:
            self._open.pop(scope, None)


def next_turn(due: float, now: float, rate: float) -> float:
    """Say when the next turn is: unused turns are kept for a fifth of a second."""
    return max(due, now - min(0.2, 4 / rate))


def open_for(times: int, *, first: float, longest: float) -> float:
    """Say how long a circuit stays open that was opened so often before."""
    return min(first * 2.0 ** min(times, 30), longest)
