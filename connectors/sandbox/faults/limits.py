"""Rate limits as Jira Cloud keeps them: burst, writes of one issue, points an hour.

Burst: a token bucket an endpoint and method, for all who call. Writes: two windows an
issue. Points: an account's, hard until the hour is over. The figures are those of
https://developer.atlassian.com/cloud/jira/platform/rate-limiting/.
"""

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.sandbox.faults.fault import FaultError

JIRAS: Final[Mapping[str, Any]] = {
    "GET": 100,
    "POST": 100,
    "PUT": 50,
    "DELETE": 50,
    "issue_writes": [[20, 2], [100, 30]],
    "points": None,
}
_METHODS: Final = ("GET", "POST", "PUT", "DELETE")
_NEAR: Final = 0.2
_HIGHEST: Final = 1_000_000
_MOST_ISSUES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Let in, or turned away because of `reason`, to come again in `wait` seconds."""

    reason: str = ""
    wait: float = 0.0
    limit: int = 0
    left: int = 0

    def headers(self, now: datetime) -> dict[str, str]:
        """Say it as Jira does."""
        if not self.reason:
            near = self.limit and self.left < _NEAR * self.limit
            return {"X-RateLimit-NearLimit": "true"} if near else {}
        until = now + timedelta(seconds=self.wait)
        return {
            "Retry-After": str(max(1, round(self.wait + 0.49))),
            "RateLimit-Reason": self.reason,
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.left),
            "X-RateLimit-Reset": until.strftime("%Y-%m-%dT%H:%MZ"),
            "X-RateLimit-NearLimit": "true",
        }


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class RateLimits:
    """The limits that are on; safe to use from any thread. None at first."""

    _figures: Mapping[str, Any] | None = None
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _writes: dict[str, deque[float]] = field(default_factory=dict)
    _points: dict[tuple[str, datetime], int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def switch(self, figures: Mapping[str, Any] | None) -> None:
        """Switch limits on, Jira's where one is not named; nothing switches all off."""
        read = None if figures is None else {**JIRAS, **_checked(figures)}
        with self._lock:
            self._figures = read
            self._buckets.clear()
            self._writes.clear()
            self._points.clear()

    def told(self) -> Mapping[str, Any] | None:
        """Give the figures."""
        return self._figures

    def judge(  # noqa: PLR0913 - what a request is to a limit
        self,
        method: str,
        endpoint: str,
        *,
        issue: str,
        account: str,
        now: datetime,
        at: float,
    ) -> Verdict:
        """Let a request in or turn it away; `at` is in seconds of any clock."""
        with self._lock:
            if self._figures is None or method not in _METHODS:
                return Verdict()
            own = method in ("PUT", "POST", "DELETE") and issue
            return (
                self._quota(method, account, now)
                or (self._of_issue(issue, at) if own else None)
                or self._burst(method, endpoint, at)
            )

    def _burst(self, method: str, endpoint: str, at: float) -> Verdict:
        assert self._figures is not None  # noqa: S101 - `judge` has looked
        most = int(self._figures[method])
        bucket = self._buckets.setdefault((method, endpoint), _Bucket(most, at))
        bucket.tokens = min(most, bucket.tokens + (at - bucket.at) * most)
        bucket.at = at
        if bucket.tokens < 1:
            wait = (1 - bucket.tokens) / most
            return Verdict("jira-burst-based", wait, most, 0)
        bucket.tokens -= 1
        return Verdict(limit=most, left=int(bucket.tokens))

    def _of_issue(self, issue: str, at: float) -> Verdict | None:
        assert self._figures is not None  # noqa: S101 - as above
        if len(self._writes) > _MOST_ISSUES:
            self._writes.clear()
        windows = self._figures["issue_writes"]
        past = self._writes.setdefault(issue, deque(maxlen=max(n for n, _ in windows)))
        for most, seconds in windows:
            recent = [then for then in past if then > at - seconds]
            if len(recent) >= most:
                wait = recent[-most] + seconds - at
                return Verdict("jira-per-issue-on-write", wait, most, 0)
        past.append(at)
        return None

    def _quota(self, method: str, account: str, now: datetime) -> Verdict | None:
        assert self._figures is not None  # noqa: S101 - as above
        most = self._figures["points"]
        if most is None:
            return None
        hour = now.replace(minute=0, second=0, microsecond=0)
        cost = 2 if method == "GET" else 1
        spent = self._points.get((account, hour), 0)
        if spent + cost > most:
            wait = (hour + timedelta(hours=1) - now).total_seconds()
            return Verdict("jira-quota-tenant-based", wait, most, most - spent)
        self._points[account, hour] = spent + cost
        return None


def endpoint_of(path: str) -> str:
    """Reduce a path to its endpoint: ids hold digits, keys are upper."""
    parts = path.split("/")
    named = (part.isupper() or any(c.isdigit() for c in part) for part in parts)
    return "/".join(
        "{}" if is_name and number > _VERSION else part
        for number, (part, is_name) in enumerate(zip(parts, named, strict=True))
    )


# `/rest/api/3/…`: the third part is a version, not an id.
_VERSION: Final = 3


def issue_of(path: str) -> str:
    """Name the issue that a path is about; empty where it is about none."""
    parts = path.split("/")
    if parts[1:3] == ["rest", "api"] and parts[4:5] == ["issue"] and len(parts) > 5:  # noqa: PLR2004 - /rest/api/3/issue/KEY
        return parts[5] if any(sign.isdigit() for sign in parts[5]) else ""
    return ""


def _checked(figures: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in figures.items():
        if name not in JIRAS:
            raise FaultError(f"no limit is called {name!r}, only {', '.join(JIRAS)}")
        if name == "issue_writes":
            if not _are_windows(value):
                raise FaultError("issue_writes is a list such as [[20, 2], [100, 30]]")
        elif not (name == "points" and value is None) and not _is_count(value):
            raise FaultError(f"{name} is a whole number above 0, not {value!r}")
    return dict(figures)


def _are_windows(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(one, list) and len(one) == 2 and all(map(_is_count, one))  # noqa: PLR2004 - so many writes in so many seconds
            for one in value
        )
    )


def _is_count(value: object) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and 0 < int(str(value)) <= _HIGHEST
