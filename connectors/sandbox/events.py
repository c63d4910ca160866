"""Webhook payloads, and which registered webhook hears of what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from connectors.sandbox.accounts import Account
from connectors.sandbox.changelog import keep_change, told_items
from connectors.sandbox.jql import JqlError
from connectors.sandbox.model import Issue, Link, LinkType, Webhook
from connectors.sandbox.query import find_issues
from connectors.sandbox.rendering import show_account, show_issue
from connectors.sandbox.state import Site

# Jira filters these by JQL; all others go to whoever asked for the event.
FILTERED: Final = ("jira:issue_", "issue_property_")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery to be made: to whom, and the very bytes that are signed."""

    webhook: int
    url: str
    secret: str
    event: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an issue: the event, its finer kind, the changelog's items."""

    event: str
    kind: str | None = None
    items: Sequence[Mapping[str, Any]] | None = None


def announce_issue(site: Site, account: Account, issue: Issue, told: Told) -> None:
    """Tell of an issue that was created, updated or deleted; keep what was updated.

    As on Jira, the history begins after the creation.
    """
    number = ""
    if told.event == "jira:issue_updated":
        number = keep_change(site, account, issue, told.items or ())
    fields = [item["fieldId"] for item in told.items or ()]
    site.note(issue.key, told.event, fields, account.account_id)
    if not _heard(site, told.event):
        return
    payload: dict[str, Any] = {
        "timestamp": milliseconds(site),
        "webhookEvent": told.event,
    }
    if told.kind is not None:
        payload["issue_event_type_name"] = told.kind
    payload["user"] = show_account(site, account)
    payload["issue"] = show_issue(site, issue, site.fields, version=2)
    if told.items is not None:
        number = number or str(site.next("changelog", 10_001))
        payload["changelog"] = {"id": number, "items": told_items(site, told.items)}
    _post(site, told.event, payload, issue)


def announce_link(
    site: Site, account: Account, link: Link, link_type: LinkType, event: str
) -> None:
    """Tell of a link; Jira names neither keys nor the one who made it."""
    told = {
        "id": int(link.id),
        "sourceIssueId": int(link.source),
        "destinationIssueId": int(link.target),
        "issueLinkType": {
            "id": int(link_type.id),
            "name": link_type.name,
            "outwardName": link_type.outward,
            "inwardName": link_type.inward,
            "isSubTaskLinkType": False,
            "isSystemLinkType": False,
        },
        "systemLink": False,
    }
    for issue_id in (link.source, link.target):
        key = site.issues[issue_id].key
        site.note(key, event, ("issuelinks",), account.account_id)
    payload = {"timestamp": milliseconds(site), "webhookEvent": event}
    _post(site, event, payload | {"issueLink": told}, None)


def announce_property(
    site: Site, account: Account, issue: Issue, event: str, prop: Mapping[str, Any]
) -> None:
    """Tell of an issue's property that was set or deleted."""
    payload = {
        "timestamp": milliseconds(site),
        "webhookEvent": event,
        "user": show_account(site, account),
        "issue": show_issue(site, issue, ("summary",), version=2),
        "property": dict(prop),
    }
    site.note(issue.key, event, (), account.account_id)
    _post(site, event, payload, issue)


def milliseconds(site: Site) -> int:
    """Give the site's time in milliseconds since 1970."""
    return int(site.now().timestamp() * 1000)


def _heard(site: Site, event: str) -> bool:
    return any(event in webhook.events for webhook in site.webhooks.values())


def _post(
    site: Site, event: str, payload: Mapping[str, Any], issue: Issue | None
) -> None:
    body = orjson.dumps(payload)
    for webhook in site.webhooks.values():
        if not webhook.enabled or event not in webhook.events:
            continue
        if event.startswith(FILTERED) and not _matches(site, webhook, issue):
            continue
        site.outbox.append(
            Envelope(
                webhook=webhook.id,
                url=_filled(webhook.url, site, issue),
                secret=webhook.secret,
                event=event,
                key=issue.key if issue else "",
                body=b"" if webhook.exclude_body else body,
            )
        )


def _matches(site: Site, webhook: Webhook, issue: Issue | None) -> bool:
    if not webhook.jql or issue is None:
        return True
    try:
        return bool(find_issues(site, webhook.jql, among=[issue]))
    except JqlError:
        # What the filter named has gone meanwhile: nothing matches it any more.
        return False


def _filled(url: str, site: Site, issue: Issue | None) -> str:
    if issue is None or "${" not in url:
        return url
    project = site.projects[issue.values["project"]]
    for name, value in (
        ("issue.key", issue.key),
        ("issue.id", issue.id),
        ("project.key", project.key),
        ("project.id", project.id),
    ):
        url = url.replace(f"${{{name}}}", value)
    return url
