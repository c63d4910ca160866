"""What a site is: Jira Cloud or Jira Data Center, and which version of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httpx

from connectors.access import is_atlassian
from connectors.jira_answers import read_object, read_server_info
from connectors.jira_values import ServerInfo
from connectors.limits import Headroom, is_near, read_headroom
from connectors.wire import Wire

# The oldest Jira Data Center that we know the answers of.
OLDEST: Final = (9, 12)
# Both kinds answer it, on v2: https://developer.atlassian.com/cloud/jira/platform/rest/v2
# and https://docs.atlassian.com/software/jira/docs/api/REST/9.12.0. To anybody, too.
SERVER_INFO: Final = "/rest/api/2/serverInfo"
_GATEWAY: Final = "/ex/jira/"


class Kind(StrEnum):
    """The two kinds of site. They differ in paths, paging, users and texts."""

    CLOUD = "cloud"
    DATA_CENTER = "datacenter"


@dataclass(frozen=True, slots=True)
class SiteKind:
    """A kind and, where it was asked, a version such as `9.12.5`."""

    kind: Kind
    version: str = ""

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version's numbers, as far as it has such."""
        parts = self.version.partition("-")[0].split(".")
        return tuple(int(part) for part in parts if part.isdecimal())

    @property
    def myself(self) -> str:
        """Where it says who we are."""
        return f"/rest/api/{3 if self.kind is Kind.CLOUD else 2}/myself"

    @property
    def is_old(self) -> bool:
        """Say whether it is a Data Center of before what we know."""
        return self.kind is Kind.DATA_CENTER and () < self.numbers < OLDEST


def ask_kind(wire: Wire) -> SiteKind:
    """Ask the site what it is."""
    answer = wire.call("GET", SERVER_INFO).json()
    return kind_of(read_server_info(read_object(answer, "serverInfo")))


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a site says of itself, its clock (`Date`), and of its limits.

    `near` warns that a limit is; `rooms` is what is left of each that it tells of.
    """

    told: ServerInfo
    date: str
    near: bool
    rooms: tuple[Headroom, ...] = ()


def greet(wire: Wire) -> Greeting:
    """Ask the site what it is, and look at the answer's headers."""
    answer = wire.call("GET", SERVER_INFO)
    told = read_server_info(read_object(answer.json(), "serverInfo"))
    headers = answer.headers
    date, rooms = headers.get("date", ""), read_headroom(headers)
    return Greeting(told, date, is_near(headers), rooms)


def kind_of(told: ServerInfo) -> SiteKind:
    """Read what a site says of itself; Data Center calls itself `Server`."""
    cloud = told.deployment.casefold() == "cloud"
    return SiteKind(Kind.CLOUD if cloud else Kind.DATA_CENTER, told.version)


def known_kind(url: str) -> SiteKind | None:
    """Tell what stands at a URL without asking: Atlassian's own hosts are the Cloud."""
    return SiteKind(Kind.CLOUD) if is_atlassian(httpx.URL(url).host) else None


def default_confluence(url: str) -> str:
    """Say where the Cloud has the Confluence beside a Jira; the gateway, elsewhere."""
    plain = url.rstrip("/")
    if httpx.URL(plain).path.startswith(_GATEWAY):
        plain = plain.replace(_GATEWAY, "/ex/confluence/", 1)
    return f"{plain}/wiki"
