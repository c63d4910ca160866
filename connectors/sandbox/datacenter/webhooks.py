"""Webhook administration as Data Center has it from 10 on.

Secret, filter and the wish for no body stand in `configuration`, all as texts; a
`secret` or a `filters` beside them is taken without a word and means nothing
(https://jira.atlassian.com/browse/JRASERVER-78733).
"""

from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.answers import AnswerError
from connectors.sandbox.clock import stamp
from connectors.sandbox.jira.calls import Call, answer, nothing, part, route
from connectors.sandbox.jira.webhooks import (
    SECTION,
    administer,
    checked_webhook,
    find_webhook,
    take_webhook,
)
from connectors.sandbox.model import Webhook
from connectors.sandbox.state import Site

BASE: Final = "/rest/jira-webhook/1.0/webhooks"


def routes(site: Site) -> list[Route]:
    """Mount webhook administration."""
    return [
        route(site, "GET", BASE, _all),
        route(site, "POST", BASE, _register),
        route(site, "GET", f"{BASE}/{{number}}", _read),
        route(site, "PUT", f"{BASE}/{{number}}", _change),
        route(site, "DELETE", f"{BASE}/{{number}}", _delete),
    ]


def _show(site: Site, webhook: Webhook) -> dict[str, Any]:
    """Show a webhook; of its secret, that there is one."""
    configuration = {"EXCLUDE_BODY": str(webhook.exclude_body).lower()}
    if webhook.jql:
        configuration["FILTERS"] = orjson.dumps({SECTION: webhook.jql}).decode()
    if webhook.secret:
        configuration["SECRET"] = "********"  # noqa: S105 - none
    if not site.flavour.tells_hooks:
        configuration = {}
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "events": list(webhook.events),
        "active": webhook.enabled,
        "scopeType": "global",
        "configuration": configuration,
        "createdDate": stamp(site.now()),
        "sslVerificationRequired": True,
    }


def _body(call: Call) -> dict[str, Any]:
    """Read what is sent in the words of the older administration."""
    body = call.object()
    configuration = part(body, "configuration", dict, {})
    filters = _json(configuration.get("FILTERS"))
    old = {name: body[name] for name in ("name", "url", "events") if body.get(name)} | {
        "enabled": part(body, "active", bool, default=True),
        "excludeBody": configuration.get("EXCLUDE_BODY") == "true",
        "filters": filters,
    }
    if configuration.get("SECRET"):
        old["secret"] = configuration["SECRET"]
    return checked_webhook(call, old)


def _json(text: object) -> dict[str, Any]:
    try:
        found = orjson.loads(text) if isinstance(text, str) else {}
    except orjson.JSONDecodeError as error:
        raise AnswerError(400, "FILTERS is no JSON.") from error
    return found if isinstance(found, dict) else {}


def _all(call: Call) -> Response:
    administer(call)
    with call.site.lock:
        shown = [_show(call.site, webhook) for webhook in call.site.webhooks.values()]
    return answer(shown)


def _read(call: Call) -> Response:
    with call.site.lock:
        return answer(_show(call.site, find_webhook(call)))


def _register(call: Call) -> Response:
    administer(call)
    body = _body(call)
    if not body.get("name") or not body.get("url"):
        raise AnswerError(400, "A webhook needs a name and a URL.")
    with call.site.changing():
        webhook = Webhook(call.site.next("webhook"), "", "", ())
        take_webhook(call, webhook, body)
        call.site.webhooks[webhook.id] = webhook
        return answer(_show(call.site, webhook), 201)


def _change(call: Call) -> Response:
    body = _body(call)
    with call.site.changing():
        webhook = find_webhook(call)
        take_webhook(call, webhook, body)
        return answer(_show(call.site, webhook))


def _delete(call: Call) -> Response:
    with call.site.changing():
        del call.site.webhooks[find_webhook(call).id]
    return nothing()
