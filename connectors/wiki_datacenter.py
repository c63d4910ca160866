"""The same words for a Confluence Data Center, 8.5 or later: REST v1 over the wire.

Paths and bodies as in Atlassian's reference for Confluence Data Center:
https://docs.atlassian.com/ConfluenceServer/rest/8.5.0/
"""

from collections.abc import Mapping
from typing import Final

from connectors.call import segment
from connectors.errors import NotFoundError
from connectors.pages.page import Attachment
from connectors.wiki import MOST_FOUND, Raw, ask_object, results_in, version_of
from connectors.wire import Params, Wire

_CONTENT: Final = "/rest/api/content"


class DataCenterWiki:
    """One Confluence Data Center; `url` ends in its context path, if it has one."""

    # Data Center has one editor, and no width of ours to choose.
    dress: Mapping[str, str] = {}

    def __init__(self, wire: Wire, url: str) -> None:
        self._wire = wire
        self._url = url

    def space_id(self, key: str) -> str:
        """Find a space's id by its key."""
        return str(self._space(key).get("id"))

    def may_create(self, space_id: str) -> bool | None:
        """Say nothing: Data Center's REST does not tell what we may do in a space."""
        del space_id
        return None

    def labelled(self, label: str) -> list[Raw]:
        """Find pages by a label; a fresh label may not be found yet."""
        cql = f'label = "{label}" and type = page'
        return self._results(f"{_CONTENT}/search", {"cql": cql})

    def titled(self, space: str, title: str, *status: str) -> list[Raw]:
        """Find pages of a space by their exact title; `any` takes in the trash."""
        only = status[0] if len(status) == 1 else "any"
        sought = {"spaceKey": space, "title": title, "type": "page", "status": only}
        found = self._results(_CONTENT, sought)
        return [raw for raw in found if raw.get("status") in status]

    def page(self, page_id: str, *, stored: bool = False) -> Raw:
        """Read a page, with what it stores where that is wanted."""
        expand = "version,body.storage" if stored else "version"
        return self._object("GET", _page(page_id), {"expand": expand})

    def create(self, space: str, parent: str, title: str, storage: str) -> Raw:
        """Make a page, below the space's home unless a parent is named."""
        above = parent or self._home(space)
        body = {
            "type": "page",
            "status": "current",
            "title": title,
            "space": {"key": space},
            "body": _body(storage),
            **({"ancestors": [{"id": above}]} if above else {}),
        }
        return self._object("POST", _CONTENT, body=body)

    def write(
        self, page_id: str, title: str, storage: str, *, number: int, message: str
    ) -> Raw:
        """Make version `number` of a page; 409 where that is not the next one."""
        body = {
            "id": page_id,
            "type": "page",
            "status": "current",
            "title": title,
            "body": _body(storage),
            "version": {"number": number, "message": message},
        }
        return self._object("PUT", _page(page_id), body=body)

    def property(self, page_id: str, key: str) -> Raw:
        """Read a page property with its version, empty where there is none."""
        path = f"{_page(page_id)}/property/{segment(key)}"
        try:
            return self._object("GET", path, {"expand": "version"})
        except NotFoundError:
            return {}

    def set_property(self, page_id: str, key: str, value: object, *, was: Raw) -> None:
        """Make a property, or the next version of the one that `property` read."""
        path = f"{_page(page_id)}/property"
        body: dict[str, object] = {"key": key, "value": value}
        if not was:
            self._object("POST", path, body=body)
            return
        body["version"] = {"number": version_of(was) + 1}
        self._object("PUT", f"{path}/{segment(key)}", body=body)

    def add_label(self, page_id: str, label: str) -> None:
        """Put a label on a page; one that is there stays."""
        body = [{"prefix": "global", "name": label}]
        self._object("POST", f"{_page(page_id)}/label", body=body)

    def attach(self, page_id: str, file: Attachment) -> None:
        """Send a file; a name that exists has to be renewed by its id."""
        path = f"{_page(page_id)}/child/attachment"
        known = self._results(path, {"filename": file.name})
        number = next((str(raw.get("id")) for raw in known if raw.get("id")), "")
        ask_object(
            self._wire,
            self._url,
            "POST",
            f"{path}/{segment(number)}/data" if number else path,
            files=[
                ("file", (file.name, file.data, file.media_type)),
                ("minorEdit", (None, b"true", "text/plain")),
            ],
        )

    def _space(self, key: str) -> Raw:
        sought = {"spaceKey": key, "expand": "homepage"}
        for space in self._results("/rest/api/space", sought):
            if space.get("key") == key:
                return space
        raise NotFoundError(
            f"Confluence shows no space with the key {key!r}: check the key, and that "
            "the account may see the space.",
            404,
        )

    def _home(self, space: str) -> str:
        home = self._space(space).get("homepage")
        return str(home.get("id") or "") if isinstance(home, Mapping) else ""

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
    ) -> Raw:
        return ask_object(self._wire, self._url, method, path, params, body=body)


def _page(page_id: str) -> str:
    return f"{_CONTENT}/{segment(page_id)}"


def _body(storage: str) -> dict[str, dict[str, str]]:
    return {"storage": {"value": storage, "representation": "storage"}}
