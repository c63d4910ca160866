"""The kinds of site that a flow must pass on, and how each is reached and asked."""

import re
from dataclasses import dataclass
from typing import Any, Final

from connectors.sandbox.accounts import Account
from connectors.sandbox.flavour import CLOUD, Flavour

_EDIT: Final = re.compile(r"/rest/api/[23]/issue/([^/]+)")


@dataclass(frozen=True)
class Way:
    """One kind of site, and by which address the service comes to it."""

    name: str
    flavour: Flavour = CLOUD
    by_gateway: bool = False
    by_personal_token: bool = False

    def jira_url(self, url: str, cloud_id: str) -> str:
        """Say where calls to Jira go."""
        return f"{url}/ex/jira/{cloud_id}" if self.by_gateway else url

    def confluence_url(self, url: str, cloud_id: str) -> str:
        """Say where Confluence is called: the gateway's other form has no /wiki."""
        return f"{url}/ex/confluence/{cloud_id}" if self.by_gateway else f"{url}/wiki"

    def given_confluence(self, url: str) -> str | None:
        """Name Confluence where an admin has to."""
        return None if self.flavour.is_cloud else f"{url}/wiki"

    def settings(self, url: str) -> dict[str, str]:
        """Tell the service where the sandbox has its gateway."""
        return {"CD3_GATEWAY_URL": url} if self.by_gateway else {}

    def login(self, account: Account) -> str:
        return account.email if self.flavour.is_cloud else account.name

    def credentials(self, account: Account) -> dict[str, str] | None:
        """Give what CD3 signs in with, where it is no name with a token."""
        if self.by_gateway:
            token = self.token(account)
            return {"kind": "scoped_token", "email": account.email, "api_token": token}
        if not self.by_personal_token:
            return None
        return {"kind": "personal_token", "token": account.token}

    def token(self, account: Account) -> str:
        """Give the token that works there; the gateway's works nowhere else."""
        return account.scoped_token if self.by_gateway else account.token

    def issue(self, key: str) -> str:
        return f"{self.flavour.base}/issue/{key}"

    @property
    def search(self) -> str:
        return f"{self.flavour.base}/search{'/jql' if self.flavour.is_cloud else ''}"

    @property
    def webhooks(self) -> str:
        new = self.flavour.has_new_webhooks
        tail = "jira-webhook/1.0/webhooks" if new else "webhooks/1.0/webhook"
        return f"/rest/{tail}"

    def page(self, number: str) -> tuple[str, dict[str, str]]:
        """Say how to ask for a page with its version and what it stores."""
        if self.flavour.is_cloud:
            return f"/wiki/api/v2/pages/{number}", {"body-format": "storage"}
        return f"/wiki/rest/api/content/{number}", {"expand": "version,body.storage"}

    @staticmethod
    def edited(request: dict[str, Any]) -> str:
        """Name the issue whose fields a request writes, or nothing."""
        found = _EDIT.fullmatch(request["path"])
        return found[1] if found and request["method"] == "PUT" else ""


SITE_URL: Final = Way("cloud")
GATEWAY: Final = Way("gateway", by_gateway=True)
DATA_CENTER: Final = Way("datacenter-9", Flavour.data_center("9.12.5"))
NEW_DATA_CENTER: Final = Way(
    "datacenter-10", Flavour.data_center("10.3.1"), by_personal_token=True
)
