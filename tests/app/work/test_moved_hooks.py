"""What bears our webhook's name and leads elsewhere is another's until we are told."""

from collections.abc import Iterator
from dataclasses import asdict

import pytest

from app.books.audit import Audit
from app.books.database import Database
from app.checks.hearing import judge_hook
from app.console.main import end_with
from app.work.hooking import ElsewhereError
from tests.app.work.errand import Errand
from tests.app.work.hook_desk import FIRST, PUBLIC, hook_desk, hooking_of, hooks
from tests.ways import SITE_URL

STAGING = "https://staging.example.org"
THERE, HERE = f"{PUBLIC}/webhooks/jira/pretend", f"{STAGING}/webhooks/jira/pretend"


@pytest.fixture
def desk(books: Database) -> Iterator[Errand]:
    """A Jira where a CD3 at `PUBLIC` has its webhook."""
    with hook_desk(books, SITE_URL, FIRST) as made:
        hooking_of(made).register("pretend")
        yield made


def test_another_cd3s_webhook_is_neither_changed_nor_deleted(
    desk: Errand, capsys: pytest.CaptureFixture[str]
) -> None:
    staging, before = hooking_of(desk, STAGING), asdict(hooks(desk)[0])
    secrets = staging.secrets("pretend")
    with pytest.raises(ElsewhereError) as refused:
        staging.register("pretend", rotate=True)
    assert end_with(refused.value) == 3
    told = capsys.readouterr().err
    assert THERE in told
    assert HERE in told
    assert "--take-over" in told
    assert staging.prune("pretend") == ()
    [after] = hooks(desk)
    assert asdict(after) == before
    assert staging.secrets("pretend") == secrets


def test_a_service_that_moved_takes_its_webhook_along(desk: Errand) -> None:
    moved = hooking_of(desk, STAGING)
    [hook] = hooks(desk)
    hook.secret = "another"  # so it may be, where the books are others
    done = moved.register("pretend", take_over=True)
    assert (done.done, done.before, done.webhook.url) == ("updated", THERE, HERE)
    [hook] = hooks(desk)
    assert (hook.url, hook.secret) == (HERE, FIRST)
    with desk.books.reading() as session:
        newest = Audit().list(session, object_id="sites/pretend")[0]
    assert (newest.action, newest.detail["before"]) == ("webhook_updated", THERE)
    assert moved.register("pretend").done == "left as it is"


def test_two_of_our_name_are_not_guessed_at(desk: Errand) -> None:
    third = hooking_of(desk, "https://third.example.org")
    [first] = hooks(desk)
    first.name = "CD3 old"
    hooking_of(desk, STAGING).register("pretend")
    first.name = "CD3 pretend"
    with pytest.raises(ElsewhereError, match=f"{THERE} and .*{HERE}"):
        third.register("pretend", take_over=True)
    assert {one.url for one in hooks(desk)} == {THERE, HERE}
    # And each leaves the other's alone.
    for mine in (hooking_of(desk), hooking_of(desk, STAGING)):
        assert mine.register("pretend", take_over=True).done == "left as it is"
        assert mine.prune("pretend") == ()


def test_the_doctor_says_where_it_leads_and_keeps_its_token(desk: Errand) -> None:
    [hook] = hooks(desk)
    hook.url = f"{THERE}/a-token-of-the-other-service"
    staging = hooking_of(desk, STAGING)
    plan, site = staging.look("pretend"), staging.site("pretend")
    [found] = [
        one
        for one in judge_hook(site, plan, public_url=STAGING, proved=False)
        if one.status == "fail"
    ]
    assert found.what.endswith(f"{THERE}/…")
    assert "--take-over" in found.next
    assert not any(mine for mine, _each in staging.webhooks("pretend"))
