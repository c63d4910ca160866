"""We call Atlassian's hosts and the operator's, and never a metadata address."""

import threading
import time
from ipaddress import IPv4Address, ip_address

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.access import SiteAccess, is_atlassian, read_url
from connectors.addresses import is_forbidden, is_public
from connectors.deadline import within
from connectors.errors import RefusedError
from connectors.signers import Bearer
from connectors.transport import CheckedNetwork
from tests.gates import gate

LISTED = frozenset(
    {
        "jira.corp.example",
        "jira.clear.example:80",
        "10.1.2.3:8443",
        "[::1]:8401",
        "127.0.0.1:1",
        "localhost",
        "10.1.2.4",
    }
)


@pytest.mark.parametrize(
    "url",
    [
        "https://harbour.atlassian.net",
        "https://HARBOUR.Atlassian.NET/wiki",
        "https://harbour.atlassian.net:443",
        "https://api.atlassian.com/ex/jira/11223344-a1b2",
        "https://jira.corp.example/jira",
        "http://jira.clear.example",
        "http://localhost",
        "https://10.1.2.3:8443/jira",
        "http://10.1.2.3:8443",
        "http://[::1]:8401",
        "http://127.0.0.1:1/",
    ],
)
def test_calls(url: str) -> None:
    assert read_url(url, allowed_hosts=LISTED) == httpx.URL(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "harbour.atlassian.net",
        "ftp://harbour.atlassian.net",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "http://harbour.atlassian.net",
        "https://harbour.atlassian.net:8443",
        "https://atlassian.net",
        "https://a.b.atlassian.net",
        "https://evilatlassian.net",
        "https://harbour.atlassian.net.evil.example",
        "https://harbour.atlassian.net.",
        "https://api.atlassian.com.evil.example",
        "https://evil.api.atlassian.com",
        "https://user:pass@harbour.atlassian.net",
        "https://harbour.atlassian.net@evil.example",
        "https://harbour.atlassian.net:443@10.0.0.1/",
        "https://evil.example\\@harbour.atlassian.net",
        "https://harbour.atlassian.net/\\evil.example",
        "https://harbour.atlassian.net/a b",
        "https://harbour.atlassian.net/\r\nHost: evil.example",
        "https://harbour.atlassian.net\t.evil.example",
        "https://jira.corp.example:8443",
        "http://jira.corp.example",
        "http://jira.corp.example:80",
        "http://jira.corp.example:443",
        "http://10.1.2.4",
        "https://jira.clear.example",
        "https://10.1.2.3",
        "http://127.0.0.1:2",
        "http://127.1:1",
        "http://2130706433:1",
        "http://0x7f000001:1",
        "http://localhost:1",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://metadata.google.internal/",
    ],
)
def test_does_not_call(url: str) -> None:
    with pytest.raises(RefusedError, match="not called"):
        read_url(url, allowed_hosts=LISTED)


def test_a_metadata_address_is_not_called_even_where_it_is_listed() -> None:
    for host in ("169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal"):
        with pytest.raises(RefusedError, match="never called"):
            read_url(f"http://{host}/", allowed_hosts=frozenset({host}))


def test_a_refusal_says_what_to_do_and_keeps_the_password() -> None:
    with pytest.raises(RefusedError, match="CD3_ALLOWED_HOSTS") as caught:
        read_url("https://jira.corp.example:8443", allowed_hosts=LISTED)
    assert "jira.corp.example:8443" in str(caught.value)
    with pytest.raises(RefusedError) as caught:
        read_url("https://ada:hush@x.atlassian.net", allowed_hosts=LISTED)
    assert "hush" not in str(caught.value)


def test_a_listed_host_over_http_is_told_what_to_list() -> None:
    with pytest.raises(RefusedError, match=r"clear text.*jira\.corp\.example:80"):
        read_url("http://jira.corp.example", allowed_hosts=LISTED)


@given(st.text(alphabet="abc.-", min_size=1, max_size=12))
def test_only_names_right_below_atlassian_net_are_atlassians(name: str) -> None:
    wanted = "." not in name
    assert is_atlassian(f"{name}.atlassian.net") == wanted


def test_signing_in_is_for_what_lies_below_the_two_urls() -> None:
    access = SiteAccess(
        url="https://api.atlassian.com/ex/jira/1",
        confluence_url="https://api.atlassian.com/ex/confluence/1/wiki",
        email="e",
        token="t",
    )
    own = ("/ex/jira/1", "/ex/jira/1/rest/api/3/field", "/ex/confluence/1/wiki/api/v2")
    foreign = ("/ex/jira/12/rest", "/ex/jira/2", "/ex/confluence/1", "/")
    for path in own:
        assert access.is_own(httpx.URL(f"https://api.atlassian.com{path}"))
    for path in foreign:
        assert not access.is_own(httpx.URL(f"https://api.atlassian.com{path}"))
    assert not access.is_own(httpx.URL("http://api.atlassian.com/ex/jira/1"))
    assert not access.is_own(httpx.URL("https://api.atlassian.com:444/ex/jira/1"))


