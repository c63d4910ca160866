"""A wire to a rough server, with time that passes by sleeping only."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from connectors.access import SiteAccess
from connectors.answer import Answer
from connectors.call import Call
from connectors.errors import ConnectorError
from connectors.patience import Patience
from connectors.wire import Wire
from tests.connectors.rough import Behaviour, RoughServer, rough_server
from tests.connectors.timing import Timing, half

# Who is to lose patience soon says so itself: a slow machine must not look like a site
# that falls silent.
CALM = Patience(
    connect=60.0,
    read=60.0,
    write=60.0,
    pool=60.0,
    attempt=60.0,
    get=60.0,
    whole=60.0,
    most_bytes=1_000_000,
)


@dataclass
class Line:
    """A wire to a rough server, and what it noted."""

    wire: Wire
    server: RoughServer
    waited: list[float] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


def access_to(server: RoughServer, **changes: str) -> SiteAccess:
    return SiteAccess(
        url=changes.get("url", f"http://{server.host}/site"),
        confluence_url=f"http://{server.host}/site/wiki",
        email="cd3@harbour.example",
        token="cd3-token",
        allowed_hosts=frozenset({server.host}),
    )


def over(
    *script: Behaviour, ask: Callable[[Line], object], patience: Patience = CALM
) -> Line:
    """Let `ask` speak to a server with this script, and return what was noted."""
    timing = Timing()
    calls: list[Call] = []
    with (
        rough_server(*script) as server,
        Wire(
            access_to(server),
            patience=patience,
            observe=calls.append,
            sleep=timing.sleep,
            now=timing.now,
            jitter=half,
        ) as wire,
    ):
        line = Line(wire, server, timing.waited, calls)
        ask(line)
    return line


def get(line: Line) -> Answer:
    return line.wire.call("GET", "/rest/api/3/myself")


def post(line: Line) -> Answer:
    return line.wire.call("POST", "/rest/api/3/issue", body={"a": 1})


def failing(
    kind: type[ConnectorError], words: str, ask: Callable[[Line], object] = get
) -> Callable[[Line], None]:
    def check(line: Line) -> None:
        with pytest.raises(kind, match=words):
            ask(line)

    return check
