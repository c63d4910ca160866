"""The ways into a site: what an account shows, and where it is let in."""

from enum import StrEnum
from typing import Final


class Way(StrEnum):
    """How CD3 signs in.

    The Cloud takes a classic API token on the site's own URL; everything newer goes
    through its gateway. Data Center knows no gateway.
    """

    API_TOKEN = "api_token"  # noqa: S105 - the name of a way, no secret
    SCOPED_TOKEN = "scoped_token"  # noqa: S105 - likewise
    SERVICE_ACCOUNT = "service_account"
    OAUTH = "oauth"
    PERSONAL_TOKEN = "personal_token"  # noqa: S105 - likewise
    BASIC = "basic"
    DATA_CENTER_SERVICE_ACCOUNT = "data_center_service_account"

    @property
    def by_gateway(self) -> bool:
        """Say whether it works below the gateway only."""
        return self in _BY_GATEWAY

    @property
    def by_product(self) -> bool:
        """Say whether each product gives secrets of its own, good nowhere else."""
        return self is Way.PERSONAL_TOKEN

    @property
    def renewed(self) -> bool:
        """Say whether what signs the calls lives for about an hour and is renewed."""
        return self in _RENEWED


_BY_GATEWAY: Final = frozenset({Way.SCOPED_TOKEN, Way.SERVICE_ACCOUNT, Way.OAUTH})
_RENEWED: Final = frozenset(
    {Way.SERVICE_ACCOUNT, Way.OAUTH, Way.DATA_CENTER_SERVICE_ACCOUNT}
)

# What an OAuth app or a scoped token must be granted: for each call that CD3 makes,
# what Atlassian's OpenAPI documents name (July 2026).
SCOPES: Final = (
    "read:jira-user",
    "read:jira-work",
    "write:jira-work",
    "write:issue:jira-software",
    "read:board-scope:jira-software",
    "read:project:jira",
    "read:space:confluence",
    "read:page:confluence",
    "write:page:confluence",
    "search:confluence",
    "write:confluence-content",
    "write:confluence-file",
)
OFFLINE: Final = "offline_access"
