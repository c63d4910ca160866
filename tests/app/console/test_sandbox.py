"""`cd3 sandbox` says where it is and who may sign in, or why it cannot."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from app.console.sandbox import sandbox
from app.console.trouble import CONFIGURATION, USAGE, CommandError
from connectors.sandbox.serving import free_port
from tests.gates import PATIENCE

START = "from app.console.sandbox import sandbox; sandbox(port={port}, state={state})"


def test_it_serves_the_sample_until_it_is_stopped(tmp_path: Path) -> None:
    port, state = free_port(), tmp_path / "state.json"
    code = START.format(port=port, state=f"__import__('pathlib').Path({str(state)!r})")
    process = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        assert said[0].split() == ["Jira", f"http://127.0.0.1:{port}"]
        assert said[1].split() == ["Confluence", f"http://127.0.0.1:{port}/wiki"]
        email, token = said[3].split()[-2:]
        wire = httpx.HTTPTransport(retries=3)
        with httpx.Client(transport=wire, auth=(email, token), timeout=60) as client:
            me = client.get(f"http://127.0.0.1:{port}/rest/api/3/myself").json()
        assert me["emailAddress"] == email
    finally:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20 * PATIENCE)
    assert "stopped" in told
    assert "Traceback" not in told
    assert json.loads(state.read_bytes())["issues"]


def test_a_taken_port_is_told_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port}") as caught:
            sandbox(port=port)
    assert caught.value.code == CONFIGURATION
    assert "--port" in caught.value.hint


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(CommandError, match="steam") as caught:
        sandbox(kind="steam")
    assert caught.value.code == USAGE


@pytest.mark.parametrize("version", ["nine", "9", "9.12.5.1", "0.1", "9.12-rc"])
def test_a_version_that_no_jira_has_is_refused(version: str) -> None:
    with pytest.raises(CommandError, match=f"^{version} is no version") as caught:
        sandbox(kind="datacenter", jira=version)
    assert caught.value.hint


def test_a_backlog_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.json", tmp_path):
        with pytest.raises(CommandError) as caught:
            sandbox(backlog=path)
        assert caught.value.code == CONFIGURATION
        assert caught.value.hint


def test_a_fault_that_cannot_be_is_refused() -> None:
    with pytest.raises(CommandError, match="no fault is called 'fire'") as caught:
        sandbox(fault=["fire"])
    assert caught.value.code == USAGE
    assert "docs/sandbox.md" in caught.value.hint
