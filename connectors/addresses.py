"""Which network addresses may be called at all."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address

# Cloud metadata services live here; no Jira does.
_METADATA: Final = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254",
        "169.254.170.2",
        "100.100.100.200",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
# Not public, although `ipaddress` of Python 3.11 calls some of them global.
_NOT_PUBLIC: Final = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",
        "192.88.99.0/24",
        "2002::/16",
        "2001::/32",
        "64:ff9b::/96",
        "3fff::/20",
        "fec0::/10",
    )
)
_NAT64: Final = ip_network("64:ff9b::/96")


def is_forbidden(address: str) -> bool:
    """Say whether the address is link-local, multicast, unspecified or metadata."""
    ip = _plain(address)
    return ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA


def is_public(address: str) -> bool:
    """Say whether the address is a plain one on the internet."""
    ip = _plain(address)
    if is_forbidden(address) or any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_reserved


def is_address(host: str) -> bool:
    """Say whether the host is written as an IP address."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _plain(address: str) -> Address:
    """Unwrap IPv4 in IPv6 clothing, so that it is judged as what it reaches."""
    ip = ip_address(address.partition("%")[0])
    if not isinstance(ip, IPv6Address):
        return ip
    teredo = ip.teredo[1] if ip.teredo else None
    nat64 = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or nat64 or ip