@pytest.mark.parametrize(
    ("jira", "confluence", "signed"),
    [
        (
            "https://acme.example",
            "https://acme.example/wiki",
            {"/rest/api/2/field": "J", "/wiki/rest/api": "C", "/wikis": "J"},
        ),
        (
            "https://acme.example/jira/",
            "https://acme.example",
            {"/jira/rest/api/2/field": "J", "/rest/api/content": "C", "/jiras": "C"},
        ),
        (
            "https://acme.example:8443",
            "https://acme.example:8090",
            {":8443/rest": "J", ":8090/rest": "C"},
        ),
        ("https://acme.example", "https://acme.example", {"/rest": "J"}),
        ("https://acme.example", "", {"/wiki/rest": "J"}),
    ],
)
def test_whichever_product_is_nearer_has_its_own_token(
    jira: str, confluence: str, signed: dict[str, str]
) -> None:
    access = SiteAccess(
        jira, confluence, signer=Bearer("J"), confluence_signer=Bearer("C")
    )
    for path, token in signed.items():
        request = httpx.Request("GET", f"https://acme.example{path}")
        sent = next(access.auth(request.url).sync_auth_flow(request))
        assert sent.headers["Authorization"] == f"Bearer {token}"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "::ffff:169.254.169.254",
        "2002:a9fe:a9fe::1",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "0.0.0.0",  # noqa: S104 - nothing is bound here
        "::",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_never_calls(address: str) -> None:
    assert is_forbidden(address)
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.7",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::ffff:10.0.0.1",
        "fc00::1",
        "fec0::1",
        "3fff::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_is_for_listed_hosts_only(address: str) -> None:
    assert not is_public(address)
    assert not is_forbidden(address)


@pytest.mark.parametrize("address", ["104.192.142.1", "8.8.8.8", "2401:1d80:3000::1"])
def test_is_public(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1))
def test_ipv6_clothing_changes_no_judgment(number: int) -> None:
    bare = IPv4Address(number)
    dressed = [f"::ffff:{bare}", str(ip_address((0x64FF9B << 96) | number))]
    for address in dressed:
        assert is_forbidden(address) == is_forbidden(str(bare))
        assert is_public(address) == is_public(str(bare))


def network(*, listed: bool) -> CheckedNetwork:
    return CheckedNetwork(is_listed=lambda _host, _port: listed)


@pytest.mark.parametrize("host", ["169.254.169.254", "0xa9fea9fe", "2852039166", "0"])
def test_names_are_judged_by_where_they_lead(host: str) -> None:
    with pytest.raises(httpcore.UnsupportedProtocol, match="not called"):
        network(listed=True).connect_tcp(host, 80, timeout=60.0)


@pytest.mark.parametrize("host", ["localhost", "127.1", "10.0.0.1"])
def test_an_unlisted_name_must_lead_to_the_internet(host: str) -> None:
    with pytest.raises(httpcore.UnsupportedProtocol, match="not called"):
        network(listed=False).connect_tcp(host, 80, timeout=60.0)


def test_a_name_that_leads_nowhere_is_an_error_that_may_pass() -> None:
    with pytest.raises(httpcore.ConnectError, match="cannot be resolved"):
        network(listed=True).connect_tcp("no-such-host.invalid", 80, timeout=60.0)


def test_a_slow_resolver_is_within_the_time_of_the_call() -> None:
    answered = threading.Event()

    def slow(_host: str, _port: int) -> list[str]:
        answered.wait(60)
        return ["127.0.0.1"]

    late = CheckedNetwork(is_listed=lambda _host, _port: True, resolve=slow)
    began = time.monotonic()
    with within(0.2), pytest.raises(httpcore.ConnectTimeout, match="resolved in time"):
        late.connect_tcp("jira.corp.example", 443, timeout=120.0)
    took = time.monotonic() - began
    answered.set()
    assert took < gate(2, loosely=20)


def test_a_resolver_that_never_answers_takes_no_more_than_its_share() -> None:
    hang = threading.Event()

    def never(_host: str, _port: int) -> list[str]:
        hang.wait(120)
        return []

    before = threading.active_count()
    late = CheckedNetwork(is_listed=lambda _host, _port: True, resolve=never)
    for number in range(40):
        with within(0.02), pytest.raises(httpcore.ConnectTimeout):
            late.connect_tcp(f"jira-{number}.corp.example", 443, timeout=120.0)
    assert threading.active_count() - before <= 32
    hang.set()
