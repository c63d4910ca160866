"""The operations that the sandbox serves or the product calls, by document."""

from typing import Final

JIRA: Final = "jira-platform-v3"
AGILE: Final = "jira-software-agile"
WIKI: Final = "confluence-v2"
OLD_WIKI: Final = "confluence-v1"

# The part of the address that a document leaves to its `servers`.
BASES: Final = {JIRA: "", AGILE: "", WIKI: "/wiki/api/v2", OLD_WIKI: ""}

# document → path → methods
OPERATIONS: Final[dict[str, dict[str, str]]] = {
    JIRA: {
        "/rest/api/3/serverInfo": "get",
        "/rest/api/3/myself": "get",
        "/rest/api/3/mypermissions": "get",
        "/rest/api/3/field": "get",
        "/rest/api/3/field/search": "get",
        "/rest/api/3/search": "get post",
        "/rest/api/3/search/jql": "get post",
        "/rest/api/3/search/approximate-count": "post",
        "/rest/api/3/jql/parse": "post",
        "/rest/api/3/filter/{id}": "get",
        "/rest/api/3/issue": "post",
        "/rest/api/3/issue/archive": "put",
        "/rest/api/3/issue/unarchive": "put",
        "/rest/api/3/issue/bulkfetch": "post",
        "/rest/api/3/changelog/bulkfetch": "post",
        "/rest/api/3/issue/createmeta": "get",
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes": "get",
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}": "get",
        "/rest/api/3/issue/{issueIdOrKey}": "get put delete",
        "/rest/api/3/issue/{issueIdOrKey}/changelog": "get",
        "/rest/api/3/issue/{issueIdOrKey}/editmeta": "get",
        "/rest/api/3/issue/{issueIdOrKey}/properties": "get",
        "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}": "get put delete",
        "/rest/api/3/issue/{issueIdOrKey}/transitions": "get post",
        "/rest/api/3/issueLink": "post",
        "/rest/api/3/issueLink/{linkId}": "get delete",
        "/rest/api/3/issueLinkType": "get",
        "/rest/api/3/issueLinkType/{issueLinkTypeId}": "get",
        "/rest/api/3/issuetype": "get",
        "/rest/api/3/priority": "get",
        "/rest/api/3/project/search": "get",
        "/rest/api/3/project/{projectIdOrKey}": "get",
        "/rest/api/3/status": "get",
        "/rest/api/3/user": "get",
        "/rest/api/3/bulk/issues/fields": "get post",
        "/rest/api/3/bulk/queue/{taskId}": "get",
    },
    AGILE: {
        "/rest/agile/1.0/board": "get",
        "/rest/agile/1.0/board/{boardId}": "get",
        "/rest/agile/1.0/board/{boardId}/configuration": "get",
        "/rest/agile/1.0/board/{boardId}/issue": "get",
        "/rest/agile/1.0/board/{boardId}/backlog": "get",
        "/rest/agile/1.0/board/{boardId}/sprint": "get",
        "/rest/agile/1.0/issue/rank": "put",
        "/rest/software/1.0/board/{boardId}/issue": "get",
        "/rest/software/1.0/board/{boardId}/issue/approximate-count": "get",
        "/rest/software/1.0/board/{boardId}/backlog": "get",
        "/rest/software/1.0/board/{boardId}/backlog/approximate-count": "get",
    },
    WIKI: {
        "/spaces": "get",
        "/spaces/{id}": "get",
        "/spaces/{id}/pages": "get",
        "/spaces/{id}/operations": "get",
        "/pages": "get post",
        "/pages/{id}": "get put delete",
        "/pages/{id}/title": "put",
        "/pages/{id}/children": "get",
        "/pages/{id}/direct-children": "get",
        "/pages/{id}/ancestors": "get",
        "/pages/{id}/versions": "get",
        "/pages/{id}/labels": "get",
        "/pages/{id}/attachments": "get",
        "/pages/{id}/footer-comments": "get",
        "/pages/{id}/inline-comments": "get",
        "/pages/{page-id}/properties": "get post",
        "/pages/{page-id}/properties/{property-id}": "get put delete",
    },
    OLD_WIKI: {
        "/wiki/rest/api/content/{id}/label": "post delete",
        "/wiki/rest/api/content/{id}/child/attachment": "put post",
        "/wiki/rest/api/content/{id}/child/attachment/{attachmentId}/download": "get",
        "/wiki/rest/api/content/search": "get",
        "/wiki/rest/api/search": "get",
        "/wiki/rest/api/user/current": "get",
    },
}
