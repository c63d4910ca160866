"""One webhook a site is ours, whatever else Jira has, and only differences are told."""

from dataclasses import replace

import pytest

from connectors.hooks import (
    EVENTS,
    MOST_PROJECTS,
    is_ours,
    name_of,
    narrow_jql,
    plan_hook,
    url_of,
)
from connectors.jira_values import Webhook, WebhookWish

URL = "https://cd3.example.org/webhooks/jira/acme"
WISH = WebhookWish(name_of("acme"), URL, EVENTS, 'project in ("A")')
RIGHT = Webhook("7", "CD3 acme", URL, EVENTS, WISH.jql, signed=True)


def test_the_address_is_below_the_public_one() -> None:
    assert url_of("https://cd3.example.org/", "acme") == URL
    assert (
        url_of("https://x.example/sub", "a") == "https://x.example/sub/webhooks/jira/a"
    )


@pytest.mark.parametrize(
    ("name", "url", "ours"),
    [
        ("CD3 acme", "https://old.example/webhooks/jira/acme", False),
        ("CD3 acme", "https://cd3.example.org/staging/webhooks/jira/acme", False),
        ("Anything", URL, True),
        ("Anything", "http://cd3.example.org:8400/webhooks/jira/acme", True),
        ("Anything", f"{URL}/a-token-of-before", True),
        ("CD3 other", "https://cd3.example.org/webhooks/jira/other", False),
        ("Slack", "https://cd3.example.org/", False),
        ("Slack", "https://else.example/webhooks/jira/acme", False),
    ],
)
def test_ours_is_known_by_its_address(name: str, url: str, *, ours: bool) -> None:
    assert is_ours(Webhook("1", name, url), WISH) is ours


def test_two_ports_of_a_host_are_two_services() -> None:
    here = replace(WISH, url="http://localhost:8400/webhooks/jira/acme")
    other = Webhook("1", "CD3 acme", "http://localhost:8401/webhooks/jira/acme")
    assert not is_ours(other, here)
    assert is_ours(replace(other, url=here.url.replace(":8400", "")), here)


def test_where_our_own_address_is_not_known_the_name_has_to_do() -> None:
    nowhere = replace(WISH, url=url_of("", "acme"))
    assert is_ours(RIGHT, nowhere)
    assert not is_ours(replace(RIGHT, name="Slack"), nowhere)


def test_none_of_ours_is_created_and_the_right_one_left() -> None:
    others = [Webhook("1", "Slack", "https://slack.example/x")]
    assert plan_hook(others, WISH, new_secret=False).action == "create"
    plan = plan_hook([*others, RIGHT], WISH, new_secret=False)
    assert (plan.action, plan.kept, plan.spare) == ("leave", RIGHT, ())
    assert plan_hook([RIGHT], WISH, new_secret=True).action == "update"


def test_the_oldest_at_our_address_is_kept_and_the_others_are_spare() -> None:
    moved = Webhook("3", "CD3 acme", "https://old.example/webhooks/jira/acme")
    twin = Webhook("12", "CD3 again", URL)
    plan = plan_hook([twin, RIGHT, moved], WISH, take_over=True)
    assert (plan.kept, plan.spare, plan.elsewhere) == (RIGHT, (twin,), (moved,))
    assert not plan.is_taken_over


def test_one_of_our_name_that_leads_elsewhere_is_asked_about() -> None:
    moved = Webhook("3", "CD3 acme", "https://old.example/webhooks/jira/acme")
    plan = plan_hook([moved], WISH)
    assert (plan.action, plan.kept, plan.elsewhere) == ("ask", None, (moved,))
    plan = plan_hook([moved], WISH, take_over=True)
    assert (plan.action, plan.kept, plan.elsewhere) == ("update", moved, ())
    assert plan.is_taken_over
    assert plan.differs == ("url", "events", "jql", "secret")


def test_issue_events_are_narrowed_to_projects() -> None:
    assert narrow_jql(["B", "A", "B"]) == 'project in ("A", "B")'
    assert narrow_jql([]) == ""
    assert narrow_jql(f"P{n}" for n in range(MOST_PROJECTS + 1)) == ""
