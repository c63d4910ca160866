"""The shapes in which Confluence's REST v2 and v1 tell what is there."""

from typing import Any
from urllib.parse import quote

from connectors.sandbox.confluence.content import (
    Attachment,
    Page,
    Property,
    Space,
    Version,
)
from connectors.sandbox.confluence.store import WikiStore


def version(one: Version) -> dict[str, Any]:
    """Tell a version as REST v2 does."""
    return {
        "number": one.number,
        "message": one.message,
        "minorEdit": False,
        "authorId": one.author,
        "createdAt": one.at,
    }


def space(one: Space, wiki: WikiStore) -> dict[str, Any]:
    """Tell a space as REST v2 does."""
    return {
        "id": one.id,
        "key": one.key,
        "name": one.name,
        "type": "global",
        "status": "current",
        "authorId": "",
        "createdAt": "2026-01-01T00:00:00.000Z",
        **({"homepageId": home} if (home := home_of(one, wiki)) else {}),
        "currentActiveAlias": one.key,
        "_links": {"webui": f"/spaces/{one.key}"},
    }


def home_of(one: Space, wiki: WikiStore) -> str:
    """Give the id of a space's home page, or nothing."""
    roots = wiki.current(lambda page: page.space == one.id and page.parent is None)
    return roots[0].id if roots else ""


def page(one: Page, wiki: WikiStore, *, number: int | None = None) -> dict[str, Any]:
    """Tell a page without its body, as REST v2 does; the latest version or another."""
    text = next((t for t in one.texts if t.version.number == number), one.now)
    key = wiki.space(one.space).key
    parent = {"parentId": one.parent, "parentType": "page"} if one.parent else {}
    return {
        "id": one.id,
        "status": one.status,
        "title": text.title,
        "spaceId": one.space,
        **parent,
        "position": None,
        "authorId": one.author,
        "ownerId": one.author,
        "lastOwnerId": None,
        "createdAt": one.created,
        "version": version(text.version),
        "_links": {
            "webui": f"/spaces/{key}/pages/{one.id}/{quote(text.title, safe='')}",
            "editui": f"/pages/resumedraft.action?draftId={one.id}",
            "tinyui": f"/x/{one.id}",
        },
    }


def property_(one: Property) -> dict[str, Any]:
    """Tell a content property."""
    return {
        "id": one.id,
        "key": one.key,
        "value": one.value,
        "version": version(one.version),
    }


def label(name: str, prefix: str) -> dict[str, Any]:
    """Tell a label as REST v2 does."""
    return {"id": _label_id(name), "name": name, "prefix": prefix}


def old_label(name: str, prefix: str) -> dict[str, Any]:
    """Tell a label as what is left of v1 does."""
    return {"prefix": prefix, "name": name, "id": _label_id(name), "label": name}


def _label_id(name: str) -> str:
    return str(int.from_bytes(name.encode()[:6]) + 1)


def _download(page_id: str, one: Attachment) -> str:
    return f"/rest/api/content/{page_id}/child/attachment/{one.id}/download"


def attachment(one: Attachment, page_id: str) -> dict[str, Any]:
    """Tell an attachment as REST v2 does."""
    path = f"/download/attachments/{page_id}/{quote(one.name)}"
    return {
        "id": one.id,
        "status": "current",
        "title": one.name,
        "createdAt": one.version.at,
        "pageId": page_id,
        "mediaType": one.media_type,
        "mediaTypeDescription": one.media_type,
        "comment": one.comment,
        "fileId": one.file_id,
        "fileSize": len(one.data),
        "webuiLink": f"/pages/viewpageattachments.action?pageId={page_id}",
        "downloadLink": path,
        "version": version(one.version),
        "_links": {"download": path, "webui": path},
    }


def old_attachment(one: Attachment, page_id: str) -> dict[str, Any]:
    """Tell an attachment as what is left of v1 does."""
    return {
        "id": one.id,
        "type": "attachment",
        "status": "current",
        "title": one.name,
        "version": _old_version(one.version),
        "metadata": {"mediaType": one.media_type, "comment": one.comment},
        "extensions": {
            "mediaType": one.media_type,
            "fileSize": len(one.data),
            "comment": one.comment,
            "fileId": one.file_id,
        },
        "_links": {"download": _download(page_id, one)},
    }


def old_page(one: Page, wiki: WikiStore) -> dict[str, Any]:
    """Tell a page as a search of v1 does."""
    key = wiki.space(one.space).key
    return {
        "id": one.id,
        "type": "page",
        "status": one.status,
        "title": one.now.title,
        "_expandable": {"space": f"/rest/api/space/{key}"},
        "_links": {
            "webui": f"/spaces/{key}/pages/{one.id}",
            "self": f"/wiki/rest/api/content/{one.id}",
        },
    }


def _old_version(one: Version) -> dict[str, Any]:
    return {
        "when": one.at,
        "message": one.message,
        "number": one.number,
        "minorEdit": False,
    }
