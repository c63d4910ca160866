"""What a Data Center takes and tells, from Atlassian's references for it.

There is no document of its kind to distil: Atlassian writes one only for Jira from 10
on, and none for Confluence. Sources, each in prose with examples:
- platform: docs.atlassian.com/software/jira/docs/api/REST/9.12.0
- agile: docs.atlassian.com/jira-software/REST/9.12.0
- Confluence: docs.atlassian.com/ConfluenceServer/rest/8.5.0
- tokens of service accounts: confluence.atlassian.com/enterprise, «Service accounts
  overview», and RFC 6749 (a form in place of JSON)
- webhooks up to 9: developer.atlassian.com/server/jira/platform/webhooks
- webhooks from 10 on: jira.atlassian.com/browse/JRASERVER-78733; what stands in
  `configuration` is as public code writes it (OpenHands, jira.js), not documented.
"""

from typing import Any, Final

TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
FLAG: Final = {"type": "boolean"}
TEXTS: Final = {"type": "array", "items": TEXT}
ANY: Final[dict[str, Any]] = {}


def thing(*required: str, closed: bool = False, **properties: Any) -> dict[str, Any]:
    """Write the schema of an object."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def many(schema: Any) -> dict[str, Any]:
    """Write the schema of a list."""
    return {"type": "array", "items": schema}


def operation(
    *query: str,
    body: Any = None,
    form: tuple[str, ...] = (),
    headers: tuple[str, ...] = (),
    **answers: Any,
) -> dict[str, Any]:
    """Write an operation as the distilled documents have it; `s200=schema`."""
    kept: dict[str, Any] = {
        "parameters": [
            *(
                {"name": name, "in": "query", "required": False, "schema": ANY}
                for name in query
            ),
            *(
                {"name": name, "in": "header", "required": True, "schema": TEXT}
                for name in headers
            ),
        ],
        "responses": {
            status[1:]: {} if answer is None else {"application/json": answer}
            for status, answer in answers.items()
        },
    }
    if body is not None:
        kept["body"] = {"required": True, "content": {"application/json": body}}
    if form:
        parts = {"type": "object", "required": list(form)}
        kept["body"] = {"required": True, "content": {"multipart/form-data": parts}}
    return kept


# A user has a name and a key, and never the Cloud's account id.
USER: Final = thing("name", "key", "displayName", accountId={"not": {}}, name=TEXT)
# A change names its field, and not by id.
ITEM: Final = thing("field", fieldId={"not": {}}, field=TEXT)
HISTORY: Final = thing("id", "created", "items", items=many(ITEM), author=USER)
CHANGELOG: Final = thing(
    "startAt", "maxResults", "total", "histories", histories=many(HISTORY)
)
# A text is a text: version 2 knows no documents.
FIELDS: Final = thing(
    assignee={"anyOf": [USER, {"type": "null"}]},
    description={"type": "string", "nullable": True},
    summary=TEXT,
)
ISSUE: Final = thing(
    "id", "key", "self", id=TEXT, key=TEXT, fields=FIELDS, changelog=CHANGELOG
)
PAGE: Final = thing(
    "startAt",
    "maxResults",
    "total",
    "issues",
    startAt=NUMBER,
    maxResults=NUMBER,
    total=NUMBER,
    issues=many(ISSUE),
    nextPageToken={"not": {}},
)
SEARCH: Final = thing(
    "jql",
    closed=True,
    jql=TEXT,
    startAt=NUMBER,
    maxResults=NUMBER,
    fields=TEXTS,
    expand=TEXTS,
    validateQuery=FLAG,
)
EDIT: Final = thing(fields=thing(), update=thing(), closed=True)
RANK: Final = thing(
    "issues",
    closed=True,
    issues={"type": "array", "items": TEXT, "maxItems": 50, "minItems": 1},
    rankBeforeIssue=TEXT,
    rankAfterIssue=TEXT,
    rankCustomFieldId=NUMBER,
)
ENTRIES: Final = thing("entries", entries=many(thing("issueKey", "status")))
VALUES: Final = thing("values", "startAt", "maxResults", "isLast", values=many(thing()))

_SEARCHED: Final = (
    "jql",
    "startAt",
    "maxResults",
    "validateQuery",
    "fields",
    "expand",
)
V2: Final = "/rest/api/2"
AGILE: Final = "/rest/agile/1.0"
PLATFORM: Final[dict[str, Any]] = {
    f"GET {V2}/serverInfo": operation(
        s200=thing(
            "baseUrl",
            "version",
            "versionNumbers",
            "deploymentType",
            baseUrl=TEXT,
            version=TEXT,
            versionNumbers=many(NUMBER),
            deploymentType={"enum": ["Server"]},
        )
    ),
    f"GET {V2}/myself": operation(s200=USER),
    f"GET {V2}/mypermissions": operation(
        "projectKey", "projectId", "issueKey", "issueId", s200=thing("permissions")
    ),
    f"GET {V2}/field": operation(s200=many(thing("id", "name", "custom"))),
    f"GET {V2}/status": operation(s200=many(thing("id", "name", "statusCategory"))),
    f"GET {V2}/issueLinkType": operation(s200=thing("issueLinkTypes")),
    f"GET {V2}/issueLinkType/{{id}}": operation(s200=thing("id"), s404=None),
    f"GET {V2}/project/{{project}}": operation(s200=thing("key"), s404=None),
    f"GET {V2}/filter/{{id}}": operation(s200=thing("jql"), s400=None),
    f"GET {V2}/search": operation(*_SEARCHED, s200=PAGE, s400=None),
    f"POST {V2}/search": operation(body=SEARCH, s200=PAGE, s400=None),
    f"POST {V2}/issue": operation(body=EDIT, s201=thing("id", "key"), s400=None),
    f"GET {V2}/issue/{{issue}}": operation(
        "fields", "expand", "properties", "updateHistory", s200=ISSUE, s404=None
    ),
    f"PUT {V2}/issue/{{issue}}": operation(
        "notifyUsers", body=EDIT, s204=None, s400=None, s404=None
    ),
    # developer.atlassian.com/server/jira/platform/jira-archiver
    f"PUT {V2}/issue/{{issue}}/archive": operation(
        "notifyUsers", s204=None, s403=None, s404=None
    ),
    f"PUT {V2}/issue/{{issue}}/restore": operation(
        "notifyUsers", s204=None, s403=None, s404=None
    ),
    f"DELETE {V2}/issue/{{issue}}": operation("deleteSubtasks", s204=None, s404=None),
    f"GET {V2}/issue/{{issue}}/editmeta": operation(s200=thing("fields"), s404=None),
    f"GET {V2}/issue/{{issue}}/transitions": operation(
        "expand", s200=thing("transitions"), s404=None
    ),
    f"POST {V2}/issue/{{issue}}/transitions": operation(
        body=thing("transition"), s204=None, s400=None, s404=None
    ),
    f"GET {V2}/issue/createmeta/{{project}}/issuetypes": operation(s200=thing()),
    f"GET {V2}/issue/createmeta/{{project}}/issuetypes/{{type}}": operation(
        s200=thing()
    ),
    f"GET {V2}/issue/{{issue}}/properties": operation(s200=thing("keys"), s404=None),
    f"GET {V2}/issue/{{issue}}/properties/{{key}}": operation(
        s200=thing("key", "value"), s404=None
    ),
    f"PUT {V2}/issue/{{issue}}/properties/{{key}}": operation(
        body=ANY, s200=ANY, s201=ANY, s404=None
    ),
    f"DELETE {V2}/issue/{{issue}}/properties/{{key}}": operation(s204=None, s404=None),
    f"POST {V2}/issueLink": operation(
        body=thing("type", "inwardIssue", "outwardIssue"), s201=None, s400=None
    ),
    f"GET {V2}/issueLink/{{id}}": operation(s200=thing("id"), s404=None),
    f"DELETE {V2}/issueLink/{{id}}": operation(s204=None, s404=None),
}
SOFTWARE: Final[dict[str, Any]] = {
    f"GET {AGILE}/board": operation(
        "startAt", "maxResults", "type", "name", "projectKeyOrId", s200=VALUES
    ),
    f"GET {AGILE}/board/{{id}}": operation(s200=thing("id", "name"), s404=None),
    f"GET {AGILE}/board/{{id}}/configuration": operation(
        s200=thing("id", "filter", "ranking"), s404=None
    ),
    f"GET {AGILE}/board/{{id}}/issue": operation(*_SEARCHED, s200=PAGE, s404=None),
    f"GET {AGILE}/board/{{id}}/backlog": operation(*_SEARCHED, s200=PAGE, s404=None),
    f"PUT {AGILE}/issue/rank": operation(body=RANK, s204=None, s207=ENTRIES, s400=None),
}

_HOOK: Final = thing(
    "name", "url", "events", "self", name=TEXT, events=TEXTS, secret={"not": {}}
)
_HOOK_IN: Final = thing("name", "url", "events", name=TEXT, url=TEXT, events=TEXTS)
OLD_HOOKS: Final[dict[str, Any]] = {
    "GET /rest/webhooks/1.0/webhook": operation(s200=many(_HOOK), s404=None),
    "POST /rest/webhooks/1.0/webhook": operation(
        body=_HOOK_IN, s201=_HOOK, s400=None, s404=None, s409=None
    ),
    "GET /rest/webhooks/1.0/webhook/{id}": operation(s200=_HOOK, s404=None),
    "PUT /rest/webhooks/1.0/webhook/{id}": operation(
        body=_HOOK_IN, s200=_HOOK, s400=None, s404=None
    ),
    "DELETE /rest/webhooks/1.0/webhook/{id}": operation(s204=None, s404=None),
}
_TOLD: Final = thing("id", "name", "url", "events", "active", id=NUMBER, name=TEXT)
_CONFIGURED: Final = {"type": "object", "additionalProperties": TEXT}
_WISH: Final = thing(
    "name", "url", "events", name=TEXT, url=TEXT, configuration=_CONFIGURED
)
NEW_HOOKS: Final[dict[str, Any]] = {
    "GET /rest/jira-webhook/1.0/webhooks": operation(s200=many(_TOLD), s404=None),
    "POST /rest/jira-webhook/1.0/webhooks": operation(
        body=_WISH, s200=_TOLD, s201=_TOLD, s400=None, s404=None
    ),
    "GET /rest/jira-webhook/1.0/webhooks/{id}": operation(s200=_TOLD, s404=None),
    "PUT /rest/jira-webhook/1.0/webhooks/{id}": operation(
        body=_WISH, s200=_TOLD, s400=None, s404=None
    ),
    "DELETE /rest/jira-webhook/1.0/webhooks/{id}": operation(s204=None, s404=None),
}

_VERSION: Final = thing("number", number=NUMBER)
_STORED: Final = thing(
    "storage", storage=thing("value", "representation", value=TEXT, representation=TEXT)
)
_CONTENT: Final = thing("id", "type", "status", "title", version=_VERSION, id=TEXT)
_LIST: Final = thing("results", "start", "limit", "size", results=many(thing()))
_NEW: Final = thing(
    "type",
    "title",
    "space",
    "body",
    closed=True,
    type={"enum": ["page"]},
    status=TEXT,
    title=TEXT,
    space=thing("key", key=TEXT),
    ancestors=many(thing("id")),
    body=_STORED,
)
_NEXT: Final = thing(
    "type",
    "title",
    "version",
    closed=True,
    id=TEXT,
    type={"enum": ["page"]},
    status=TEXT,
    title=TEXT,
    version=_VERSION,
    ancestors=many(thing("id")),
    body=_STORED,
)
_PROPERTY: Final = thing("key", "value", "version", id=TEXT, version=_VERSION)
_LABELS: Final = many(thing("prefix", "name", prefix=TEXT, name=TEXT))
_NO_XSRF: Final = ("X-Atlassian-Token",)
C1: Final = "/wiki/rest/api"
ONE: Final = f"{C1}/content/{{id}}"
CONFLUENCE: Final[dict[str, Any]] = {
    f"GET {C1}/space": operation("spaceKey", "expand", "start", "limit", s200=_LIST),
    f"GET {C1}/space/{{key}}": operation("expand", s200=thing("key"), s404=None),
    f"GET {C1}/content": operation(
        *("type", "spaceKey", "title", "status", "postingDay"),
        *("expand", "start", "limit"),
        s200=_LIST,
    ),
    f"POST {C1}/content": operation(
        "status", "expand", body=_NEW, s200=_CONTENT, s400=None, s404=None, s413=None
    ),
    f"GET {C1}/content/search": operation(
        "cql", "cqlcontext", "expand", "start", "limit", s200=_LIST, s400=None
    ),
    f"GET {ONE}": operation("status", "version", "expand", s200=_CONTENT, s404=None),
    f"PUT {ONE}": operation(
        *("status", "conflictPolicy"),
        body=_NEXT,
        s200=_CONTENT,
        s400=None,
        s404=None,
        s409=None,
        s413=None,
    ),
    f"DELETE {ONE}": operation("status", s204=None, s404=None),
    f"GET {ONE}/property": operation("expand", "start", "limit", s200=_LIST),
    f"POST {ONE}/property": operation(
        body=thing("key", "value", closed=True, key=TEXT, value=ANY),
        s200=_PROPERTY,
        s404=None,
        s409=None,
    ),
    f"GET {ONE}/property/{{key}}": operation("expand", s200=_PROPERTY, s404=None),
    f"PUT {ONE}/property/{{key}}": operation(
        body=thing("value", "version", key=TEXT, value=ANY, version=_VERSION),
        s200=_PROPERTY,
        s404=None,
        s409=None,
    ),
    f"DELETE {ONE}/property/{{key}}": operation(s204=None, s404=None),
    f"GET {ONE}/label": operation("prefix", "start", "limit", s200=_LIST, s404=None),
    f"POST {ONE}/label": operation(body=_LABELS, s200=_LIST, s400=None, s404=None),
    f"DELETE {ONE}/label": operation("name", s204=None, s404=None),
    f"GET {ONE}/child/attachment": operation(
        "filename", "mediaType", "expand", "start", "limit", s200=_LIST, s404=None
    ),
    f"POST {ONE}/child/attachment": operation(
        form=("file",), headers=_NO_XSRF, s200=_LIST, s400=None, s404=None
    ),
    f"POST {ONE}/child/attachment/{{file}}/data": operation(
        form=("file",), headers=_NO_XSRF, s200=thing("id"), s400=None, s404=None
    ),
    f"GET {C1}/user/current": operation(
        "expand", s200=thing("username", "userKey", "displayName")
    ),
}
TOKENS: Final[dict[str, Any]] = {
    "POST /rest/oauth2/latest/token": {
        **operation(s200=thing("access_token", "expires_in", "token_type"), s400=None),
        "body": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": ANY},
        },
    }
}
OPERATIONS: Final = {
    **TOKENS,
    **PLATFORM,
    **SOFTWARE,
    **OLD_HOOKS,
    **NEW_HOOKS,
    **CONFLUENCE,
}
