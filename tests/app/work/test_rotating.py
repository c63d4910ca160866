"""A new secret leaves no gap, though Jira does not take it the first time."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from app.books.database import Database
from app.books.sites import Proof
from app.console.hooking import settle
from app.signing import SigningSecrets
from app.work.hooking import Hooking, NotToldError
from connectors.errors import ForbiddenError
from tests.app.work.errand import Errand
from tests.app.work.hook_desk import FIRST, hook_desk, hooking_of, hooks
from tests.ways import SITE_URL
from webhooks.signature import sign, verify

BODY = b'{"webhookEvent":"x"}'


@pytest.fixture
def desk(books: Database) -> Iterator[Errand]:
    with hook_desk(books, SITE_URL, FIRST) as made:
        yield made


@pytest.fixture
def hooking(desk: Errand) -> Hooking:
    """Look after a webhook that Jira signs."""
    made = hooking_of(desk)
    assert made.register("pretend").done == "created"
    return made


def refuse(desk: Errand, method: str) -> None:
    fault = {"kind": "status", "status": 403, "path": "/rest/webhooks/*"}
    desk.site.faults.switch([{**fault, "method": method}])


def is_taken(desk: Errand, hooking: Hooking) -> bool:
    """Say whether what Jira signs now is proved by a secret of ours."""
    [hook] = hooks(desk)
    given = [sign(BODY, secret=hook.secret.encode()).encode()]
    known = [secret.encode() for secret in hooking.secrets("pretend")]
    return verify(BODY, given, secrets=known) < len(known)


def test_what_jira_signs_is_taken_however_often_a_new_secret_is_not(
    desk: Errand, hooking: Hooking
) -> None:
    refuse(desk, "PUT")
    for _ in range(2):
        with pytest.raises(ForbiddenError):
            hooking.register("pretend", rotate=True)
        hooking.secret("pretend", rotate=True)  # as it is printed, to enter by hand
        assert is_taken(desk, hooking)
        assert len(hooking.secrets("pretend")) == 2
    desk.site.faults.switch([])
    again = hooking.register("pretend", rotate=True)
    assert (again.done, again.fresh) == ("updated", False)
    [hook] = hooks(desk)
    assert hook.secret == hooking.secrets("pretend")[0] != FIRST
    assert hooking.register("pretend", rotate=True).fresh
    assert hooking.secrets("pretend")[1:] != (FIRST,)
    assert is_taken(desk, hooking)


def test_what_was_not_told_is_told_the_next_time(
    desk: Errand, hooking: Hooking
) -> None:
    refuse(desk, "PUT")
    with pytest.raises(ForbiddenError):
        hooking.register("pretend", rotate=True)
    desk.site.faults.switch([])
    assert hooking.register("pretend").done == "updated"
    [hook] = hooks(desk)
    assert hook.secret == hooking.secrets("pretend")[0] != FIRST
    assert hooking.register("pretend").done == "left as it is"


def test_the_secret_that_jira_signs_with_is_not_retired(
    desk: Errand, hooking: Hooking
) -> None:
    refuse(desk, "PUT")
    with pytest.raises(ForbiddenError):
        hooking.register("pretend", rotate=True)
    with pytest.raises(NotToldError):
        hooking.retire("pretend")
    assert is_taken(desk, hooking)
    [hook] = hooks(desk)
    hook.secret = hooking.secrets("pretend")[0]
    assert hooking.retire("pretend", by_hand=True)
    assert is_taken(desk, hooking)


def test_entered_by_hand_a_new_secret_comes_once_the_one_before_is_retired(
    desk: Errand, hooking: Hooking
) -> None:
    refuse(desk, "GET")
    first = hooking.secret("pretend", rotate=True)
    assert hooking.secret("pretend", rotate=True) == first
    assert hooking.retire("pretend", by_hand=True)
    assert hooking.secret("pretend", rotate=True) != first
    assert hooking.secrets("pretend")[1] == first


def test_that_a_secret_was_told_makes_nobodys_edit_stale(
    desk: Errand, hooking: Hooking
) -> None:
    with desk.books.reading() as session:
        before = desk.sites.find(session, "pretend")
    hooking.register("pretend")
    with desk.books.writing() as session:
        desk.sites.note_told(session, "pretend", FIRST)
    with desk.books.reading() as session:
        assert desk.sites.find(session, "pretend") == before


@pytest.mark.parametrize("proof", ["basic", "path_token"])
def test_what_is_signed_beside_another_proof_stays_rightly_signed(
    desk: Errand, hooking: Hooking, proof: Proof
) -> None:
    with desk.books.writing() as session:
        site = hooking.site("pretend")
        desk.sites.change(session, replace(site, webhook_proof=proof))
    assert hooking.register("pretend", rotate=True).done == "updated"
    assert hooking.retire("pretend", by_hand=proof == "basic")
    assert is_taken(desk, hooking)


def test_jira_signs_with_a_new_secret_only_once_every_receiver_knows_it(
    desk: Errand, hooking: Hooking
) -> None:
    at = [0.0]

    def sleep(seconds: float) -> None:
        at[0] += seconds
        assert [one.secret for one in hooks(desk)] == [FIRST]  # until then

    async def run() -> None:
        receiver = SigningSecrets(desk.books, desk.sites, now=lambda: at[0])
        assert await receiver("pretend") == (FIRST.encode(),)
        slow = replace(hooking, settle=partial(settle, sleep))
        await asyncio.to_thread(slow.register, "pretend", rotate=True)
        [hook] = hooks(desk)
        assert await receiver("pretend") == (hook.secret.encode(), FIRST.encode())

    asyncio.run(run())
