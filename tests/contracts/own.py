"""What Atlassian's documents leave out, each with where it is known from.

Statuses are what public reports of the real sites say; paths are administration
that Atlassian documents in prose only, and the pretend site's own.
"""

from typing import Any, Final

# Any operation may answer these, whatever its own list says: sign-in, permission,
# pace and trouble are told by the site's edge.
EDGE: Final = frozenset({401, 403, 429, 500, 502, 503, 504})

# operation → statuses that are not in its document
STATUSES: Final[dict[str, frozenset[int]]] = {
    # A stale number: sphinx-contrib/confluencebuilder and kovetskiy/mark meet a 409.
    # A body of more than 5 MB: as the document of POST /pages has it.
    "PUT /wiki/api/v2/pages/{id}": frozenset({409, 413}),
    # By analogy, not seen: a key that is taken, a stale number.
    "POST /wiki/api/v2/pages/{page-id}/properties": frozenset({409}),
    "PUT /wiki/api/v2/pages/{page-id}/properties/{property-id}": frozenset({409}),
    "GET /wiki/api/v2/pages/{id}/children": frozenset({404}),
    "PUT /wiki/rest/api/content/{id}/child/attachment": frozenset({400}),
    "POST /wiki/rest/api/content/{id}/child/attachment": frozenset({400}),
    # Removed on Cloud in favour of /search/jql: 410.
    "GET /rest/api/3/search": frozenset({410}),
    "POST /rest/api/3/search": frozenset({410}),
    # Announced to go after 2026-11-01 in favour of /rest/software/1.0.
    "GET /rest/agile/1.0/board/{boardId}/issue": frozenset({410}),
    "GET /rest/agile/1.0/board/{boardId}/backlog": frozenset({410}),
}

# document → schema → properties that are null in the document's own example, though
# it calls them texts: what a field was before it had a value.
NULLS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "jira-platform-v3": {"ChangeDetails": ("from", "fromString", "to", "toString")}
}

_WEBHOOK: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name", "url", "events", "self"],
    "properties": {
        "name": {"type": "string"},
        "url": {"type": "string"},
        "description": {"type": "string"},
        "events": {"type": "array", "items": {"type": "string"}},
        "filters": {"type": "object"},
        "excludeBody": {"type": "boolean"},
        "enabled": {"type": "boolean"},
        "isSigned": {"type": "boolean"},
        "self": {"type": "string"},
        # The secret is write-only: no answer may hold it.
        "secret": {"not": {}},
    },
}
_HOOK_IN: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name", "url", "events"],
    "properties": {
        "name": {"type": "string"},
        "url": {"type": "string"},
        "events": {"type": "array", "items": {"type": "string"}},
        "filters": {"type": "object"},
        "excludeBody": {"type": "boolean"},
        "secret": {"type": "string", "nullable": True},
    },
}


def _operation(body: Any = None, /, **answers: Any) -> dict[str, Any]:
    """Write an operation as the distilled documents have it; `s200=schema`."""
    kept: dict[str, Any] = {
        "parameters": [],
        "responses": {
            status[1:]: {} if answer is None else {"application/json": answer}
            for status, answer in answers.items()
        },
    }
    if body is not None:
        kept["body"] = {"required": True, "content": {"application/json": body}}
    return kept


_HOOKS: Final = {"type": "array", "items": _WEBHOOK}

