"""Confluence's own words: spaces, pages, properties, labels and files over the wire.

REST v2, and v1 for what v2 has not: labels, attachments, search by label. The library
is not used here: its v2 labels, properties and updates go to paths that do not exist.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from connectors.call import segment
from connectors.errors import NotFoundError, RefusedError, UnreachableError
from connectors.pages.page import Attachment
from connectors.wire import Files, Params, Wire

Raw = Mapping[str, Any]
MOST_FOUND: Final = 25


class AnyWiki(Protocol):
    """What publishing asks of a Confluence of either kind.

    Pages and properties come as Confluence tells them; what is read of them (id,
    status, title, version, stored body) both kinds tell alike.
    """

    @property
    def dress(self) -> Mapping[str, str]:
        """The properties that a new page of ours gets for its looks."""

    def space_id(self, key: str) -> str:
        """Find a space's id by its key."""

    def may_create(self, space_id: str) -> bool | None:
        """Say whether we may make pages in a space; None where nobody tells."""

    def labelled(self, label: str) -> list[Raw]:
        """Find pages by a label."""

    def titled(self, space: str, title: str, *status: str) -> list[Raw]:
        """Find pages of a space by their exact title."""

    def page(self, page_id: str, *, stored: bool = False) -> Raw:
        """Read a page."""

    def create(self, space: str, parent: str, title: str, storage: str) -> Raw:
        """Make a page."""

    def write(
        self, page_id: str, title: str, storage: str, *, number: int, message: str
    ) -> Raw:
        """Make version `number` of a page."""

    def property(self, page_id: str, key: str) -> Raw:
        """Read a page property, empty where there is none."""

    def set_property(self, page_id: str, key: str, value: object, *, was: Raw) -> None:
        """Make a property, or the next version of the one that was read."""

    def add_label(self, page_id: str, label: str) -> None:
        """Put a label on a page."""

    def attach(self, page_id: str, file: Attachment) -> None:
        """Send a file."""


