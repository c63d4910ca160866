"""A site with a state file goes on where it stopped, however it was stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from connectors.sandbox.answers import SeedError
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.serving import free_port
from tests.connectors.sandbox.small_site import BOT, COST, SEED, Site, small_site

SERVE = """
import json, sys
from pathlib import Path
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.serving import serve
seed, state, port = sys.argv[1:]
made = create_sandbox(json.loads(seed), state_file=Path(state))
serve(made, "127.0.0.1", int(port), ready=lambda: print("ready", flush=True))
"""


def change(site: Site) -> None:
    site.put("SEA-2", {COST: 77, "labels": ["kept"]})
    site.rank(["SEA-6"], rankBeforeIssue="SEA-1")
    fields = {"project": {"key": "SEA"}, "summary": "New", "issuetype": {"id": "1"}}
    site.ask("POST", "/rest/api/3/issue", json={"fields": fields})
    body = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "SEA-7"},
        "outwardIssue": {"key": "SEA-3"},
    }
    site.ask("POST", "/rest/api/3/issueLink", json=body)
    hook = {"name": "n", "url": "https://x.test", "events": ["jira:issue_deleted"]}
    site.ask("POST", "/rest/webhooks/1.0/webhook", json=hook | {"secret": "s"})
    site.ask("PUT", "/rest/api/3/issue/SEA-1/properties/a", json={"b": [1]})


def everything(site: Site) -> object:
    keys = [*site.order()]
    hooks = site.ask("GET", "/rest/webhooks/1.0/webhook").json()
    own = site.ask("GET", "/rest/api/3/issue/SEA-1/properties/a").json()
    fields = site.ask("GET", "/rest/api/3/field").json()
    return [keys, [site.fields(key) for key in keys], hooks, own, fields]


def test_all_of_it_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with small_site(file) as (_, site):
        change(site)
        before = everything(site)
    with small_site(file) as (sandbox, site):
        assert everything(site) == before
        assert sandbox.state.webhooks[1].secret == "s"
        # Numbers go on, and so do ranks.
        change(site)
        assert site.order()[-1] == "SEA-8"
        ranks = [site.fields(key)["customfield_10019"] for key in site.order()]
        assert ranks == sorted(set(ranks))


def test_it_is_kept_before_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with small_site(file) as (_, site):
        site.put("SEA-2", {COST: 77})
        kept = json.loads(file.read_bytes())
        values = {issue["key"]: issue["values"] for issue in kept["issues"]}
        assert values["SEA-2"][COST] == 77


def test_the_wiki_is_kept_with_it(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    page = {
        "spaceId": "98306",
        "status": "current",
        "title": "Kept",
        "body": {"representation": "storage", "value": "<p>a</p>"},
    }
    with small_site(file) as (_, site):
        assert site.ask("POST", "/wiki/api/v2/pages", json=page).status_code == 200
    with small_site(file) as (_, site):
        query = {"title": "Kept"}
        found = site.ask("GET", "/wiki/api/v2/pages", params=query).json()["results"]
        assert [one["title"] for one in found] == ["Kept"]


def test_made_up_tokens_stay_the_same(tmp_path: Path) -> None:
    account = {"accountId": "a", "email": "a@site.test", "displayName": "A"}
    file = tmp_path / "state.json"
    tokens = []
    for _ in range(2):
        with small_site(file, accounts=[account], issues=[], links=[]) as (sandbox, _):
            tokens.append(sandbox.state.accounts.by_id["a"].token)
    assert tokens[0] == tokens[1]
    assert len(tokens[0]) >= 20


def test_a_file_that_is_none_is_refused_with_a_word(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text("{half")
    with pytest.raises(SeedError, match="is no state file"):
        create_sandbox(SEED, state_file=file)
    file.write_text('{"version": 2}')
    with pytest.raises(SeedError, match="another version"):
        create_sandbox(SEED, state_file=file)


def start(file: Path, port: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SERVE, json.dumps(SEED), str(file), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: "subprocess.Popen[str]") -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=100)


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """Edit as fast as it goes, kill in the middle, and count on what was answered."""
    file, port = tmp_path / "state.json", free_port()
    answered: list[int] = []
    process = start(file, port)
    wire = httpx.HTTPTransport(retries=3)
    with httpx.Client(
        base_url=f"http://127.0.0.1:{port}", auth=BOT, transport=wire, timeout=60
    ) as client:

        def edit() -> None:
            path = "/rest/api/3/issue/SEA-2"
            try:
                for number in range(1, 100_000):
                    body = {"fields": {COST: number}}
                    assert client.put(path, json=body).status_code == 204
                    answered.append(number)
            except httpx.HTTPError:
                return

        thread = threading.Thread(target=edit)
        thread.start()
        while len(answered) < 20 and thread.is_alive():
            thread.join(0.01)
        kill(process)
        thread.join(100)
        process = start(file, port)
        try:
            fields = client.get("/rest/api/3/issue/SEA-2").json()["fields"]
        finally:
            kill(process)
    # The edit on its way when the site died may have been kept or not.
    assert fields[COST] in (answered[-1], answered[-1] + 1)
