"""A Jira that tells nothing of secret and filter is no wrong Jira: deliveries prove."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app import clock
from app.books.database import Database
from app.checks.finding import Finding
from app.checks.hearing import judge_hook
from app.work.hooking import Hooking
from tests.app.work.errand import Errand
from tests.app.work.hook_desk import PUBLIC, hook_desk, hooking_of
from tests.ways import NEW_DATA_CENTER
from webhooks.delivery import Delivery

SILENT = replace(
    NEW_DATA_CENTER,
    flavour=replace(NEW_DATA_CENTER.flavour, tells_hooks=False),
    by_personal_token=False,
)


@pytest.fixture
def desk(books: Database) -> Iterator[Errand]:
    with hook_desk(books, SILENT) as made:
        yield made


@pytest.fixture
def hooking(desk: Errand) -> Hooking:
    return hooking_of(desk)


def arrives(desk: Errand, identifier: str) -> None:
    """Let a delivery be taken, as only one is that our secret proves."""
    digest = hashlib.sha256(identifier.encode()).digest()
    delivery = Delivery("pretend", identifier, b"{}", digest)
    desk.intake.deliveries.add([(delivery, clock.now())])


def judged(desk: Errand, hooking: Hooking) -> list[Finding]:
    with desk.books.reading() as session:
        site = desk.sites.find(session, "pretend")
    assert site is not None
    plan, proved = hooking.look("pretend"), hooking.proved("pretend")
    found = judge_hook(site, plan, public_url=PUBLIC, proved=proved)
    return list(found)


def test_what_is_not_told_does_not_differ(desk: Errand, hooking: Hooking) -> None:
    registered = hooking.register("pretend")
    made = registered.webhook
    assert (registered.done, made.signed, made.jql) == ("created", None, None)
    plan = hooking.look("pretend")
    assert (plan.differs, plan.untold) == ((), ("jql", "secret"))
    [hook] = desk.site.state.webhooks.values()
    assert hook.secret == hooking.secret("pretend")


def test_until_a_delivery_came_the_secret_is_told_again(
    desk: Errand, hooking: Hooking
) -> None:
    hooking.register("pretend")
    [hook] = desk.site.state.webhooks.values()
    hook.secret = ""
    arrives(desk, "cd3-test-1")  # our own, to try the way: it proves nothing of Jira
    assert hooking.register("pretend").done == "updated"
    assert hook.secret == hooking.secret("pretend")
    arrives(desk, "one-of-jira")
    assert hooking.register("pretend").done == "left as it is"
    assert hooking.register("pretend", rotate=True).done == "updated"
    assert not hooking.proved("pretend")  # of the new secret, nothing is proved yet


def test_the_doctor_waits_for_a_delivery_and_is_content(
    desk: Errand, hooking: Hooking
) -> None:
    hooking.register("pretend")
    before = {one.check: one.status for one in judged(desk, hooking)}
    assert before == {"webhook": "ok", "webhook.secret": "warn"}
    arrives(desk, "one-of-jira")
    after = judged(desk, hooking)
    assert {one.status for one in after} == {"ok"}
    assert "of its jql and secret Jira tells nothing" in after[0].what
