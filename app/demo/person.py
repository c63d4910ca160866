"""A person at the sandbox, in the words of the kind of site that it pretends to be."""

import re
from types import TracebackType
from typing import Any, Final, Self

import httpx

from connectors.sandbox.flavour import Flavour

_EDIT: Final = re.compile(r"/rest/api/[23]/issue/[^/]+")


class Person:
    """Somebody signed in at the sandbox, past everything that CD3 does."""

    def __init__(self, url: str, name: str, token: str, flavour: Flavour) -> None:
        self._flavour = flavour
        self._http = httpx.Client(
            base_url=url, auth=(name, token), timeout=120, trust_env=False
        )

    def __enter__(self) -> Self:
        """Sit down."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Leave."""
        self._http.close()

    def links(self, key: str) -> list[Any]:
        """Read an issue's links."""
        path = f"{self._flavour.base}/issue/{key}"
        issue = self._ask("GET", path, params={"fields": "issuelinks"})
        links: list[Any] = issue["fields"]["issuelinks"]
        return links

    def edit(self, key: str, field: str, value: float) -> None:
        """Set one field of an issue."""
        body = {"fields": {field: value}}
        path = f"{self._flavour.base}/issue/{key}"
        self._http.put(path, json=body).raise_for_status()

    def order(self, project: str) -> list[str]:
        """List a project's first hundred issues as they are ranked."""
        tail = "/jql" if self._flavour.is_cloud else ""
        jql = f"project = {project} ORDER BY Rank ASC"
        asked = {"jql": jql, "fields": ["summary"], "maxResults": 100}
        found = self._ask("POST", f"{self._flavour.base}/search{tail}", json=asked)
        return [issue["key"] for issue in found["issues"]]

    def page_version(self, page_id: str) -> int:
        """Read the number of a page's newest version."""
        if self._flavour.is_cloud:
            page = self._ask("GET", f"/wiki/api/v2/pages/{page_id}")
        else:
            path = f"/wiki/rest/api/content/{page_id}"
            page = self._ask("GET", path, params={"expand": "version"})
        version: int = page["version"]["number"]
        return version

    def forget_requests(self) -> None:
        """Let the sandbox's list of requests begin anew."""
        self._http.post("/sandbox/requests/reset").raise_for_status()

    def requests_of(self, account: str) -> list[dict[str, Any]]:
        """List the requests of the accounts whose id holds a text."""
        told = self._ask("GET", "/sandbox/requests")["requests"]
        return [one for one in told if account in str(one["account"])]

    @staticmethod
    def is_edit(request: dict[str, Any]) -> bool:
        """Say whether a request wrote an issue's fields."""
        return request["method"] == "PUT" and bool(_EDIT.fullmatch(request["path"]))

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        return self._http.request(method, path, **more).raise_for_status().json()
