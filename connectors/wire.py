"""The one way out: every call to a site goes over its wire.

One httpx client a site, with time-outs and a deadline, a limit on decoded bytes, no
redirects, no proxies from the environment, and a look at the host before each call.
"""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import Final, Self

import httpx
import requests

from connectors.access import SiteAccess, is_listed, read_url
from connectors.answer import Answer, judge
from connectors.call import Call, Said, is_repeatable, template_of
from connectors.errors import RefusedError, UnreachableError
from connectors.patience import Patience, next_wait, read_retry_after
from connectors.transport import TimedTransport, within

Params = Mapping[str, str | int | bool | Sequence[str]]
Files = Sequence[tuple[str, tuple[str | None, bytes, str]]]

USER_AGENT: Final = f"cd3/{version('cd3')}"
_PLAIN: Final = frozenset({"", "identity", "gzip", "deflate"})
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
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
    """Speaks HTTP to one site; answers are good ones, everything else is an error."""

    def __init__(
        self,
        access: SiteAccess,
        *,
        patience: Patience | None = None,
        observe: Callable[[Call], None] = _unobserved,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.access = access
        self._patience = patience or Patience()
        self._observe = observe
        self._sleep = sleep
        self._jitter = jitter
        self._client = _client(access, self._patience)

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
        return self._insist(request, Said(method, path), repeatable=repeatable)

    def _url(self, base: str, path: str) -> httpx.URL:
        """Join, and look at the host: credentials go to this site and nowhere else."""
        text = base.rstrip("/") + path
        url = read_url(text, allowed_hosts=self.access.allowed_hosts)
        if not self.access.is_own(url):
            raise RefusedError(f"{text[:200]!r} is not called: it is not on this site.")
        return url

    def _insist(
        self, request: Callable[[], httpx.Request], said: Said, *, repeatable: bool
    ) -> Answer:
        """Try until there is an answer to leave it at."""
        began = time.monotonic()
        attempt = 1
        while True:
            outcome = self._try(request(), said)
            wait = next_wait(
                outcome,
                attempt=attempt,
                repeatable=repeatable,
                patience=self._patience,
                jitter=self._jitter(),
            )
            spent = time.monotonic() - began
            if wait is None or spent + wait > self._patience.whole:
                return _settle(outcome)
            self._sleep(wait)
            attempt += 1

    def _try(self, request: httpx.Request, said: Said) -> Answer | UnreachableError:
        began = time.monotonic()
        status = 0
        try:
            with our_errors(said.words), within(self._patience.attempt):
                answer = self._exchange(request, said)
            status = answer.status
        except UnreachableError as error:
            return error
        else:
            return answer
        finally:
            seconds = time.monotonic() - began
            self._observe(Call(said.method, template_of(said.path), status, seconds))

    def _exchange(self, request: httpx.Request, said: Said) -> Answer:
        response = self._client.send(request, stream=True, auth=self.access.auth())
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


def _settle(outcome: Answer | UnreachableError) -> Answer:
    if isinstance(outcome, UnreachableError):
        raise outcome
    return judge(outcome, read_retry_after(outcome))


def _client(access: SiteAccess, patience: Patience) -> httpx.Client:
    def listed(host: str, port: int) -> bool:
        known = access.allowed_hosts
        return any(
            is_listed(httpx.URL(scheme=scheme, host=host, port=port), known)
            for scheme in ("https", "http")
        )

    limits = httpx.Limits(max_connections=20, max_keepalive_connections=10)
    return httpx.Client(
        transport=TimedTransport(limits=limits, is_listed=listed),
        timeout=patience.timeouts(),
        # No cookies: a session of theirs would let Jira answer as to a browser.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={
            "User-Agent": USER_AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        },
        trust_env=False,
        follow_redirects=False,
    )
