"""Webhooks as an administrator registers them (`/rest/webhooks/1.0/webhook`)."""

from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.events import milliseconds
from connectors.sandbox.jira.calls import (
    INVALID,
    Call,
    answer,
    nothing,
    part,
    route,
    texts,
)
from connectors.sandbox.model import Webhook
from connectors.sandbox.query import find_issues
from connectors.sandbox.state import Site

SECTION: Final = "issue-related-events-section"
EVENTS: Final = frozenset(
    {
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "issue_property_set",
        "issue_property_deleted",
        "issuelink_created",
        "issuelink_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "worklog_created",
        "worklog_updated",
        "worklog_deleted",
        "attachment_created",
        "attachment_deleted",
        "sprint_created",
        "sprint_updated",
        "sprint_started",
        "sprint_closed",
        "sprint_deleted",
        "board_created",
        "board_updated",
        "board_deleted",
        "board_configuration_changed",
        "project_created",
        "project_updated",
        "project_deleted",
        "jira:version_created",
        "jira:version_updated",
        "jira:version_released",
        "jira:version_deleted",
    }
)
KNOWN: Final = (
    "name",
    "description",
    "url",
    "events",
    "filters",
    "excludeBody",
    "secret",
    "enabled",
)


def routes(site: Site) -> list[Route]:
    """Mount webhook administration."""
    base = "/rest/webhooks/1.0/webhook"
    return [
        route(site, "GET", base, _all),
        route(site, "POST", base, _register),
        route(site, "GET", f"{base}/{{number}}", _read),
        route(site, "PUT", f"{base}/{{number}}", _change),
        route(site, "DELETE", f"{base}/{{number}}", _delete),
    ]


def show(site: Site, webhook: Webhook) -> dict[str, Any]:
    """Show a webhook; its secret is never shown again."""
    by = site.accounts.find(webhook.updated_by)
    return {
        "name": webhook.name,
        "description": webhook.description,
        "url": webhook.url,
        "excludeBody": webhook.exclude_body,
        "filters": {SECTION: webhook.jql},
        "events": list(webhook.events),
        "enabled": webhook.enabled,
        "isSigned": bool(webhook.secret),
        "self": f"{site.url}/rest/webhooks/1.0/webhook/{webhook.id}",
        "lastUpdatedUser": webhook.updated_by,
        "lastUpdatedDisplayName": by.display_name if by else "",
        "lastUpdated": webhook.updated,
    }


def administer(call: Call) -> None:
    """Refuse who may not administer webhooks."""
    if not call.account.may("ADMINISTER"):
        raise AnswerError(403, "You do not have permission to administer webhooks.")


def find_webhook(call: Call) -> Webhook:
    """Find the webhook that the path names."""
    administer(call)
    number = call.path("number")
    webhook = call.site.webhooks.get(int(number) if number.isdigit() else -1)
    if webhook is None:
        raise AnswerError(404, f"No webhook with id '{number}' exists.")
    return webhook


def _all(call: Call) -> Response:
    administer(call)
    with call.site.lock:
        shown = [show(call.site, webhook) for webhook in call.site.webhooks.values()]
    return answer(shown)


def _read(call: Call) -> Response:
    with call.site.lock:
        return answer(show(call.site, find_webhook(call)))


def _register(call: Call) -> Response:
    administer(call)
    body = checked_webhook(call, call.object())
    if not body.get("name") or not body.get("url"):
        raise AnswerError(400, "A webhook needs a name and a URL.")
    with call.site.changing():
        webhook = Webhook(call.site.next("webhook"), "", "", ())
        take_webhook(call, webhook, body)
        call.site.webhooks[webhook.id] = webhook
        shown = show(call.site, webhook)
    made = answer(shown, 201)
    made.headers["Location"] = shown["self"]
    return made


def _change(call: Call) -> Response:
    body = checked_webhook(call, call.object())
    with call.site.changing():
        webhook = find_webhook(call)
        take_webhook(call, webhook, body)
        return answer(show(call.site, webhook))


def _delete(call: Call) -> Response:
    with call.site.changing():
        del call.site.webhooks[find_webhook(call).id]
    return nothing()


def checked_webhook(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Check a webhook; the real site also refuses any URL but `https:`."""
    url = part(body, "url", str)
    if url is not None and (
        urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname
    ):
        raise AnswerError(400, "The URL of the webhook is not valid.")
    unknown = set(texts(body, "events") or ()) - EVENTS
    if unknown:
        raise AnswerError(400, f"Unknown webhook event '{min(unknown)}'.")
    for name in ("name", "description", "secret"):
        part(body, name, str)
    for name in ("excludeBody", "enabled"):
        part(body, name, bool)
    jql = part(body, "filters", dict, {}).get(SECTION) or ""
    if not isinstance(jql, str):
        raise AnswerError(400, INVALID)
    if jql:
        find_issues(call.site, jql, account=call.account, among=())
    return body


def take_webhook(call: Call, webhook: Webhook, body: dict[str, Any]) -> None:
    """Change what the body names; an absent secret stays as it is."""
    webhook.name = body.get("name", webhook.name)
    webhook.description = body.get("description") or webhook.description
    webhook.url = body.get("url", webhook.url)
    webhook.events = tuple(body.get("events", webhook.events))
    webhook.exclude_body = body.get("excludeBody", webhook.exclude_body)
    webhook.enabled = body.get("enabled", webhook.enabled)
    if body.get("secret") is not None:
        webhook.secret = body["secret"]
    if "filters" in body:
        webhook.jql = body["filters"].get(SECTION) or ""
    webhook.updated = milliseconds(call.site)
    webhook.updated_by = call.account.account_id
