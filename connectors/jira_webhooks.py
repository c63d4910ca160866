"""Webhook administration: described in prose only, and at two places by version.

Jira Cloud, and Data Center up to 9, have `/rest/webhooks/1.0/webhook`
(https://developer.atlassian.com/cloud/jira/platform/webhooks/). Data Center from 10 on
has `/rest/jira-webhook/1.0/webhooks` instead
(https://jira.atlassian.com/browse/JRASERVER-78733), where secret and filter stand in
`configuration`.
"""

import json
from typing import Any, Final

from connectors.answer import Answer
from connectors.call import segment
from connectors.errors import NotFoundError
from connectors.jira_answers import (
    JQL_SECTION,
    read_list,
    read_object,
    read_webhook,
    write_webhook,
)
from connectors.jira_values import Webhook, WebhookWish
from connectors.wire import Wire

OLD_PATH: Final = "/rest/webhooks/1.0/webhook"
NEW_PATH: Final = "/rest/jira-webhook/1.0/webhooks"
_NEW_SINCE: Final = 10


class DataCenterWebhooks:
    """The webhooks of a Data Center; the version only says where to look first."""

    def __init__(self, wire: Wire, version: tuple[int, ...]) -> None:
        self._wire = wire
        new = not version or version[0] >= _NEW_SINCE
        self._paths = (NEW_PATH, OLD_PATH) if new else (OLD_PATH, NEW_PATH)

    def list(self) -> tuple[Webhook, ...]:
        """List the webhooks; needs Administer Jira."""
        raws = self._call("GET").json()
        return tuple(read_webhook(raw) for raw in read_list(raws, "webhook"))

    def create(self, wish: WebhookWish) -> Webhook:
        """Register a webhook."""
        return self._read(self._call("POST", wish=wish))

    def update(self, webhook: str, wish: WebhookWish) -> Webhook:
        """Change a webhook."""
        return self._read(self._call("PUT", f"/{segment(webhook)}", wish))

    def delete(self, webhook: str) -> None:
        """Take a webhook away."""
        self._call("DELETE", f"/{segment(webhook)}")

    def _read(self, answer: Answer) -> Webhook:
        return read_webhook(read_object(answer.json(), "webhook"))

    def _call(
        self, method: str, tail: str = "", wish: WebhookWish | None = None
    ) -> Answer:
        """Call where the version has it; where nothing stands there, at the other."""
        first, second = self._paths
        try:
            return self._at(first, method, tail, wish)
        except NotFoundError as error:
            if tail and self._stands(first):
                raise  # it is the webhook that is gone
            try:
                answer = self._at(second, method, tail, wish)
            except NotFoundError:
                raise error from None
        self._paths = (second, first)
        return answer

    def _stands(self, path: str) -> bool:
        try:
            self._wire.call("GET", path)
        except NotFoundError:
            return False
        return True

    def _at(
        self, path: str, method: str, tail: str, wish: WebhookWish | None
    ) -> Answer:
        body = None
        if wish is not None:
            new = path == NEW_PATH
            body = write_new_webhook(wish) if new else write_webhook(wish)
        return self._wire.call(method, path + tail, body=body)


def write_new_webhook(wish: WebhookWish) -> dict[str, Any]:
    """Write what Jira 10 and later take.

    Seen at work in public code: `SECRET` and `EXCLUDE_BODY` in `configuration`, all
    values texts. Where the JQL belongs is not documented: it is sent as `FILTERS`
    there and as `filters` beside, of which Jira takes what it knows.
    """
    filters = {JQL_SECTION: wish.jql}
    configuration = {"EXCLUDE_BODY": "false", "FILTERS": json.dumps(filters)}
    if wish.secret:
        configuration["SECRET"] = wish.secret
    return {
        "name": wish.name,
        "url": wish.url,
        "events": list(wish.events),
        "active": True,
        "scopeType": "global",
        "configuration": configuration,
        "filters": filters,
        "excludeBody": False,
    }
