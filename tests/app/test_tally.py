"""What came again, and what was there already, can be seen in the figures."""

import logging

import pytest
from prometheus_client import CollectorRegistry

from app.tally import WebhookTally
from tests.webhooks.test_receiver import Sender, secrets
from webhooks.delivery import read_delivery
from webhooks.receiver import Receiver

NAME = "cd3_webhook_received_total"


def test_r10_a_retry_is_counted_as_one() -> None:
    registry = CollectorRegistry()
    tally = WebhookTally(registry)
    for retry in (b"", b"3", b"nonsense", b"1"):
        headers = {
            b"x-atlassian-webhook-retry": retry,
            b"x-atlassian-webhook-flow": b"Primary",
        }
        tally.received("acme", read_delivery("acme", headers, b"{}"), new=True)
    labels = {"site": "acme", "flow": "Primary"}
    assert registry.get_sample_value(NAME, {**labels, "retry": "true"}) == 2
    assert registry.get_sample_value(NAME, {**labels, "retry": "false"}) == 2


def test_r10_a_retry_is_logged_once_and_nothing_of_its_body(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="app.tally")
    sender = Sender()
    tally = WebhookTally(CollectorRegistry())
    sender.receiver = Receiver(secrets, sender.store.accept, tally)
    for identifier, retry in ((b"first", b"0"), (b"again\x1b[2J", b"3")):
        sender.post(
            b'{"summary": "canary"}',
            headers=[
                (b"x-atlassian-webhook-identifier", identifier),
                (b"x-atlassian-webhook-retry", retry),
            ],
        )
    [line] = [record.getMessage() for record in caplog.records]
    assert line == "acme: retry 3 of delivery 'again\\x1b[2J'"


def test_r7_what_was_there_already_is_counted() -> None:
    registry = CollectorRegistry()
    tally = WebhookTally(registry)
    delivery = read_delivery("acme", {}, b"{}")
    for new in (True, False, False, False, False):
        tally.received("acme", delivery, new=new)
    name, labels = "cd3_webhook_duplicates_total", {"site": "acme"}
    assert registry.get_sample_value(name, labels) == 4
