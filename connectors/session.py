"""Lets atlassian-python-api, which speaks requests, speak over our wire."""

import io
from collections.abc import Mapping
from typing import Final

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from connectors.answer import Answer
from connectors.errors import RefusedError
from connectors.wire import Wire

# What the library may say about its body; all else is the wire's to say.
_PASSED_ON: Final = ("Content-Type", "X-Atlassian-Token")
# The wire has unpacked the body already.
_SPENT: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def session_over(wire: Wire) -> requests.Session:
    """Make a session whose every call goes over the wire, time-outs and all.

    It raises our errors: whatever is no good answer never reaches the library, which
    would forget the names of the fields, or take a login page for a text.
    """
    session = requests.Session()
    session.trust_env = False
    adapter = _WireAdapter(wire)
    for prefix in ("https://", "http://"):
        session.mount(prefix, adapter)
    return session


class _WireAdapter(BaseAdapter):
    """Sends what requests has prepared."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def send(  # noqa: PLR0913, PLR0917 - the signature is requests'
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002 - the signature is requests'
        timeout: object = None,  # noqa: ARG002 - the wire has its own
        verify: object = True,  # noqa: ARG002, FBT002 - always
        cert: object = None,  # noqa: ARG002 - none
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - none
    ) -> requests.Response:
        """Send, judge, and hand a good answer back."""
        url = httpx.URL(request.url or "")
        if not self._wire.access.is_own(url):
            raise RefusedError(f"{url} is not called: it is not on this site.")
        headers = {
            name: str(request.headers[name])
            for name in _PASSED_ON
            if name in request.headers
        }
        answer = self._wire.call(
            request.method or "GET",
            _below(url, httpx.URL(self._wire.access.url)),
            content=_body(request),
            headers=headers,
        )
        if answer.body:
            answer.json()  # the library would swallow what is none
        return _response(answer, request)

    def close(self) -> None:
        """Leave the wire open: it is not ours."""


def _below(url: httpx.URL, base: httpx.URL) -> str:
    """Take path and query below the site's own path, escaped as they are."""
    start = base.raw_path.decode().rstrip("/")
    return url.raw_path.decode().removeprefix(start)


def _body(request: requests.PreparedRequest) -> bytes | None:
    body = request.body
    return body.encode() if isinstance(body, str) else body


def _response(answer: Answer, request: requests.PreparedRequest) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(
        {name: value for name, value in answer.headers.items() if name not in _SPENT}
    )
    response.raw = io.BytesIO(answer.body)
    response.request = request
    response.url = request.url or ""
    response.encoding = "utf-8"
    return response
