"""`cd3 webhook` looks after one webhook a site, and no delivery is lost by it."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete

from app.books.database import Database
from app.books.sightings import Sightings
from app.books.tables import SightingRow
from app.clock import now
from app.console.main import main
from app.demo.stage import US
from connectors.hooks import EVENTS
from tests.test_flow import FREE
from tests.world import ANSWER_SECONDS, SECRET, World, wait_for, world
from webhooks.signature import sign

HOOKS = "/rest/webhooks/1.0/webhook"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("hooks"), CD3_DEBOUNCE_SECONDS="0.2") as made:
        yield made


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]


@pytest.fixture
def cd3(
    run: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run the command in this process, as an operator on the service's host would."""
    monkeypatch.chdir(run.folder)
    for name, value in run.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CD3_PUBLIC_URL", run.service)

    def command(*words: str) -> Done:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["webhook", *words])
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return command


def hooks(run: World) -> list[dict[str, object]]:
    found = run.person.get(HOOKS).raise_for_status().json()
    assert isinstance(found, list)
    return found


def heard(run: World, cost: float) -> bool:
    """Edit an issue and say whether Jira's delivery was taken and led to a write."""
    run.person.post("/sandbox/requests/reset")
    run.edit(FREE, cost)
    wait_for(lambda: FREE in run.written(), seconds=30)
    wait_for(run.is_quiet, seconds=30)
    states = {one["state"] for one in run.deliveries()}
    return states == {"delivered"}


def test_register_mends_the_one_that_is_there_and_says_the_same_again(
    run: World, cd3: Command
) -> None:
    [before] = hooks(run)
    done = cd3("register", "harbour")
    assert done.returncode == 0, done.stderr
    assert "updated" in done.stderr
    [after] = hooks(run)
    assert after["self"] == before["self"]
    assert after["name"] == "CD3 harbour"
    assert set(EVENTS) == set(after["events"])  # type: ignore[call-overload] # JSON
    assert after["filters"] == {
        "issue-related-events-section": 'project in ("HARB", "TIDE")'
    }
    assert "left as it is" in cd3("register", "harbour").stderr
    assert cd3("verify", "harbour").returncode == 0
    assert heard(run, 400_000)  # the secret is still the one that both know


def test_a_new_secret_leaves_no_gap(run: World, cd3: Command) -> None:
    done = cd3("register", "harbour", "--rotate")
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert heard(run, 410_000)
    # A delivery still signed with the secret before is taken, until that is retired.
    body = run.folder / "body.json"
    body.write_bytes(b'{"webhookEvent":"x"}')
    old = signed(b'{"webhookEvent":"x"}')
    known = cd3("verify", "harbour", "--body", str(body), "--signature", old)
    assert "secret before" in known.stdout
    assert cd3("retire", "harbour").returncode == 0
    gone = cd3("verify", "harbour", "--body", str(body), "--signature", old)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert heard(run, 420_000)


def signed(body: bytes) -> str:
    return sign(body, secret=SECRET.encode())


def test_our_own_test_does_not_end_jiras_silence(run: World, cd3: Command) -> None:
    books = Database(run.environment["CD3_DATABASE_URL"])
    with books.transaction() as connection:
        before = now() - timedelta(hours=7)
        connection.execute(delete(SightingRow))
        Sightings().hear(connection, {"harbour": before})
        Sightings().miss(connection, "harbour", 3, now=now())
    try:
        done = cd3("send-test", "harbour")
        assert "our own test" in done.stdout, done.stderr
        with books.engine.connect() as connection:
            kept = Sightings().find(connection, "harbour")
        assert (kept.missed, kept.heard_at) == (3, before)
        verified = cd3("verify", "harbour")
        assert verified.returncode == 1
        assert "3 changes came without a delivery" in verified.stderr
    finally:
        with books.transaction() as connection:
            connection.execute(delete(SightingRow))
        books.close()


