"""Which page is ours, and what has to be written: decided without any call."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.errors import RefusedError
from connectors.fence import (
    BrokenFenceError,
    anchor,
    cut,
    fenced,
    renewed,
    words_of,
)
from connectors.pages.page import Attachment, Page

PROPERTY: Final = "cd3"
_ODD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Record:
    """What our page property remembers of the version that we wrote last.

    `page` is the id of the page it was written for: people copy pages, properties and
    all, and a copy is theirs. `files` are the attachments' digests by name. `words` is
    the digest of what stands between our fences, empty where there are none yet.
    """

    backlog: str
    kind: str
    digest: str = ""
    version: int = 0
    title: str = ""
    page: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    words: str = ""


class TargetError(RefusedError):
    """The page's place is not there for us; `str` says what a person has to do."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A current page as it stands; `message` is the note of its newest version.

    `kept` is our property as Confluence tells it, `record` what it says.
    `anchor` holds the digest of a page that was made but never recorded: the process
    ended in between.
    """

    id: str
    title: str
    version: int
    message: str = ""
    record: Record | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """The page was written; `edited_by_person` where that replaced somebody's edit."""

    page_id: str
    title: str
    version: int
    edited_by_person: bool = False
    created: bool = False


@dataclass(frozen=True, slots=True)
class Untouched:
    """The page was left as it stands, and why."""

    page_id: str
    title: str
    version: int
    why: str = "nothing changed"
    edited_by_person: bool = False


def mark_of(backlog: str, kind: str) -> str:
    """Name our page in a label, an anchor and the notes of its versions."""
    return "-".join(
        _ODD.sub("-", part.lower()).strip("-") for part in ("cd3", backlog, kind)
    )


def message_of(page: Page) -> str:
    """Note in a version's message what it holds, should the record get lost."""
    return f"{mark_of(page.backlog, page.kind)} {page.digest}"


def anchor_of(page: Page, *, digest: str) -> str:
    """Make the invisible anchor by which an unrecorded page of ours is known."""
    return anchor(f"{mark_of(page.backlog, page.kind)}-{digest}")


def first_text(page: Page, body: str, *, digest: str) -> str:
    """Make what a new page stores: a body, our anchor, and the fences round both."""
    mark = mark_of(page.backlog, page.kind)
    return fenced(mark, body + anchor_of(page, digest=digest))


def next_text(found: FoundPage, page: Page, stored: str) -> str:
    """Put our new text where our old one stands, and leave the rest as it is kept.

    Raises TargetError where a person's edit took our fences away: what is ours cannot
    be told from theirs any more.
    """
    mark = mark_of(page.backlog, page.kind)
    try:
        return renewed(cut(stored, mark), mark, page.body)
    except BrokenFenceError as error:
        if is_edited(found, page):
            raise TargetError(_unfenced(found, error)) from error
        return fenced(mark, page.body)


def is_settled(found: FoundPage, page: Page) -> bool:
    """Say whether our newest version is the newest, and says what it should."""
    record = found.record
    if record is None or record.version != found.version:
        return False
    return digest_standing(found, page) == page.digest


def is_overwritten(found: FoundPage, page: Page, stored: str) -> bool:
    """Say whether a person's edit changed words within our part of the page."""
    if not is_edited(found, page):
        return False
    try:
        inside = cut(stored, mark_of(page.backlog, page.kind)).inside
    except BrokenFenceError:
        return True
    return found.record is None or words_of(inside) != found.record.words


def _unfenced(found: FoundPage, error: BrokenFenceError) -> str:
    ours = found.record.version if found.record else 1
    return (
        f"A person edited page {found.id} so that CD3 cannot tell its part any more "
        f"({error}). Nothing was overwritten. Restore version {ours} from the page's "
        "history, or delete the page from the trash too, and CD3 makes a new one."
    )


