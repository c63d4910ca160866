"""What a Confluence keeps: spaces, pages with their versions, attachments."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(slots=True)
class Space:
    """A space; `readers` and `editors` are account ids, `None` meaning everybody."""

    id: str
    key: str
    name: str
    readers: frozenset[str] | None = None
    editors: frozenset[str] | None = None

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Read a space from the seed or from what was kept."""
        return cls(
            record["id"],
            record["key"],
            record.get("name", record["key"]),
            _people(record.get("readers")),
            _people(record.get("editors")),
        )

    def to_json(self) -> dict[str, Any]:
        """Put the space into plain JSON, as the seed has it."""
        record: dict[str, Any] = {"id": self.id, "key": self.key, "name": self.name}
        for name, people in (("readers", self.readers), ("editors", self.editors)):
            if people is not None:
                record[name] = sorted(people)
        return record


def _people(ids: Any) -> frozenset[str] | None:
    return None if ids is None else frozenset(ids)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a page, a property or an attachment; `at` is RFC 3339."""

    number: int
    at: str
    author: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What a page said in one version: its title and its storage format."""

    title: str
    body: str
    version: Version


@dataclass(slots=True)
class Property:
    """A content property of a page."""

    id: str
    key: str
    value: Any
    version: Version


@dataclass(slots=True)
class Attachment:
    """A file on a page; only its latest bytes are kept, as the view needs no more."""

    id: str
    file_id: str
    name: str
    media_type: str
    data: bytes
    comment: str
    version: Version


@dataclass(slots=True)
class Page:
    """A page: `texts` are its versions, oldest first; `status` is Confluence's word."""

    id: str
    space: str
    parent: str | None
    author: str
    created: str
    texts: list[Text]
    status: str = "current"
    labels: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)

    @property
    def now(self) -> Text:
        """The latest version's text."""
        return self.texts[-1]

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Read a page from what was kept."""
        return cls(
            **{name: record[name] for name in _PLAIN},
            texts=[
                Text(text["title"], text["body"], Version(**text["version"]))
                for text in record["texts"]
            ],
            properties={
                one["id"]: Property(**one | {"version": Version(**one["version"])})
                for one in record["properties"]
            },
            attachments={
                one["id"]: Attachment(
                    **one
                    | {
                        "data": b64decode(one["data"]),
                        "version": Version(**one["version"]),
                    }
                )
                for one in record["attachments"]
            },
        )

    def to_json(self) -> dict[str, Any]:
        """Put the page with all its versions into plain JSON."""
        return {name: getattr(self, name) for name in _PLAIN} | {
            "texts": [
                {"title": text.title, "body": text.body, "version": flat(text.version)}
                for text in self.texts
            ],
            "properties": [
                {
                    "id": one.id,
                    "key": one.key,
                    "value": one.value,
                    "version": flat(one.version),
                }
                for one in self.properties.values()
            ],
            "attachments": [
                {
                    "id": one.id,
                    "file_id": one.file_id,
                    "name": one.name,
                    "media_type": one.media_type,
                    "data": b64encode(one.data).decode(),
                    "comment": one.comment,
                    "version": flat(one.version),
                }
                for one in self.attachments.values()
            ],
        }


_PLAIN = ("id", "space", "parent", "author", "created", "status", "labels")


def flat(version: Version) -> dict[str, Any]:
    """Put a version into plain JSON."""
    return {
        "number": version.number,
        "at": version.at,
        "author": version.author,
        "message": version.message,
    }
