"""Every request that the product can make is in the documents, and none is left out.

Each word of both clients, each grant and each question of a kind is said once to the
pretend site of every kind, all of it held against the documents; what was said is
compared with the list in `used.py`. Whatever any other test lets the product say is
held against the same list as it leaves (`overheard.py`), and who else in the product
could call a site is looked for in its source.
"""

import ast
import asyncio
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import respx

from connectors.access import SiteAccess
from connectors.clients import AnyHistory, AnyJira, open_clients
from connectors.errors import ConflictError, RefusedError
from connectors.jira_values import WebhookWish
from connectors.kind import Kind, SiteKind, ask_kind
from connectors.oauth import Client, TokenEndpoint, find_cloud_id, read_resources
from connectors.pages.page import Attachment
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.signers import Bearer
from connectors.wiki import AnyWiki, Wiki, version_of
from connectors.wiki_datacenter import DataCenterWiki
from connectors.wire import Wire
from scoring.plan import Move
from tests.connectors.conftest import SEED
from tests.contracts.overheard import FAULTS, fault_of
from tests.contracts.used import USED
from tests.contracts.wrapper import Checked
from tests.ways import DATA_CENTER, GATEWAY, NEW_DATA_CENTER, SITE_URL, Way

TOP = Path(__file__).parents[2]
URL = "https://jira.acme.example"
HOSTS = frozenset({"jira.acme.example"})
COST, SCORE = "customfield_10101", "customfield_10201"
CLIENT = Client("us-client", "us-client-secret")
BACK = "https://ops.example/back"
STORAGE = "<p>x</p>"


@dataclass
class Surface:
    """One kind of site, everything said to it checked."""

    way: Way
    sandbox: Sandbox
    checked: Checked
    wire: Wire
    jira: AnyJira
    wiki: AnyWiki
    said: set[str] = field(default_factory=set)

    @property
    def is_cloud(self) -> bool:
        return self.way.flavour.is_cloud


@pytest.fixture(
    params=[SITE_URL, GATEWAY, DATA_CENTER, NEW_DATA_CENTER], ids=lambda way: way.name
)
def surface(request: pytest.FixtureRequest) -> Iterator[Surface]:
    way: Way = request.param
    seed = deepcopy(SEED)
    seed["accounts"][0] |= {"clientId": CLIENT.id, "clientSecret": CLIENT.secret}
    sandbox = create_sandbox(seed, url=URL, flavour=way.flavour)
    kind = "cloud" if way.flavour.is_cloud else "datacenter"
    checked = Checked(sandbox.app, kind=kind)
    cloud_id = sandbox.state.cloud_id
    wiki_url = way.confluence_url(URL, cloud_id)
    us = sandbox.state.accounts.by_email["cd3@harbour.example"]
    access = SiteAccess(
        way.jira_url(URL, cloud_id),
        wiki_url,
        way.login(us),
        way.token(us),
        allowed_hosts=HOSTS,
    )
    with respx.mock(assert_all_called=False) as router, Wire(access) as wire:
        router.route(host="jira.acme.example").mock(side_effect=_led(checked))
        version = "" if way.flavour.is_cloud else way.flavour.version
        jira, _ = open_clients(wire, SiteKind(Kind(kind), version), wiki_url)
        speaks = Wiki if way.flavour.is_cloud else DataCenterWiki
        yield Surface(way, sandbox, checked, wire, jira, speaks(wire, wiki_url))
    sandbox.close()


def _led(checked: Checked) -> Callable[[httpx.Request], httpx.Response]:
    async def run(request: httpx.Request) -> httpx.Response:
        transport = httpx.ASGITransport(app=checked)
        raw = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            content=request.read(),
        )
        answer = await transport.handle_async_request(raw)
        body = await answer.aread()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    return lambda request: asyncio.run(run(request))


def _write_both_ways(jira: AnyJira) -> None:
    jira.write_fields("AB-1", {SCORE: 1.5, COST: None})
    jira.write_fields("AB-1", {SCORE: 2.5}, quiet=True)


