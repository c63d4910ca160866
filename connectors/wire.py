"""The one way out: every call to a site goes over its wire.

One httpx client a site, with time-outs and a deadline, a limit on decoded bytes, no
redirects, no proxies but the operator's own, and a look at the host before each call.
Before it stands a gate that keeps the site's limits.
"""

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final, Self

import httpx
import requests

from connectors.access import SiteAccess, read_url
from connectors.answer import Answer, is_unauthorized, judge
from connectors.asking import ask
from connectors.call import Call, Said, is_repeatable
from connectors.deadline import seconds_left, within
from connectors.doubting import judge_unauthorized
from connectors.errors import (
    PausedError,
    RefusedError,
    UnreachableError,
    UnsignedError,
)
from connectors.gate import Gate, Manners
from connectors.limits import Limits, OwnLimits, Pause, is_near, read_retry_after
from connectors.patience import Patience, next_wait, soon
from connectors.signers import signing
from connectors.transport import open_client
from connectors.way_out import DIRECT, WayOut

Params = Mapping[str, str | int | bool | Sequence[str]]
Outcome = Answer | UnreachableError
Files = Sequence[tuple[str, tuple[str | None, bytes, str]]]

_log = logging.getLogger(__name__)

_TOO_MANY: Final = 429
_WORTH_A_LINE: Final = 500
USER_AGENT: Final = f"cd3/{version('cd3')}"
_PLAIN: Final = frozenset({"", "identity", "gzip", "deflate"})
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
)
_SENSELESS: Final = (
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)


def _unobserved(_call: Call) -> None:
    """Count nothing."""