class Wiki:
    """One Confluence Cloud; `url` ends in its context path, such as `/wiki`."""

    # The new editor, and room for wide tables.
    dress: Mapping[str, str] = {
        "editor": "v2",
        "content-appearance-published": "full-width",
    }

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire = wire
        self._url = url

    def space_id(self, key: str) -> str:
        """Find a space's id by its key."""
        for space in self._results("/api/v2/spaces", {"keys": key}):
            if space.get("key") == key:
                return str(space.get("id"))
        raise NotFoundError(
            f"Confluence shows no space with the key {key!r}: check the key, and that "
            "the account may see the space.",
            404,
        )

    def may_create(self, space_id: str) -> bool | None:
        """Say whether we may make pages in a space; None where nobody tells."""
        path = f"/api/v2/spaces/{segment(space_id)}/operations"
        try:
            listed = self._object("GET", path).get("operations")
        except RefusedError:
            return None
        if not isinstance(listed, list):
            return None
        held = {(one.get("operation"), one.get("targetType")) for one in listed}
        return ("create", "page") in held

    def labelled(self, label: str) -> list[Raw]:
        """Find pages by a label; a fresh label may not be found yet."""
        cql = f'label = "{label}" and type = page'
        return self._results("/rest/api/content/search", {"cql": cql})

    def titled(self, space: str, title: str, *status: str) -> list[Raw]:
        """Find pages of a space by their exact title."""
        sought = {"space-id": self.space_id(space), "title": title, "status": status}
        return self._results("/api/v2/pages", sought)

    def page(self, page_id: str, *, stored: bool = False) -> Raw:
        """Read a page, with what it stores where that is wanted."""
        params = {"body-format": "storage"} if stored else None
        return self._object("GET", _page(page_id), params)

    def create(self, space: str, parent: str, title: str, storage: str) -> Raw:
        """Make a page, below the space's home unless a parent is named."""
        body = {
            "spaceId": self.space_id(space),
            "status": "current",
            "title": title,
            "body": _body(storage),
            **({"parentId": parent} if parent else {}),
        }
        return self._object("POST", "/api/v2/pages", body=body)

    def write(
        self, page_id: str, title: str, storage: str, *, number: int, message: str
    ) -> Raw:
        """Make version `number` of a page; 409 where that is not the next one."""
        body = {
            "id": page_id,
            "status": "current",
            "title": title,
            "body": _body(storage),
            "version": {"number": number, "message": message},
        }
        return self._object("PUT", _page(page_id), body=body)

    def property(self, page_id: str, key: str) -> Raw:
        """Read a page property with its id and version, empty where there is none."""
        found = self._results(f"{_page(page_id)}/properties", {"key": key})
        return next((raw for raw in found if raw.get("key") == key), {})

    def set_property(self, page_id: str, key: str, value: object, *, was: Raw) -> None:
        """Make a property, or the next version of the one that `property` read."""
        path = f"{_page(page_id)}/properties"
        body: dict[str, object] = {"key": key, "value": value}
        if not was:
            self._object("POST", path, body=body)
            return
        body["version"] = {"number": version_of(was) + 1}
        self._object("PUT", f"{path}/{segment(str(was.get('id')))}", body=body)

    def add_label(self, page_id: str, label: str) -> None:
        """Put a label on a page; one that is there stays."""
        path = f"/rest/api/content/{segment(page_id)}/label"
        self._object("POST", path, body=[{"prefix": "global", "name": label}])

    def attach(self, page_id: str, file: Attachment) -> None:
        """Send a file; where its name exists, this makes a new version of it."""
        self._object(
            "PUT",
            f"/rest/api/content/{segment(page_id)}/child/attachment",
            files=[
                ("file", (file.name, file.data, file.media_type)),
                ("minorEdit", (None, b"true", "text/plain")),
            ],
        )

    def _results(self, path: str, params: Params) -> list[Raw]:
        answer = self._object("GET", path, {**params, "limit": MOST_FOUND})
        return results_in(answer, path)

    def _object(
        self,
        method: str,
        path: str,
        params: Params | None = None,
        *,
        body: object = None,
        files: Files | None = None,
    ) -> Raw:
        return ask_object(
            self._wire, self._url, method, path, params, body=body, files=files
        )


def ask_object(  # noqa: PLR0913 - an HTTP call has these parts
    wire: Wire,
    url: str,
    method: str,
    path: str,
    params: Params | None = None,
    *,
    body: object = None,
    files: Files | None = None,
) -> Raw:
    """Make one call to the Confluence at a URL; its answer must be an object."""
    if not url:
        raise RefusedError(
            "Where this site's Confluence is, nobody has said: a Data Center's has a "
            "URL of its own. Set the site's confluence_url."
        )
    answer = wire.call(
        method,
        path,
        base=url,
        params=params,
        body=body,
        files=files,
        headers={"X-Atlassian-Token": "nocheck"} if files else None,
    )
    said = answer.json()
    if not isinstance(said, Mapping):
        raise UnreachableError(f"{answer.call}: the answer is no object.")
    return said


def results_in(answer: Raw, path: str) -> list[Raw]:
    """Take the list of results that an answer must hold."""
    results = answer.get("results")
    if not isinstance(results, list):
        raise UnreachableError(f"GET {path}: the answer holds no list of results.")
    return [raw for raw in results if isinstance(raw, Mapping)]


def version_of(raw: Raw) -> int:
    """Read the number of a page's or a property's newest version."""
    number = (raw.get("version") or {}).get("number")
    return number if isinstance(number, int) else 0


def stored_in(raw: Raw) -> str:
    """Read the storage format of a page that was read with it."""
    body = raw.get("body") or {}
    return str((body.get("storage") or {}).get("value") or "")


def ids_of(found: list[Raw]) -> list[str]:
    """List the ids, oldest first: a copy is younger than what it copies."""
    ids = (str(raw.get("id")) for raw in found)
    return sorted((text for text in ids if text.isdigit()), key=int)


def _page(page_id: str) -> str:
    return f"/api/v2/pages/{segment(page_id)}"


def _body(storage: str) -> dict[str, str]:
    return {"representation": "storage", "value": storage}
