"""A company's own CA counts, and its proxy is gone through, where we are told so."""

import base64
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.access import SiteAccess
from connectors.errors import RefusedError, UnreachableError
from connectors.kind import ask_kind
from connectors.way_out import DIRECT, WayOut, WayOutError
from connectors.wire import Wire
from tests.connectors.company import (
    Company,
    Proxy,
    jira_behind,
    make_company,
    proxy_out,
)
from tests.connectors.line import CALM

ONCE = replace(CALM, attempts=1)
# Nobody here can resolve it; a proxy may.
INSIDE = "jira.acme.invalid"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return make_company(tmp_path_factory.mktemp("acme"))


@pytest.fixture(scope="module")
def jira(company: Company) -> Iterator[int]:
    with jira_behind(company.tls) as port:
        yield port


def version(url: str, way_out: WayOut, *, hosts: tuple[str, ...] = ()) -> str:
    allowed = frozenset(hosts or (url.partition("//")[2],))
    access = SiteAccess(url, "", "a", "a-token", allowed_hosts=allowed)
    with Wire(access, patience=ONCE, way_out=way_out) as wire:
        return ask_kind(wire).version


def behind(company: Company, proxy: Proxy, scheme: str = "http", **more: str) -> WayOut:
    who = more.get("who", "")
    host = "localhost" if scheme == "https" else "127.0.0.1"
    return WayOut(str(company.ca_file), f"{scheme}://{who}{host}:{proxy.port}")


def test_a_companys_own_ca_counts_where_it_is_named(
    company: Company, jira: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"https://localhost:{jira}"
    monkeypatch.setenv("SSL_CERT_FILE", str(company.ca_file))
    with pytest.raises(UnreachableError, match="CERTIFICATE_VERIFY_FAILED"):
        version(url, DIRECT)
    assert version(url, WayOut(str(company.ca_file))) == "9.12.5"


def test_the_public_cas_still_count(company: Company) -> None:
    public = {one["serialNumber"] for one in DIRECT.trust().get_ca_certs()}
    both = WayOut(str(company.ca_file)).trust().get_ca_certs()
    assert public < {one["serialNumber"] for one in both}


def test_a_name_must_be_the_certificates(company: Company, jira: int) -> None:
    with proxy_out(leads_to=jira) as proxy:
        with pytest.raises(UnreachableError, match="Hostname mismatch"):
            version(f"https://{INSIDE}", behind(company, proxy))
        assert proxy.asked == [f"CONNECT {INSIDE}:443 HTTP/1.1"]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_calls_go_through_the_proxy(company: Company, jira: int, scheme: str) -> None:
    tls = company.tls if scheme == "https" else None
    with proxy_out(leads_to=jira, tls=tls) as proxy:
        found = version(f"https://localhost:{jira}", behind(company, proxy, scheme))
        assert found == "9.12.5"
        assert proxy.asked == [f"CONNECT localhost:{jira} HTTP/1.1"]


def test_the_proxy_resolves_names(company: Company) -> None:
    with jira_behind(None) as port, proxy_out(leads_to=port) as proxy:
        by, plain = behind(company, proxy), (f"{INSIDE}:80",)
        assert version(f"http://{INSIDE}", by, hosts=plain) == "9.12.5"
        assert proxy.asked[0].startswith(f"GET http://{INSIDE}/rest/api/2/serverInfo")


def test_the_proxy_is_told_name_and_password(company: Company, jira: int) -> None:
    url = f"https://localhost:{jira}"
    with proxy_out(leads_to=jira, password="pass@word") as proxy:
        with pytest.raises(UnreachableError, match=r"through the proxy .*407") as told:
            version(url, behind(company, proxy))
        assert not told.value.sent
        known = behind(company, proxy, who="cd3:pass%40word@")
        assert version(url, known) == "9.12.5"
        pair = base64.b64encode(b"cd3:pass@word").decode()
        assert proxy.known == [f"Proxy-Authorization: Basic {pair}"]
    assert "pass" not in repr(known)


def test_some_hosts_are_called_without_it(company: Company, jira: int) -> None:
    url = f"https://localhost:{jira}"
    with proxy_out(leads_to=jira) as proxy:
        by = behind(company, proxy)
        past = WayOut(by.ca_file, by.proxy, frozenset({f"localhost:{jira}"}))
        assert version(url, past) == "9.12.5"
        assert proxy.asked == []


def test_a_proxy_that_is_away_is_named(company: Company) -> None:
    away = WayOut(str(company.ca_file), "http://cd3:secret@127.0.0.1:9")
    with pytest.raises(UnreachableError, match=r"proxy 127\.0\.0\.1") as told:
        version(f"https://{INSIDE}", away)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://evil.example", (INSIDE,)),
        ("http://169.254.169.254", ("169.254.169.254",)),
        ("http://metadata.google.internal", ("metadata.google.internal",)),
        ("http://acme.atlassian.net", (INSIDE,)),
    ],
)
def test_it_leads_to_no_other_hosts(
    company: Company, jira: int, url: str, hosts: tuple[str, ...]
) -> None:
    with proxy_out(leads_to=jira) as proxy:
        with pytest.raises(RefusedError, match="not called"):
            version(url, behind(company, proxy), hosts=hosts)
        assert proxy.asked == []


def test_addresses_are_looked_at_where_it_is_we_who_resolve(
    company: Company, jira: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, real = "https://acme.atlassian.net", socket.getaddrinfo

    def private(host: str, port: int, *more: Any, **named: Any) -> Any:
        inside = "10.1.2.3" if host.endswith("atlassian.net") else host
        return real(inside, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", private)
    with proxy_out(leads_to=jira) as proxy:
        by = behind(company, proxy)
        past = WayOut(by.ca_file, by.proxy, frozenset({"acme.atlassian.net"}))
        with pytest.raises(RefusedError, match=r"leads to 10\.1\.2\.3"):
            version(url, past, hosts=(INSIDE,))
        assert proxy.asked == []
        with pytest.raises(UnreachableError, match="Hostname mismatch"):
            version(url, by, hosts=(INSIDE,))
        assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    "url", ["socks5://h:1", "proxy.acme.example:3128", "http://", "http://h:1/path"]
)
def test_what_is_no_proxy_is_told_without_its_password(url: str) -> None:
    with pytest.raises(WayOutError, match="http://host:port"):
        WayOut(proxy=url).hop()


def test_a_ca_file_that_is_none_is_told(tmp_path: Path) -> None:
    empty, missing = tmp_path / "none.pem", tmp_path / "missing.pem"
    empty.write_text("no certificate")
    with pytest.raises(WayOutError, match="holds no certificate in PEM form"):
        WayOut(str(empty)).trust()
    with pytest.raises(WayOutError, match="cannot be read: No such file"):
        WayOut(str(missing)).trust()
    with pytest.raises(WayOutError, match="cannot be read: Is a directory"):
        WayOut(str(tmp_path)).trust()