class Wire:
    """Speaks HTTP to one site; answers are good ones, everything else is an error.

    `myself` is where the site says who we are: before a 401 counts against the
    credential, that is asked too. Without it every 401 does.
    """

    def __init__(  # noqa: PLR0913 - all but the first have their defaults
        self,
        access: SiteAccess,
        *,
        patience: Patience | None = None,
        limits: Limits | None = None,
        myself: str = "",
        manners: Manners | None = None,
        observe: Callable[[Call], None] = _unobserved,
        way_out: WayOut = DIRECT,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.access = access
        self._patience = patience or Patience()
        self._myself = myself
        self._observe = observe
        self._sleep = sleep
        self._jitter = jitter
        self._now = now
        known = limits or OwnLimits(now=now)
        self.gate = Gate(known, manners or Manners(), sleep=sleep, now=now)
        self._way_out = way_out
        self._client = open_client(
            access, self._patience.timeouts(), USER_AGENT, way_out
        )

    def __enter__(self) -> Self:
        """Use the wire for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(  # noqa: PLR0913 - an HTTP call has these parts
        self,
        method: str,
        path: str,
        *,
        base: str = "",
        params: Params | None = None,
        body: object = None,
        content: bytes | None = None,
        files: Files | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Make one call below `base` (the site's URL unless told) and judge its answer.

        `body` is sent as JSON, `content` as it is. What is `repeatable` is tried again
        when its outcome is unknown; reads always are.
        """
        url = self._url(base or self.access.url, path)
        sent = dict(headers or {})
        if body is not None:
            content = json.dumps(body, allow_nan=False).encode()
            sent.setdefault("Content-Type", "application/json")

        def request() -> httpx.Request:
            return self._client.build_request(
                method, url, params=params, content=content, files=files, headers=sent
            )

        if repeatable is None:
            repeatable = is_repeatable(method, path)
        said = Said(method, path, self._product(base))
        outcome, pause = self._insist(request, said, repeatable=repeatable)
        doubtful = self._myself and said.plain_path != self._myself
        if doubtful and isinstance(outcome, Answer) and is_unauthorized(outcome):
            return judge_unauthorized(
                outcome, said, lambda: self.call("GET", self._myself)
            )
        return _settle(outcome, pause)

    def rest(self, attempt: int, asked: float = 0.0) -> bool:
        """Sleep a little before another attempt, for longer each time.

        No less than the site asked for; where that is too long for a thread, not at
        all, and the answer is false.
        """
        if asked > self._patience.longest_wait:
            return False
        self._sleep(max(soon(attempt, self._jitter()), asked))
        return True

    def _product(self, base: str) -> str:
        """Name what is called: its limits and its troubles are its own."""
        wiki = base and base == self.access.confluence_url
        return "confluence" if wiki and base != self.access.url else "jira"

    def _url(self, base: str, path: str) -> httpx.URL:
        """Join, and look at the host: credentials go to this site and nowhere else."""
        text = base.rstrip("/") + path
        url = read_url(text, allowed_hosts=self.access.allowed_hosts)
        if not self.access.is_own(url):
            raise RefusedError(f"{text[:200]!r} is not called: it is not on this site.")
        return url

    def _insist(
        self, request: Callable[[], httpx.Request], said: Said, *, repeatable: bool
    ) -> tuple[Outcome, Pause | None]:
        """Try until there is an outcome to leave it at, and tell what then waits."""
        ends = self._now() + seconds_left(self._patience.whole)
        attempt = 1
        self.gate.budget.earn()
        before: Outcome | None = None
        pause: Pause | None = None
        while True:
            try:
                outcome, pause = self._try_signed(request, said, attempt, ends)
            except UnsignedError:
                if before is None:
                    raise
                return before, pause  # what was sent may have been done
            if before is not None and isinstance(outcome, PausedError):
                # What really went wrong tells more than that we stopped trying.
                return before, Pause(outcome.scope, outcome.retry_after or 0.0)
            before = outcome
            paused = pause.seconds if pause else 0.0
            wait = next_wait(
                outcome,
                attempt=attempt,
                repeatable=repeatable,
                patience=self._patience,
                jitter=self._jitter(),
                paused=paused,
            )
            begins = self._now() + max(wait or 0.0, paused)
            if wait is None or begins > ends:
                return outcome, pause
            if not pause and not self.gate.budget.spend():
                return outcome, pause
            if wait:
                self._sleep(wait)
            attempt += 1

    def _take_to_heart(
        self, said: Said, outcome: Outcome, attempt: int
    ) -> Pause | None:
        """Note after a 429 what must wait."""
        if not isinstance(outcome, Answer) or outcome.status != _TOO_MANY:
            return None
        jitter = self._jitter()
        pause = self.gate.hold(said, outcome, attempt=attempt, jitter=jitter)
        _log.warning(
            "%s: 429 %s; %s waits %.1f s",
            said.words,
            pause.reason or "without a reason",
            pause.scope,
            pause.seconds,
        )
        return pause

    def _try_signed(
        self,
        request: Callable[[], httpx.Request],
        said: Said,
        attempt: int,
        ends: float,
    ) -> tuple[Outcome, Pause | None]:
        """Try; where a token that is renewed has ended before its time, try once more.

        A 401 means that nothing was done. Signing may ask for a token: in what is left
        of the whole call's time, and in nobody's lane.
        """
        asked = request()
        with signing(said.words, ends - self._now()):
            auth = self.access.auth(asked.url)
        outcome, pause = self._try(asked, auth, said, attempt)
        if isinstance(outcome, Answer) and is_unauthorized(outcome):
            with signing(said.words, ends - self._now()):
                anew = self.access.renew(asked) and self.access.auth(asked.url)
            if anew:
                return self._try(request(), anew, said, attempt)
        return outcome, pause

    def _try(
        self, request: httpx.Request, auth: httpx.Auth, said: Said, attempt: int
    ) -> tuple[Outcome, Pause | None]:
        """Make one attempt; a pause is noted before the lane is anybody else's."""
        try:
            self.gate.enter(said, longest=self._patience.longest_wait)
        except PausedError as error:
            return error, None
        try:
            ask(said)
        except BaseException:
            self.gate.leave(said, None)
            raise
        began = time.monotonic()
        outcome: Outcome | None = None
        pause: Pause | None = None
        try:
            deadline = self._patience.deadline(said.method)
            by = self._way_out.words(request.url)
            with our_errors(f"{said.words}{by}"), within(deadline):
                outcome = self._exchange(request, auth, said)
            pause = self._take_to_heart(said, outcome, attempt)
        except UnreachableError as error:
            outcome = error
        finally:
            self.gate.leave(said, outcome)
            self._tell(said, outcome, time.monotonic() - began, attempt)
        return outcome, pause

    def _tell(
        self,
        said: Said,
        outcome: Outcome | None,
        seconds: float,
        attempt: int,
    ) -> None:
        """Tell whoever counts and whoever traces what one attempt came to."""
        answer = outcome if isinstance(outcome, Answer) else None
        headers = answer.headers if answer else httpx.Headers()
        call = Call(
            method=said.method,
            template=said.template,
            status=answer.status if answer else 0,
            seconds=seconds,
            product=said.product,
            attempt=attempt,
            reason=headers.get("ratelimit-reason", "").strip().lower()[:64],
            trace=headers.get("atl-traceid", "")[:64],
            near=is_near(headers),
        )
        self._observe(call)
        failed = answer is None or answer.status >= _WORTH_A_LINE
        _log.log(
            logging.WARNING if failed else logging.DEBUG,
            "%s: %s after %.3f s, attempt %d%s",
            said.words,
            answer.status if answer else outcome or "broken off",
            seconds,
            attempt,
            f", Atlassian's trace {call.trace}" if call.trace else "",
        )

    def _exchange(self, request: httpx.Request, auth: httpx.Auth, said: Said) -> Answer:
        response = self._client.send(request, stream=True, auth=auth)
        try:
            body = self._read(response, said)
        finally:
            response.close()
        return Answer(
            said.method, said.plain_path, response.status_code, response.headers, body
        )

    def _read(self, response: httpx.Response, said: Said) -> bytes:
        """Read the body, counting what it unpacks to."""
        if response.headers.get("content-encoding", "").lower() not in _PLAIN:
            raise RefusedError(f"{said.words}: the answer is packed in an unknown way.")
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > self._patience.most_bytes:
                raise RefusedError(
                    f"{said.words}: the answer is larger than "
                    f"{self._patience.most_bytes} bytes; ask for less at a time."
                )
        return bytes(body)


@contextmanager
def our_errors(what: str) -> Iterator[None]:
    """Turn what httpx, requests and the library over them raise into our errors."""
    try:
        yield
    except _SENSELESS as error:
        raise RefusedError(f"{what}: not called, {error}") from error
    except _NEVER_SENT as error:
        raise UnreachableError(f"{what}: no connection, {error}", sent=False) from error
    except (httpx.HTTPError, requests.RequestException) as error:
        words = str(error) or type(error).__name__
        raise UnreachableError(f"{what}: no whole answer, {words}") from error


def _settle(outcome: Outcome, pause: Pause | None) -> Answer:
    if isinstance(outcome, UnreachableError):
        outcome.retry_after = pause.seconds if pause else outcome.retry_after
        raise outcome
    if pause is None:
        return judge(outcome, read_retry_after(outcome.headers))
    return judge(outcome, pause.seconds, scope=pause.scope)
