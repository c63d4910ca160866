"""The example of a proxy bounds what CD3 does not, and shows the world what it must."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = [
    line.strip()
    for line in (ROOT / "deploy" / "nginx.conf").read_text().splitlines()
    if line.strip() and not line.strip().startswith("#")
]
# The body's time is the receiver's own; of its size there is a little more.
BOUNDS = (
    "client_header_timeout 10s;",
    "client_body_timeout 15s;",
    "client_max_body_size 26m;",
    "proxy_request_buffering on;",
)


def locations() -> dict[str, list[str]]:
    """Read what is said of each location."""
    found = re.findall(r"location ([^{]+) \{\n?(.*?)\}", "\n".join(LINES), re.DOTALL)
    return {where: body.strip().splitlines() for where, body in found}


@pytest.mark.parametrize("bound", BOUNDS)
def test_r16_the_proxy_bounds_headers_and_bodies(bound: str) -> None:
    word = bound.split(maxsplit=1)[0]
    assert [line for line in LINES if line.startswith(word)] == [bound]


def test_r16_the_world_reaches_webhooks_alone() -> None:
    said = locations()
    assert set(said) == {"/webhooks/", "= /metrics", "/"}
    assert "proxy_pass http://cd3;" in said["/webhooks/"]
    assert said["= /metrics"] == ["return 404;"]
    assert said["/"].index("deny all;") == len(said["/"]) - 2
    assert "allow all;" not in said["/"]
    assert not [line for line in said["/webhooks/"] if "allow" in line]


def test_r16_operators_are_told_of_it() -> None:
    assert "../deploy/nginx.conf" in (ROOT / "docs" / "operating.md").read_text()
