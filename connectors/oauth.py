"""Ask for access tokens, over the same guarded wire as all else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from connectors.access import same_address
from connectors.answer import Answer
from connectors.errors import RefusedError, UnauthorizedError, UnreachableError
from connectors.wire import Wire

CLOUD_TOKENS: Final = "/oauth/token"
DATA_CENTER_TOKENS: Final = "/rest/oauth2/latest/token"
AUDIENCE: Final = "api.atlassian.com"
_LONGEST: Final = 365 * 86_400
_CLOUD_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What a token endpoint gave; `seconds` is how long the access token lives.

    `refresh` is empty where there is none. The one that was sent has ended by then.
    """

    access: str = field(repr=False)
    seconds: float
    refresh: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client: an app, or a service account's credential."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """The Cloud's token endpoint speaks JSON, Data Center's takes forms."""

    wire: Wire
    data_center: bool = False

    def for_client(self, client: Client) -> TokenAnswer:
        """Ask for a token in the client's own name (RFC 6749, 4.4)."""
        said = {"grant_type": "client_credentials"}
        if not self.data_center:
            said["audience"] = AUDIENCE
        return self._ask(client, said, repeatable=True)

    def refreshed(self, client: Client, refresh: str) -> TokenAnswer:
        """Change a refresh token for a new pair.

        Repeating it after an answer that was lost is the only way on: Atlassian takes
        the same one again for 10 minutes.
        """
        said = {"grant_type": "refresh_token", "refresh_token": refresh}
        return self._ask(client, said, repeatable=True)

    def for_code(self, client: Client, code: str, redirect_uri: str) -> TokenAnswer:
        """Change the code that a person's consent gave for the first pair."""
        said = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        return self._ask(client, said, repeatable=False)

    def _ask(
        self, client: Client, said: Mapping[str, str], *, repeatable: bool
    ) -> TokenAnswer:
        whole = {**said, "client_id": client.id, "client_secret": client.secret}
        try:
            answer = self._call(whole, repeatable=repeatable)
        except RefusedError as error:
            # Whatever status it comes with (400, 401, 403), it is the credential.
            raise UnauthorizedError(str(error), error.status, error.messages) from error
        return _read(answer)

    def _call(self, whole: Mapping[str, str], *, repeatable: bool) -> Answer:
        if not self.data_center:
            return self.wire.call(
                "POST", CLOUD_TOKENS, body=dict(whole), repeatable=repeatable
            )
        return self.wire.call(
            "POST",
            DATA_CENTER_TOKENS,
            content=urlencode(whole).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            repeatable=repeatable,
        )


def told_cloud_id(url: str, gateway_url: str) -> str:
    """Read a site's id from a URL behind the gateway; nothing where it is another."""
    front, _, tail = url.partition("/ex/jira/")
    found = tail.rstrip("/")
    behind = same_address(front, gateway_url) and _CLOUD_ID.fullmatch(found)
    return found if behind else ""


def find_cloud_id(wire: Wire) -> str:
    """Ask a Cloud site for its id, by which the gateway knows it; anybody may."""
    said = wire.call("GET", "/_edge/tenant_info").json()
    found = str(said.get("cloudId")) if isinstance(said, Mapping) else ""
    if not _CLOUD_ID.fullmatch(found):
        raise UnreachableError("GET /_edge/tenant_info: the answer holds no cloudId.")
    return found


def read_resources(wire: Wire) -> dict[str, str]:
    """List the sites that a token may reach: cloud ids with their URLs."""
    said = wire.call("GET", "/oauth/token/accessible-resources").json()
    if not isinstance(said, list):
        raise UnreachableError("accessible-resources: the answer is no list.")
    return {
        str(one.get("id")): str(one.get("url"))
        for one in said
        if isinstance(one, Mapping)
    }


def _read(answer: Answer) -> TokenAnswer:
    said: Any = answer.json()
    token = said.get("access_token") if isinstance(said, Mapping) else None
    if not isinstance(token, str) or not token.isprintable() or " " in token:
        raise UnreachableError(f"{answer.call}: the answer holds no access token.")
    seconds, refresh = said.get("expires_in"), said.get("refresh_token")
    return TokenAnswer(
        access=token,
        # Nothing said is read as an hour, which both kinds document.
        seconds=min(float(seconds), _LONGEST) if _is_number(seconds) else 3600.0,
        refresh=refresh if isinstance(refresh, str) else "",
        scopes=tuple(str(said.get("scope") or "").split()),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0