def _wish() -> WebhookWish:
    events = ("jira:issue_updated", "issuelink_created")
    url = "https://cd3.example/webhooks/jira/acme"
    return WebhookWish("CD3 acme", url, events, 'project in ("AB")', "a secret")


def _hook(jira: AnyJira) -> str:
    return jira.webhooks()[0].id


def _page(wiki: AnyWiki) -> str:
    found = wiki.titled("AB", "T", "current")
    return str((found or [wiki.create("AB", "", "T", STORAGE)])[0]["id"])


def _write(wiki: AnyWiki) -> None:
    page = _page(wiki)
    number = version_of(wiki.page(page)) + 1
    wiki.write(page, "T", STORAGE, number=number, message="m")
    with pytest.raises(ConflictError):
        wiki.write(page, "T", STORAGE, number=number, message="m")


def _set_twice(wiki: AnyWiki) -> None:
    page = _page(wiki)
    for value in ({"a": 1}, {"a": 2}):
        wiki.set_property(page, "cd3", value, was=wiki.property(page, "cd3"))


def _attach_twice(wiki: AnyWiki) -> None:
    for data in (b"\x89PNG 1", b"\x89PNG 2"):
        wiki.attach(_page(wiki), Attachment("a.png", "image/png", data))


JIRA: dict[str, Callable[[AnyJira], object]] = {
    "rank_field": lambda jira: jira.rank_field,
    "server_info": lambda jira: jira.server_info(),
    "myself": lambda jira: jira.myself(),
    "permissions": lambda jira: jira.permissions(["EDIT_ISSUES"], "AB"),
    "fields": lambda jira: jira.fields(),
    "link_types": lambda jira: jira.link_types(),
    "boards": lambda jira: jira.boards("alpha"),
    "board_configuration": lambda jira: jira.board_configuration(1),
    "reconciles": lambda jira: jira.reconciles,
    "search": lambda jira: [
        *jira.search(
            "project = AB ORDER BY Rank",
            fields=[COST],
            reconcile=["10001"] if jira.reconciles else (),
        )
    ],
    "ids": lambda jira: [*jira.ids("project = AB")],
    "peek": lambda jira: jira.peek("project = AB"),
    "read_issues": lambda jira: (
        jira.read_issues(["AB-1", "AB-99"], [COST]),
        jira.read_issues([f"AB-{n}" for n in range(1, 150)], [COST]),
    ),
    "ranks": lambda jira: jira.ranks(["AB-1", "AB-2"]),
    "issue": lambda jira: jira.issue("AB-1", [COST]),
    "editmeta": lambda jira: jira.editmeta("AB-1"),
    "write_fields": _write_both_ways,
    "rank": lambda jira: (
        jira.rank(Move(("AB-3",), "AB-1", "before")),
        jira.rank(Move(("AB-3", "AB-99"), "AB-1", "after")),
    ),
    "webhooks": lambda jira: jira.webhooks(),
    "create_webhook": lambda jira: jira.create_webhook(_wish()),
    "update_webhook": lambda jira: jira.update_webhook(_hook(jira), _wish()),
    "delete_webhook": lambda jira: jira.delete_webhook(_hook(jira)),
}
HISTORY: dict[str, Callable[[AnyHistory], object]] = {
    "categories": lambda history: history.categories(),
    "changes": lambda history: history.changes(["10001", "99"], ["status", COST]),
}
WIKI: dict[str, Callable[[AnyWiki], object]] = {
    "space_id": lambda wiki: wiki.space_id("AB"),
    "may_create": lambda wiki: wiki.may_create(wiki.space_id("AB")),
    "labelled": lambda wiki: wiki.labelled("cd3-b1-ranking"),
    "titled": lambda wiki: wiki.titled("AB", "T", "current", "archived", "trashed"),
    "create": lambda wiki: wiki.create("AB", _page(wiki), "Below", STORAGE),
    "page": lambda wiki: (wiki.page(_page(wiki)), wiki.page(_page(wiki), stored=True)),
    "write": _write,
    "property": lambda wiki: wiki.property(_page(wiki), "cd3"),
    "set_property": _set_twice,
    "add_label": lambda wiki: wiki.add_label(_page(wiki), "cd3-b1-ranking"),
    "attach": _attach_twice,
}
# What is kept or told without a call.
SILENT = {"kind", "history", "dress", "remember_rank_field"}


