"""The operations that the product uses, by kind of site: renewed by hand, on purpose.

`test_surface.py` fails where the product says anything else, or no longer says this.
"""

from typing import Final

_CLOUD: Final = """
GET /_edge/tenant_info
GET /oauth/token/accessible-resources
GET /rest/agile/1.0/board
GET /rest/agile/1.0/board/{boardId}/configuration
GET /rest/api/2/serverInfo
GET /rest/api/3/field
GET /rest/api/3/issue/{issueIdOrKey}
GET /rest/api/3/issue/{issueIdOrKey}/editmeta
GET /rest/api/3/issueLinkType
GET /rest/api/3/mypermissions
GET /rest/api/3/myself
GET /rest/api/3/serverInfo
GET /rest/api/3/status
GET /rest/webhooks/1.0/webhook
GET /wiki/api/v2/pages
GET /wiki/api/v2/pages/{id}
GET /wiki/api/v2/pages/{page-id}/properties
GET /wiki/api/v2/spaces
GET /wiki/api/v2/spaces/{id}/operations
GET /wiki/rest/api/content/search
POST /oauth/token
POST /rest/api/3/changelog/bulkfetch
POST /rest/api/3/issue/bulkfetch
POST /rest/api/3/search/jql
POST /rest/webhooks/1.0/webhook
POST /wiki/api/v2/pages
POST /wiki/api/v2/pages/{page-id}/properties
POST /wiki/rest/api/content/{id}/label
PUT /rest/agile/1.0/issue/rank
PUT /rest/api/3/issue/{issueIdOrKey}
PUT /rest/webhooks/1.0/webhook/{id}
PUT /wiki/api/v2/pages/{id}
PUT /wiki/api/v2/pages/{page-id}/properties/{property-id}
PUT /wiki/rest/api/content/{id}/child/attachment
DELETE /rest/webhooks/1.0/webhook/{id}
"""
_DATA_CENTER: Final = """
GET /rest/agile/1.0/board
GET /rest/agile/1.0/board/{id}/configuration
GET /rest/api/2/field
GET /rest/api/2/issue/{issue}
GET /rest/api/2/issue/{issue}/editmeta
GET /rest/api/2/issueLinkType
GET /rest/api/2/mypermissions
GET /rest/api/2/myself
GET /rest/api/2/serverInfo
GET /rest/api/2/status
GET /wiki/rest/api/content
GET /wiki/rest/api/content/search
GET /wiki/rest/api/content/{id}
GET /wiki/rest/api/content/{id}/child/attachment
GET /wiki/rest/api/content/{id}/property/{key}
GET /wiki/rest/api/space
POST /rest/api/2/search
POST /rest/oauth2/latest/token
POST /wiki/rest/api/content
POST /wiki/rest/api/content/{id}/child/attachment
POST /wiki/rest/api/content/{id}/child/attachment/{file}/data
POST /wiki/rest/api/content/{id}/label
POST /wiki/rest/api/content/{id}/property
PUT /rest/agile/1.0/issue/rank
PUT /rest/api/2/issue/{issue}
PUT /wiki/rest/api/content/{id}
PUT /wiki/rest/api/content/{id}/property/{key}
"""
_HOOKS_TO_9: Final = """
GET /rest/webhooks/1.0/webhook
POST /rest/webhooks/1.0/webhook
PUT /rest/webhooks/1.0/webhook/{id}
DELETE /rest/webhooks/1.0/webhook/{id}
"""
_HOOKS_FROM_10: Final = """
GET /rest/jira-webhook/1.0/webhooks
POST /rest/jira-webhook/1.0/webhooks
PUT /rest/jira-webhook/1.0/webhooks/{id}
DELETE /rest/jira-webhook/1.0/webhooks/{id}
"""


def _listed(*texts: str) -> frozenset[str]:
    return frozenset(line for text in texts for line in text.strip().splitlines())


USED: Final = {
    "cloud": _listed(_CLOUD),
    "gateway": _listed(_CLOUD),
    "datacenter-9": _listed(_DATA_CENTER, _HOOKS_TO_9),
    "datacenter-10": _listed(_DATA_CENTER, _HOOKS_FROM_10),
}
