"""Which scope each kind of call needs, for words that a person can act on.

As Atlassian's OpenAPI documents name them (July 2026): the classic scopes where a call
has both kinds.
"""

import re
from typing import Final

from connectors.call import Said

# Method (or nothing), the path's beginning, the scopes; the first that fits counts.
_NEEDED: Final = tuple(
    (method, re.compile(pattern), scopes)
    for method, pattern, scopes in (
        ("GET", r"/rest/api/[23]/myself", "read:jira-user"),
        ("read", r"/rest/api/[23]/", "read:jira-work"),
        ("write", r"/rest/api/[23]/", "write:jira-work"),
        ("write", r"/rest/agile/1\.0/issue/rank", "write:issue:jira-software"),
        (
            "read",
            r"/rest/agile/1\.0/board",
            "read:board-scope:jira-software and read:project:jira",
        ),
        ("read", r"/api/v2/spaces/[^/]+/pages", "read:page:confluence"),
        ("read", r"/api/v2/spaces", "read:space:confluence"),
        ("read", r"/api/v2/pages", "read:page:confluence"),
        ("write", r"/api/v2/pages", "write:page:confluence"),
        ("read", r"/rest/api/(content/)?search", "search:confluence"),
        (
            "write",
            r"/rest/api/content/[^/]+/label",
            "write:confluence-content",
        ),
        (
            "write",
            r"/rest/api/content/[^/]+/child/attachment",
            "write:confluence-file",
        ),
    )
)


def scope_for(method: str, path: str) -> str:
    """Name the scope that a call needs; nothing where no document says."""
    kinds = (method, "read" if Said(method, path).is_read else "write")
    found = (
        scopes
        for kind, pattern, scopes in _NEEDED
        if kind in kinds and pattern.match(path)
    )
    return next(found, "")