def _kinds(surface: Surface) -> None:
    kind = ask_kind(surface.wire).kind
    assert kind == (Kind.CLOUD if surface.is_cloud else Kind.DATA_CENTER)


def _tokens(surface: Surface) -> None:
    """Take tokens in every way there is, and ask what they open."""
    with Wire(SiteAccess(URL, "", allowed_hosts=HOSTS)) as wire:
        endpoint = TokenEndpoint(wire, data_center=not surface.is_cloud)
        endpoint.for_client(CLIENT)
        if not surface.is_cloud:
            return
        find_cloud_id(wire)
        scope = "read:jira-work offline_access"
        code = surface.sandbox.state.oauth.consent(CLIENT.id, BACK, scope) or ""
        given = endpoint.for_code(CLIENT, code, BACK)
        given = endpoint.refreshed(CLIENT, given.refresh)
    signed = SiteAccess(URL, "", allowed_hosts=HOSTS, signer=Bearer(given.access))
    with Wire(signed) as wire:
        assert read_resources(wire)


def test_all_that_is_said_is_in_the_documents_and_in_the_list(
    surface: Surface,
) -> None:
    _kinds(surface)
    _tokens(surface)
    for say in JIRA.values():
        say(surface.jira)
    for recall in HISTORY.values():
        recall(surface.jira.history)
    for tell in WIKI.values():
        tell(surface.wiki)
    # Never said any more: it may go from the list. Not in the list: put it there.
    assert surface.checked.seen == USED[surface.way.name]


@pytest.mark.parametrize(
    ("client", "said"),
    [(AnyJira, JIRA), (AnyHistory, HISTORY), (AnyWiki, WIKI)],
    ids=["jira", "history", "wiki"],
)
def test_no_word_of_a_client_is_left_out(
    client: type, said: dict[str, Callable[..., object]]
) -> None:
    words = {name for name in vars(client) if not name.startswith("_")}
    assert words - SILENT == said.keys()


def test_no_client_says_more_than_its_words(surface: Surface) -> None:
    for mine, words in ((surface.jira, AnyJira), (surface.wiki, AnyWiki)):
        own = {name for name in vars(type(mine)) if not name.startswith("_")}
        assert own <= set(vars(words))


# Who may speak to a wire or a library over it: all of it is said above, or goes to no
# Atlassian site.
CALLERS = {
    "connectors/jira.py",
    "connectors/jira_history.py",
    "connectors/jira_datacenter.py",
    "connectors/jira_datacenter_history.py",
    "connectors/jira_webhooks.py",
    "connectors/wiki.py",
    "connectors/wiki_datacenter.py",
    "connectors/kind.py",
    "connectors/oauth.py",
    "connectors/session.py",
}
# Who may open a way out of the process.
OPENERS = {
    "connectors/transport.py",
    "connectors/session.py",
    "connectors/way_out.py",  # our own receiver, to try it
    "app/demo/setting_up.py",  # our own REST
    "app/demo/person.py",  # a person at the demo's sandbox
}
# Of these libraries nobody else may use more than their values and their errors.
LIBRARIES = {"httpx", "httpcore", "requests", "urllib3", "urllib", "http", "socket"}
VALUES = {
    "httpx": {"Auth", "Headers", "InvalidURL", "Limits", "Request", "Response"}
    | {"Timeout", "URL", "UnsupportedProtocol", "codes"},
    "urllib": {"parse"},
    "socket": {"create_server", "gethostname"},
    "http": {"HTTPStatus"},
    "requests": {"exceptions", "PreparedRequest", "RequestException"},
}


