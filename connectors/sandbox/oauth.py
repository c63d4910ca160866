"""OAuth 2.0 as the site gives it: tokens, rotating refresh tokens, consent.

The Cloud's own endpoints, as they stand on auth.atlassian.com and api.atlassian.com,
and Data Center's (`/rest/oauth2/latest/token`). Consent is given at once, by whoever
owns the client. All of it lives in memory only.
"""

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from connectors.sandbox.accounts import Account, Accounts, bearer_of
from connectors.sandbox.clock import Clock

OFFLINE: Final = "offline_access"


@dataclass(frozen=True, slots=True)
class _Access:
    """An access token: whose, until when, and through which door."""

    account_id: str
    ends: datetime
    gateway: bool


@dataclass(slots=True)
class _Refresh:
    """A refresh token of one consent; used ones are remembered, with when."""

    family: str
    account_id: str
    scope: str
    used_at: datetime | None = None


class OAuthDesk:
    """Gives tokens and knows them again.

    `leeway` is for how long a refresh token that was used is taken once more. Later,
    that is taken for a theft: the whole family ends, as OAuth's best practice asks.
    """

    def __init__(self, accounts: Accounts, now: Clock) -> None:
        """Begin with no token given."""
        self.access_seconds = 3600.0
        self.leeway = timedelta(0)
        self._accounts = accounts
        self._now = now
        self._lock = threading.Lock()
        self._access: dict[str, _Access] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._codes: dict[str, tuple[str, str, str]] = {}

    def who(self, authorization: str | None, *, gateway: bool) -> Account | None:
        """Find whose access token this is."""
        with self._lock:
            known = self._access.get(bearer_of(authorization))
        if known is None or known.gateway != gateway or known.ends <= self._now():
            return None
        return self._accounts.find(known.account_id)

    def end_access_tokens(self) -> None:
        """Let all access tokens end now, as if they were revoked."""
        with self._lock:
            self._access.clear()

    def end_refresh_tokens(self) -> None:
        """Let all refresh tokens end now."""
        with self._lock:
            self._refresh.clear()

    def consent(self, client_id: str, redirect_uri: str, scope: str) -> str | None:
        """Give a code for a client that there is."""
        for account in self._accounts:
            if account.client_id and account.client_id == client_id:
                code = secrets.token_urlsafe(16)
                with self._lock:
                    self._codes[code] = (account.account_id, redirect_uri, scope)
                return code
        return None

    def give(self, said: Mapping[str, Any], *, gateway: bool) -> dict[str, Any] | str:
        """Answer a request for tokens; a text says what is wrong with it."""
        client = self._accounts.client(said.get("client_id"), said.get("client_secret"))
        if client is None:
            return "access_denied"
        kind = said.get("grant_type")
        with self._lock:
            if kind == "client_credentials":
                return self._tokens(client.account_id, "", gateway=gateway)
            if kind == "authorization_code" and gateway:
                return self._for_code(said)
            if kind == "refresh_token" and gateway:
                return self._for_refresh(str(said.get("refresh_token")))
        return "unsupported_grant_type"

    def _for_code(self, said: Mapping[str, Any]) -> dict[str, Any] | str:
        known = self._codes.pop(str(said.get("code")), None)
        if known is None or known[1] != said.get("redirect_uri"):
            return "invalid_grant"
        account_id, _redirect, scope = known
        family = secrets.token_hex(8) if OFFLINE in scope.split() else ""
        return self._tokens(account_id, scope, gateway=True, family=family)

    def _for_refresh(self, token: str) -> dict[str, Any] | str:
        known = self._refresh.get(token)
        if known is None:
            return "invalid_grant"
        now = self._now()
        if known.used_at is not None and now - known.used_at >= self.leeway:
            self._refresh = {
                name: one
                for name, one in self._refresh.items()
                if one.family != known.family
            }
            return "invalid_grant"
        known.used_at = known.used_at or now
        return self._tokens(
            known.account_id, known.scope, gateway=True, family=known.family
        )

    def _tokens(
        self, account_id: str, scope: str, *, gateway: bool, family: str = ""
    ) -> dict[str, Any]:
        access = secrets.token_urlsafe(24)
        ends = self._now() + timedelta(seconds=self.access_seconds)
        self._access[access] = _Access(account_id, ends, gateway)
        told = {
            "access_token": access,
            "expires_in": round(self.access_seconds),
            "token_type": "Bearer",
            "scope": scope,
        }
        if family:
            fresh = secrets.token_urlsafe(24)
            self._refresh[fresh] = _Refresh(family, account_id, scope)
            told["refresh_token"] = fresh
        return told


class Known(Protocol):
    """What the desk tells of the site."""

    url: str
    cloud_id: str


def routes(desk: OAuthDesk, site: Known) -> list[Route]:
    """Mount the endpoints of both kinds of site."""

    async def cloud(request: Request) -> Response:
        try:
            said = orjson.loads(await request.body())
        except orjson.JSONDecodeError:
            return _refused("invalid_request", 400)
        known = said if isinstance(said, dict) else {}
        return _given(desk.give(known, gateway=True))

    async def data_center(request: Request) -> Response:
        said = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        return _given(desk.give(said, gateway=False))

    async def authorize(request: Request) -> Response:
        asked = request.query_params
        redirect, scope = asked.get("redirect_uri", ""), asked.get("scope", "")
        code = desk.consent(asked.get("client_id", ""), redirect, scope)
        if code is None or not redirect:
            return _refused("invalid_request", 400)
        back = urlencode({"code": code, "state": asked.get("state", "")})
        return RedirectResponse(f"{redirect}?{back}", 302)

    async def resources(request: Request) -> Response:
        if desk.who(request.headers.get("authorization"), gateway=True) is None:
            return JSONResponse({"code": 401, "message": "Unauthorized"}, 401)
        told = {"id": site.cloud_id, "url": site.url, "name": "sandbox", "scopes": []}
        return JSONResponse([told])

    return [
        Route("/oauth/token", cloud, methods=["POST"]),
        Route("/rest/oauth2/latest/token", data_center, methods=["POST"]),
        Route("/authorize", authorize, methods=["GET"]),
        Route("/oauth/token/accessible-resources", resources, methods=["GET"]),
    ]


def _given(outcome: dict[str, Any] | str) -> Response:
    if isinstance(outcome, str):
        # Atlassian answers a spent refresh token with 403.
        return _refused(outcome, 403 if outcome == "invalid_grant" else 401)
    return JSONResponse(outcome)


def _refused(error: str, status: int) -> Response:
    told = {
        "invalid_grant": "Unknown or invalid refresh token.",
        "access_denied": "Unauthorized",
    }
    said = {"error": error, "error_description": told.get(error, error)}
    return JSONResponse(said, status)
