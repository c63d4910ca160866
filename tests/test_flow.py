"""One person's edit goes all the way round, once, whatever dies on the way."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from sqlalchemy import update

from app import clock
from app.books.tables import MarkRow
from app.demo.setting_up import Admin
from tests.ways import DATA_CENTER, GATEWAY, NEW_DATA_CENTER, SITE_URL, Way
from tests.world import World, wait_for, world

FREE = "HARB-52"  # no link, no deadline, near the end of the sample's order


# Both by which the Cloud is reached, and the oldest and newest Data Center.
ALL = [SITE_URL, GATEWAY, DATA_CENTER, NEW_DATA_CENTER]
# A world of its own takes half a minute: there, each kind once is enough.
EACH = [SITE_URL, GATEWAY, NEW_DATA_CENTER]
ways = pytest.mark.parametrize("way", EACH, ids=lambda way: way.name)


@pytest.fixture(scope="module", params=ALL, ids=lambda way: way.name)
def quick(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("quick")
    with world(folder, way=request.param, CD3_DEBOUNCE_SECONDS="0.2") as made:
        yield made


def test_one_edit_is_one_move_and_the_scores_that_differ(quick: World) -> None:
    before = quick.order()
    quick.edit(FREE, 500_000)
    wait_for(quick.rank_calls, seconds=30)
    wait_for(quick.is_quiet, seconds=30)
    assert quick.rank_calls() == 1
    assert quick.written() == [FREE]
    assert len(quick.jira_reads()) <= 3, quick.jira_reads()
    after = quick.order()
    assert after.index(FREE) < before.index(FREE)
    rest = [key for key in before if key != FREE]
    assert [key for key in after if key != FREE] == rest  # nobody else moved


def test_the_doctor_finds_the_site_in_order(quick: World) -> None:
    with Admin(quick.service, quick.key) as admin:
        found = admin.check("harbour")["findings"]
    [kind] = [one["what"] for one in found if one["check"] == "jira"]
    flavour = quick.way.flavour
    name = "Cloud" if flavour.is_cloud else "Data Center"
    assert kind == f"Jira {name} {flavour.version} answers"
    assert [one for one in found if one["status"] == "fail"] == []


def test_echoes_of_our_own_writes_cause_no_call(quick: World) -> None:
    wait_for(quick.is_quiet, seconds=30)
    quick.person.post("/sandbox/requests/reset")
    time.sleep(3)
    assert quick.requests() == []


def test_an_edit_that_changes_no_order_moves_nothing(quick: World) -> None:
    quick.person.post("/sandbox/requests/reset")
    quick.edit(FREE, 500_001)
    wait_for(lambda: quick.written() == [FREE], seconds=30)
    wait_for(quick.is_quiet, seconds=30)
    assert (quick.rank_calls(), quick.written()) == (0, [FREE])
    assert len(quick.jira_reads()) <= 3, quick.jira_reads()


@ways
def test_killed_between_the_answer_and_the_write_it_happens_once(
    tmp_path: Path, way: Way
) -> None:
    with world(tmp_path, way=way, CD3_DEBOUNCE_SECONDS="0.2") as slow:
        count = len(slow.deliveries())
        put_off(slow)
        slow.edit(FREE, 500_000)
        wait_for(lambda: len(slow.deliveries()) > count, seconds=10)
        wait_for(lambda: slow.site.settle(1), seconds=10)
        assert slow.rank_calls() == 0  # accepted, and not yet worked off
        assert not slow.is_quiet()
        slow.kill()
        time.sleep(0.5)
        assert slow.rank_calls() == 0
        let_go(slow)
        slow.start()
        wait_for(slow.rank_calls, seconds=60)
        wait_for(slow.is_quiet, seconds=30)
        assert (slow.rank_calls(), slow.written()) == (1, [FREE])
        # The books tell a fresh process which field ranks, and what it may do.
        assert len(slow.jira_reads()) <= 3, slow.jira_reads()


def put_off(place: World) -> None:
    """Have no rescore begin for an hour, as after a failure, so that nobody hurries."""
    later = clock.now() + timedelta(hours=1)
    with place.books() as books, books.transaction() as connection:
        connection.execute(update(MarkRow).values(not_before=later))


def let_go(place: World) -> None:
    """Let the hour be over, also for what was marked meanwhile."""
    marked = update(MarkRow).where(MarkRow.dirty_at.is_not(None))
    with place.books() as books, books.transaction() as connection:
        connection.execute(update(MarkRow).values(not_before=None))
        connection.execute(marked.values(due_at=MarkRow.dirty_at))


def test_a_hostile_title_reaches_the_page_as_text(quick: World) -> None:
    title = '</p><ac:structured-macro ac:name="html">]]>&"\x07 \u202etxt'
    page = quick.page("ranking")
    before = page["version"]["number"]
    body = {"fields": {"summary": title}}
    quick.person.put(quick.way.issue(FREE), json=body).raise_for_status()
    wait_for(lambda: quick.page("ranking")["version"]["number"] > before, seconds=30)
    storage = quick.page("ranking")["body"]["storage"]["value"]
    names = "".join(f' xmlns:{name}="urn:{name}"' for name in ("ac", "ri"))
    tree = etree.fromstring(f"<page{names}>{storage.replace('&nbsp;', ' ')}</page>")
    macros = tree.findall(".//{urn:ac}structured-macro")
    assert "html" not in {macro.get("{urn:ac}name") for macro in macros}
    shown = "".join(str(text) for text in tree.itertext())
    assert '</p><ac:structured-macro ac:name="html">]]>&"' in shown
    assert "\x07" not in shown


@ways
def test_an_edit_whose_webhook_never_came_is_found_by_the_clock(
    tmp_path: Path, way: Way
) -> None:
    with world(tmp_path, way=way) as deaf:
        deaf.forget_webhooks()
        deaf.edit(FREE, 500_000)
        deaf.bring_the_round()
        wait_for(lambda: FREE in deaf.written(), seconds=30)
        wait_for(deaf.rank_calls, seconds=30)  # which goes beside the first write
        wait_for(deaf.is_quiet, seconds=30)
        assert deaf.rank_calls() == 1