def product() -> dict[str, ast.Module]:
    """Read the product's source, the pretend site aside."""
    return {
        path.relative_to(TOP).as_posix(): ast.parse(path.read_text())
        for package in ("app", "connectors", "scoring", "webhooks")
        for path in (TOP / package).rglob("*.py")
        if "sandbox" not in path.parts
    }


def test_nobody_else_in_the_product_calls() -> None:
    found = product()
    assert {name for name, tree in found.items() if calls(tree)} == CALLERS
    assert {name for name, tree in found.items() if opens(tree)} <= OPENERS


@pytest.mark.parametrize(
    "source",
    [
        'with connections.line(site, secrets) as line:\n    line.call("GET", "/x")',
        'ask = self._wire.call\nask("DELETE", "/rest/api/3/issue/AB-1")',
        'from connectors.wiki import ask_object\nask_object(w, url, "DELETE", "/x")',
        'self._platform.delete_issue("AB-1")',
        'getattr(wire, "call")("GET", "/x")',
    ],
)
def test_whoever_calls_is_seen(source: str) -> None:
    assert calls(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        'from httpx import get\nget("https://x.atlassian.net")',
        'import httpx as h\nh.get("https://x.atlassian.net")',
        'from urllib.request import urlopen\nurlopen("https://x")',
        "import http.client",
        'import socket\nsocket.create_connection(("x", 443))',
        "from requests import Session",
    ],
)
def test_whoever_opens_a_way_out_is_seen(source: str) -> None:
    assert opens(ast.parse(source))


def test_an_unknown_request_is_heard() -> None:
    """Whatever way it took: this is what every test of the suite is held against."""
    base = f"{URL}/jira"
    for method, path, known in (
        ("POST", "/rest/api/3/search/jql", True),
        ("POST", "/rest/api/3/search", False),
        ("DELETE", "/rest/api/3/issue/AB-1", False),
        ("GET", "/rest/api/3/secret", False),
        ("GET", "/rest/api/3/issue/AB-1?no=1", False),
    ):
        body = {"jql": "project = AB"} if method == "POST" else None
        asked = httpx.Request(method, base + path, json=body)
        asked.read()
        assert (fault_of(asked) == "") is known, path


@pytest.mark.made_up
def test_what_goes_over_a_wire_is_heard(surface: Surface) -> None:
    FAULTS.take()
    with pytest.raises(RefusedError):
        surface.wire.call("GET", "/rest/api/3/secret")
    [told] = FAULTS.take()
    assert told.endswith("/rest/api/3/secret: the product is not known to say this")


def calls(tree: ast.Module) -> bool:
    """Say whether a module says something to a wire, under whatever name."""
    return any(_is_call(node) for node in ast.walk(tree))


def _is_call(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        owner = ast.unparse(node.value)
        if node.attr == "call":
            return owner not in {"answer", "self", "price"}  # what was called, or costs
        return owner.endswith(("_platform", "_software"))
    if isinstance(node, ast.ImportFrom):
        return "ask_object" in {one.name for one in node.names}
    # `getattr(wire, "call")`: only a name for it.
    return isinstance(node, ast.Constant) and node.value == "call"


def opens(tree: ast.Module) -> bool:
    """Say whether a module takes more of a library that speaks than its values."""
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                top, _, rest = one.name.partition(".")
                if top in LIBRARIES - VALUES.keys() or (
                    rest and not _is_value(top, rest)
                ):
                    return True
                if top in LIBRARIES:
                    aliases[one.asname or top] = top
        if isinstance(node, ast.ImportFrom) and _takes_more(node):
            return True
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in aliases
        and not _is_value(aliases[node.value.id], node.attr)
        for node in ast.walk(tree)
    )


def _takes_more(node: ast.ImportFrom) -> bool:
    top, _, rest = (node.module or "").partition(".")
    if top not in LIBRARIES:
        return False
    names = [rest] if rest else [one.name for one in node.names]
    return not all(_is_value(top, name) for name in names)


def _is_value(library: str, name: str) -> bool:
    if library not in LIBRARIES:
        return True
    first = name.partition(".")[0]
    return first in VALUES.get(library, ()) or first.endswith(("Error", "Timeout"))