# Webhook administration: in prose only, on Atlassian's page «Webhooks» of Jira Cloud
# (developer.atlassian.com/cloud/jira/platform/webhooks), which names these keys.
OPERATIONS: Final[dict[str, dict[str, Any]]] = {
    "GET /rest/webhooks/1.0/webhook": _operation(s200=_HOOKS),
    "POST /rest/webhooks/1.0/webhook": _operation(
        _HOOK_IN, s201=_WEBHOOK, s400=None, s409=None
    ),
    "GET /rest/webhooks/1.0/webhook/{id}": _operation(s200=_WEBHOOK, s404=None),
    "PUT /rest/webhooks/1.0/webhook/{id}": _operation(
        {"type": "object"}, s200=_WEBHOOK, s400=None, s404=None
    ),
    "DELETE /rest/webhooks/1.0/webhook/{id}": _operation(s204=None, s404=None),
    # What a site is, on v2 as on v3: both kinds have it
    # (developer.atlassian.com/cloud/jira/platform/rest/v2 and
    # docs.atlassian.com/software/jira/docs/api/REST).
    "GET /rest/api/2/serverInfo": _operation(
        s200={
            "type": "object",
            "required": ["baseUrl", "version", "versionNumbers", "deploymentType"],
            "properties": {
                "baseUrl": {"type": "string"},
                "version": {"type": "string"},
                "versionNumbers": {"type": "array", "items": {"type": "integer"}},
                "deploymentType": {"type": "string"},
                "serverTime": {"type": "string"},
                "serverTitle": {"type": "string"},
            },
        }
    ),
    # Which cloud a site is: answers to anybody.
    "GET /_edge/tenant_info": _operation(
        s200={
            "type": "object",
            "required": ["cloudId"],
            "properties": {"cloudId": {"type": "string"}},
        }
    ),
}

_TOKENS: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["access_token", "expires_in", "token_type"],
    "properties": {
        "access_token": {"type": "string"},
        "refresh_token": {"type": "string"},
        "expires_in": {"type": "integer"},
        "token_type": {"type": "string"},
        "scope": {"type": "string"},
    },
}
_GRANT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["grant_type", "client_id", "client_secret"],
    "properties": {
        "grant_type": {
            "type": "string",
            "enum": ["authorization_code", "refresh_token", "client_credentials"],
        },
        "client_id": {"type": "string"},
        "client_secret": {"type": "string"},
        "audience": {"type": "string"},
        "code": {"type": "string"},
        "redirect_uri": {"type": "string"},
        "refresh_token": {"type": "string"},
    },
    "additionalProperties": False,
}
# OAuth 2.0: Atlassian's pages «OAuth 2.0 (3LO) apps» and «Implementing the Refresh
# Token Flow» (developer.atlassian.com), «Create OAuth 2.0 credential for service
# accounts» (support.atlassian.com), and RFC 6749. Data Center: «Service accounts
# overview» (confluence.atlassian.com), a form in place of JSON.
OPERATIONS["POST /oauth/token"] = _operation(_GRANT, s200=_TOKENS, s400=None)
OPERATIONS["GET /authorize"] = {
    **_operation(s302=None, s400=None),
    "parameters": [
        {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
        for name in (
            "audience",
            "client_id",
            "scope",
            "redirect_uri",
            "state",
            "response_type",
            "prompt",
        )
    ],
}
OPERATIONS["GET /oauth/token/accessible-resources"] = _operation(
    s200={
        "type": "array",
        "items": {
            "type": "object",
            "required": ["id", "url"],
            "properties": {"id": {"type": "string"}, "url": {"type": "string"}},
        },
    }
)

# Paths of the pretend site itself, of removed reads, and of plain pages.
FREE: Final = (
    r"/",
    r"/ui(/.*)?",
    r"/browse/.*",
    r"/sandbox/.*",
    r"/wiki/spaces/.*",
    r"/wiki/download/.*",
    r"/favicon.ico",
)
# Reads that are removed and answer 410: of Confluence's v1 (Atlassian's CHANGE-864),
# and of issues below /rest/agile/1.0.
GONE: Final = (
    r"/wiki/rest/api/content(/\d+)?",
    r"/wiki/rest/api/content/\d+/property(/.*)?",
    r"/wiki/rest/api/space(/.*)?",
    r"/rest/agile/1\.0/board/\d+/(epic|sprint)/[^/]+/issue",
    r"/rest/agile/1\.0/(epic|sprint)/[^/]+/issue",
)