def find_anchor(body: str, backlog: str, kind: str) -> str | None:
    """Find our anchor in a stored body, and the digest it carries (perhaps none)."""
    pattern = re.escape(mark_of(backlog, kind)) + r"-([0-9a-f]{64}|)</ac:parameter>"
    found = re.search(pattern, body)
    return found[1] if found else None


def is_ours(found: FoundPage, backlog: str, kind: str) -> bool:
    """Say whether a page is this backlog's page of this kind; titles prove nothing."""
    if found.record is not None:
        record = found.record
        copied = record.page not in ("", found.id)
        return (record.backlog, record.kind) == (backlog, kind) and not copied
    return found.anchor is not None or _noted(found, backlog, kind) is not None


def is_edited(found: FoundPage, page: Page) -> bool:
    """Say whether a person wrote the newest version."""
    if found.record is None or found.version <= found.record.version:
        return False
    return _noted(found, page.backlog, page.kind) is None


def digest_standing(found: FoundPage, page: Page) -> str:
    """Say which digest the page's text has, as far as we wrote it."""
    noted = _noted(found, page.backlog, page.kind)
    if noted is not None:
        return noted
    return found.record.digest if found.record else found.anchor or ""


def title_for(found: FoundPage, page: Page) -> str:
    """Keep the title that a person gave the page."""
    return found.title if _renamed(found) else page.title


def files_to_send(found: FoundPage, page: Page) -> list[Attachment]:
    """List the attachments whose bytes the page does not have yet."""
    there = found.record.files if found.record else {}
    return [file for file in page.attachments if there.get(file.name) != file.digest]


def record_of(found: FoundPage, page: Page, *, version: int, words: str) -> Record:
    """Say what to remember: the newest version with our words alone between the fences.

    The title stays the last one of ours: so a renaming stays known.
    """
    title = found.record.title if found.record and _renamed(found) else page.title
    return Record(
        backlog=page.backlog,
        kind=page.kind,
        digest=page.digest,
        version=version,
        title=title,
        page=found.id,
        files={file.name: file.digest for file in page.attachments},
        words=words,
    )


def record_as_it_stands(
    found: FoundPage, page: Page, stored: str, *, over: bool
) -> Record:
    """Say what to remember where nothing was written; `stored` may be left unread.

    Our words between the fences stand, at the newest version, unless a person wrote
    `over` them: then the last version of ours stays known.
    """
    before = found.record
    if before and (over or not stored):
        return record_of(found, page, version=before.version, words=before.words)
    try:
        inside = cut(stored, mark_of(page.backlog, page.kind)).inside
    except BrokenFenceError:
        return record_of(found, page, version=found.version, words="")
    return record_of(found, page, version=found.version, words=words_of(inside))


def read_record(value: object) -> Record | None:
    """Read the property's value; somebody else's of the same name is none."""
    if not isinstance(value, Mapping):
        return None
    backlog, kind = value.get("backlog"), value.get("kind")
    if not (isinstance(backlog, str) and isinstance(kind, str)):
        return None
    files, version = value.get("files"), value.get("version")
    return Record(
        backlog=backlog,
        kind=kind,
        digest=str(value.get("digest") or ""),
        version=version if isinstance(version, int) else 0,
        title=str(value.get("title") or ""),
        page=str(value.get("page") or ""),
        files=dict(files) if isinstance(files, Mapping) else {},
        words=str(value.get("words") or ""),
    )


def write_record(record: Record) -> dict[str, Any]:
    """Write the property's value."""
    return {
        "backlog": record.backlog,
        "kind": record.kind,
        "digest": record.digest,
        "version": record.version,
        "title": record.title,
        "page": record.page,
        "files": dict(record.files),
        "words": record.words,
    }


def _noted(found: FoundPage, backlog: str, kind: str) -> str | None:
    """Read the digest in the newest version's message, if the message is ours."""
    mark, _, digest = found.message.partition(" ")
    return digest if mark == mark_of(backlog, kind) and digest else None


def _renamed(found: FoundPage) -> bool:
    return found.record is not None and found.record.title not in ("", found.title)