def test_the_doctor_sends_a_delivery_where_asked(
    run: World, cd3: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    del cd3  # it set the surroundings
    for words, checked in (([], False), (["--send-test"], True)):
        capsys.readouterr()
        with pytest.raises(SystemExit):
            main(["doctor", "--json", *words])
        found = json.loads(capsys.readouterr().out)["findings"]
        told = [one for one in found if one["check"] == "webhook.round_trip"]
        assert len(told) == int(checked)
        assert all(one["status"] == "ok" for one in told), told
    wait_for(run.is_quiet, seconds=30)


def test_a_test_delivery_is_followed_to_its_end(cd3: Command) -> None:
    done = cd3("send-test", "harbour")
    assert done.returncode == 0, done.stderr
    assert "202" in done.stdout
    assert "ignored" in done.stdout
    lost = cd3("send-test", "harbour", "--url", "http://127.0.0.1:1")
    assert lost.returncode == 4
    assert "CD3_PUBLIC_URL" in lost.stderr


def test_what_doubles_it_is_found_and_pruned(run: World, cd3: Command) -> None:
    [ours] = hooks(run)
    body = {"name": "Another", "url": f"{run.service}/elsewhere", "events": [EVENTS[0]]}
    run.person.post(HOOKS, json=body).raise_for_status()
    double = {**body, "name": "CD3 (old)", "url": ours["url"]}
    run.person.post(HOOKS, json=double).raise_for_status()
    found = json.loads(cd3("list", "harbour", "--json").stdout)["items"]
    assert sorted(one["ours"] for one in found) == [False, True, True]
    checked = cd3("verify", "harbour")
    assert checked.returncode == 1
    assert "doubles" in checked.stderr
    assert "to delete with --yes" in cd3("prune", "harbour").stderr
    assert len(hooks(run)) == 3
    assert cd3("prune", "harbour", "--yes").returncode == 0
    assert {one["name"] for one in hooks(run)} == {"CD3 harbour", "Another"}


def test_j23_a_webhook_that_was_deleted_is_missed_and_made_anew(
    run: World, cd3: Command
) -> None:
    for one in hooks(run):
        run.person.delete(str(httpx.URL(str(one["self"])).path)).raise_for_status()
    checked = cd3("verify", "harbour", "--json")
    assert checked.returncode == 1
    assert json.loads(checked.stdout)["webhook"] is None
    done = cd3("register", "harbour")
    assert done.returncode == 0, done.stderr
    assert "created" in done.stderr
    assert heard(run, 430_000)


def test_j23_changes_without_a_delivery_are_told(run: World, cd3: Command) -> None:
    long_ago = now() - timedelta(hours=7)
    database = Database(run.environment["CD3_DATABASE_URL"])
    with database.transaction() as connection:
        connection.execute(delete(SightingRow))
        Sightings().hear(connection, {"harbour": long_ago})
        Sightings().miss(connection, "harbour", 3, now=now())
    database.close()
    checked = cd3("verify", "harbour")
    assert checked.returncode == 1
    assert "3 changes came without a delivery" in checked.stderr
    figures = httpx.get(
        f"{run.service}/metrics",
        headers={"Authorization": f"Bearer {run.key}"},
        trust_env=False,
        timeout=ANSWER_SECONDS,
    ).text
    assert 'cd3_webhook_missed_changes{site="harbour"} 3.0' in figures
    assert heard(run, 440_000)
    assert "The last delivery came" in cd3("verify", "harbour").stdout


def test_a_jira_that_cannot_sign_shows_a_token_in_the_path(
    run: World, cd3: Command
) -> None:
    site = httpx.Client(
        base_url=f"{run.service}/api/v1",
        headers={"Authorization": f"Bearer {run.key}"},
        trust_env=False,
        timeout=ANSWER_SECONDS,
    )

    def prove(how: str) -> None:
        tag = site.get("/sites/harbour").headers["ETag"]
        site.patch(
            "/sites/harbour", json={"webhook_proof": how}, headers={"If-Match": tag}
        ).raise_for_status()
        time.sleep(1.2)  # receivers read it within a second

    # A secret that an admin typed may hold what no path bears: one of ours does.
    assert cd3("register", "harbour", "--rotate").returncode == 0
    prove("path_token")
    done = cd3("register", "harbour")
    assert done.returncode == 0, done.stderr
    [ours] = [one for one in hooks(run) if one["name"] == "CD3 harbour"]
    token = str(ours["url"]).rpartition("/")[2]
    assert len(token) > 32
    told = "".join(
        cd3(*words).stdout for words in (("list", "harbour"), ("verify", "harbour"))
    )
    audit = site.get("/audit").text
    assert token not in done.stdout + done.stderr + told + audit
    assert heard(run, 450_000)
    assert cd3("send-test", "harbour").returncode == 0
    bare = knock(run, "/webhooks/jira/harbour")
    wrong = knock(run, f"/webhooks/jira/harbour/{'x' * 43}")
    assert (bare.status_code, wrong.status_code) == (401, 401)
    prove("signature")
    assert cd3("register", "harbour").returncode == 0
    site.close()


def knock(run: World, path: str) -> httpx.Response:
    """Deliver what nothing proves."""
    url = f"{run.service}{path}"
    return httpx.post(url, json={}, trust_env=False, timeout=ANSWER_SECONDS)


def test_without_the_right_it_prints_what_an_admin_enters(
    run: World, cd3: Command
) -> None:
    accounts = run.site.state.accounts
    us = accounts.by_email[US.casefold()]
    accounts.by_email[US.casefold()] = replace(
        us, permissions=tuple(p for p in us.permissions if p != "ADMINISTER")
    )
    done = cd3("register", "harbour")
    accounts.by_email[US.casefold()] = us
    assert done.returncode == 1
    assert f"URL:     {run.service}/webhooks/jira/harbour" in done.stdout
    assert "Secret:  " in done.stdout
    assert 'project in ("HARB", "TIDE")' in done.stdout
    assert "may not administer" in done.stderr


def test_mistakes_end_with_a_hint(
    cd3: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = cd3("register", "nowhere")
    assert unknown.returncode == 3
    assert "known: harbour" in unknown.stderr
    monkeypatch.delenv("CD3_PUBLIC_URL")
    bare = cd3("register", "harbour")
    assert bare.returncode == 3
    assert "CD3_PUBLIC_URL" in bare.stderr


def admin(run: World) -> httpx.Client:
    return httpx.Client(
        base_url=f"{run.service}/api/v1",
        headers={"Authorization": f"Bearer {run.key}"},
        trust_env=False,
        timeout=ANSWER_SECONDS,
    )


def version(run: World) -> str:
    with admin(run) as site:
        return site.get("/sites/harbour").headers["ETag"]


def prove(run: World, how: str) -> None:
    """Let the site's deliveries prove themselves in another way."""
    change, tag = {"webhook_proof": how}, {"If-Match": version(run)}
    with admin(run) as site:
        site.patch("/sites/harbour", json=change, headers=tag).raise_for_status()


def test_where_jira_says_401_it_prints_what_an_admin_enters_for_each_proof(
    run: World, cd3: Command
) -> None:
    """A service account behind the gateway may well hear so."""
    assert cd3("register", "harbour", "--rotate").returncode == 0  # a secret for paths
    refused = {"kind": "status", "status": 401, "path": "/rest/webhooks/*"}
    run.site.faults.switch([{**refused, "account": US}])
    printed = {}
    for how in ("basic", "path_token", "signature"):
        prove(run, how)
        done = cd3("register", "harbour")
        assert done.returncode == 1, done.stderr
        assert "may not administer webhooks" in done.stderr
        printed[how] = done.stdout
    run.site.faults.switch([])
    secret = printed["signature"].partition("Secret:  ")[2].partition("\n")[0]
    assert len(secret) > 32
    assert f"/webhooks/jira/harbour/{secret}\n" in printed["path_token"]
    assert "Secret:" not in printed["path_token"] + printed["basic"]
    assert f"User:    cd3\n  Password: {secret}\n" in printed["basic"]


def test_a_dead_credential_is_renewed_and_nobody_enters_a_webhook(
    run: World, cd3: Command
) -> None:
    before = version(run)
    ended = {"kind": "status", "status": 401, "path": "/rest/*", "account": US}
    run.site.faults.switch([ended])
    asking = ("register", "register --rotate", "list", "verify", "prune")
    told = {words: cd3(*words.split(), "harbour") for words in asking}
    run.site.faults.switch([])
    for words, done in told.items():
        assert (done.returncode, done.stdout) == (4, ""), words
        assert "does not take this site's credential" in done.stderr, words
        assert "PATCH /api/v1/sites/harbour" in done.stderr, words
        assert "then run: cd3 doctor --site harbour" in done.stderr, words
    assert version(run) == before  # there is no new secret
