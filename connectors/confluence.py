"""How our pages are published, and found again before anything is written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from connectors.errors import (
    ConflictError,
    NotFoundError,
    RefusedError,
    UnreachableError,
)
from connectors.fence import words_of
from connectors.pages.page import Page
from connectors.pages.storage import p, serialise
from connectors.publication import (
    PROPERTY,
    FoundPage,
    Published,
    Record,
    TargetError,
    Untouched,
    digest_standing,
    files_to_send,
    find_anchor,
    first_text,
    is_ours,
    is_overwritten,
    is_settled,
    mark_of,
    message_of,
    next_text,
    read_record,
    record_as_it_stands,
    record_of,
    title_for,
    write_record,
)
from connectors.wiki import AnyWiki, Wiki, ids_of, stored_in, version_of
from connectors.wire import Wire

_TRIES: Final = 3
_PLACEHOLDER: Final = "CD3 is writing this page."


@dataclass(frozen=True, slots=True)
class Place:
    """Where pages go: the parent's title, and whether we may make pages there.

    `may_create` is None where the site does not tell.
    """

    parent: str = ""
    may_create: bool | None = None


class Confluence:
    """One Confluence, spoken to synchronously; safe to share between threads.

    `speaks` are the words for its kind: REST v2 of the Cloud, or v1 of Data Center.
    """

    def __init__(
        self,
        wire: Wire,
        confluence_url: str,
        *,
        speaks: Callable[[Wire, str], AnyWiki] = Wiki,
    ) -> None:
        self._wiki = speaks(wire, confluence_url)

    def space_id(self, key: str) -> str:
        """Find a space's id by its key."""
        return self._wiki.space_id(key)

    def look_at(self, space: str, parent: str = "") -> Place:
        """See whether a space and a parent page are there, and may be written to."""
        number = self._wiki.space_id(space)
        title = ""
        if parent:
            raw = self._wiki.page(parent)
            if raw.get("status") != "current":
                raise NotFoundError(f"page {parent} is {raw.get('status')}", 404)
            title = str(raw.get("title") or "")
        return Place(title, self._wiki.may_create(number))

    def publish(
        self, page: Page, *, space: str, parent: str = "", known_id: str = ""
    ) -> Published | Untouched:
        """Bring our page up to date, or leave it where nothing changed.

        `space` is a key, `parent` and `known_id` are page ids. What people wrote
        above and below our part stays. Raises TargetError where a person has to act
        first: our page was put away, its title is taken, our part cannot be told.
        """
        for _try in range(_TRIES - 1):
            try:
                return self._publish(page, space, parent, known_id)
            except ConflictError:
                continue  # somebody wrote in between: look again
        return self._publish(page, space, parent, known_id)

    def find_page(
        self, backlog: str, kind: str, *, space: str, title: str, known_id: str = ""
    ) -> FoundPage | None:
        """Find our page: by the id we know, by our label, by title; ours is proven."""
        for page_id in self._candidates(backlog, kind, space, title, known_id):
            found = self._read(page_id, backlog, kind)
            if found is not None and is_ours(found, backlog, kind):
                return found
        return None

    def _publish(
        self, page: Page, space: str, parent: str, known_id: str
    ) -> Published | Untouched:
        found = self.find_page(
            page.backlog, page.kind, space=space, title=page.title, known_id=known_id
        )
        if found is None:
            self._refuse_removed(page, space, known_id)
            found = self._create(page, space, parent)
        return self._renew(found, page, space)

    def _renew(self, found: FoundPage, page: Page, space: str) -> Published | Untouched:
        """Write what differs, the record last: it says that all else stands."""
        created = found.record is None
        if created:
            self._dress(found.id, page)
        for file in files_to_send(found, page):
            self._wiki.attach(found.id, file)
        if is_settled(found, page):
            return self._leave(found, page, "")
        stored = stored_in(self._wiki.page(found.id, stored=True))
        if digest_standing(found, page) == page.digest:
            return self._leave(found, page, stored)
        over = is_overwritten(found, page, stored)
        text, title = next_text(found, page, stored), title_for(found, page)
        version = self._write(found, page, title, text, space)
        record = record_of(found, page, version=version, words=words_of(page.body))
        self._keep(found, record)
        return Published(found.id, title, version, over, created)

    def _leave(
        self, found: FoundPage, page: Page, stored: str
    ) -> Published | Untouched:
        """Leave the text as it stands, and remember whose words those are."""
        over = bool(stored) and is_overwritten(found, page, stored)
        self._keep(found, record_as_it_stands(found, page, stored, over=over))
        if found.record is None:
            return Published(found.id, found.title, found.version, created=True)
        return Untouched(found.id, found.title, found.version, edited_by_person=over)

    def _candidates(
        self, backlog: str, kind: str, space: str, title: str, known_id: str
    ) -> Iterator[str]:
        if known_id.isascii() and known_id.isdigit():
            yield known_id
        yield from ids_of(self._wiki.labelled(mark_of(backlog, kind)))
        yield from ids_of(self._wiki.titled(space, title, "current"))

    def _read(self, page_id: str, backlog: str, kind: str) -> FoundPage | None:
        """Read a page and our property on it; a page in the trash is none."""
        try:
            raw = self._wiki.page(page_id)
            if raw.get("status") != "current":
                return None
            kept = self._wiki.property(page_id, PROPERTY)
            record, anchor = read_record(kept.get("value")), None
            if record is None and version_of(raw) == 1:
                body = stored_in(self._wiki.page(page_id, stored=True))
                anchor = find_anchor(body, backlog, kind)
        except NotFoundError:
            return None
        return FoundPage(
            id=page_id,
            title=str(raw.get("title")),
            version=version_of(raw),
            message=str((raw.get("version") or {}).get("message") or ""),
            record=record,
            kept=kept,
            anchor=anchor,
        )

    def _create(self, page: Page, space: str, parent: str) -> FoundPage:
        """Make the page; where files have to come first, an empty one."""
        digest = "" if page.attachments else page.digest
        body = serialise([p(_PLACEHOLDER)]) if page.attachments else page.body
        text = first_text(page, body, digest=digest)
        try:
            raw = self._wiki.create(space, parent, page.title, text)
        except UnreachableError as error:
            # Perhaps the page is there and only the answer was lost.
            found = self._unrecorded(page, space) if error.sent else None
            if found is None:
                raise
            return found
        except RefusedError as error:
            return self._resolve_clash(page, space, error)
        return FoundPage(
            id=str(raw.get("id")),
            title=page.title,
            version=version_of(raw),
            anchor=digest,
        )

    def _unrecorded(self, page: Page, space: str) -> FoundPage | None:
        """Find a page of ours that no label and no property leads to yet."""
        for page_id in ids_of(self._wiki.titled(space, page.title, "current")):
            found = self._read(page_id, page.backlog, page.kind)
            if found is not None and is_ours(found, page.backlog, page.kind):
                return found
        return None

    def _resolve_clash(self, page: Page, space: str, error: RefusedError) -> FoundPage:
        """Take our own page where it has the title; name any other that has it."""
        if not _is_clash(error):
            raise error
        found = self._unrecorded(page, space)
        if found is None:
            raise self._in_the_way(page.title, space, error) from error
        return found

    def _in_the_way(self, title: str, space: str, error: RefusedError) -> RefusedError:
        others = self._wiki.titled(space, title, "current", "archived", "trashed")
        named = ", ".join(
            f"page {other.get('id')} ({other.get('status')})" for other in others
        )
        return TargetError(
            f"The title {title!r} is taken in space {space} by "
            f"{named or 'a page that this account may not see'}, which CD3 did not "
            "make. Rename or remove that page, or give the backlog another name.",
            error.status,
            error.messages,
        )

    def _write(
        self, found: FoundPage, page: Page, title: str, text: str, space: str
    ) -> int:
        number, message = found.version + 1, message_of(page)
        try:
            raw = self._wiki.write(
                found.id, title, text, number=number, message=message
            )
        except RefusedError as error:
            if _is_clash(error):
                raise self._in_the_way(title, space, error) from error
            raise
        return version_of(raw)

    def _keep(self, found: FoundPage, record: Record) -> None:
        if record != found.record:
            self._wiki.set_property(
                found.id, PROPERTY, write_record(record), was=found.kept
            )

    def _refuse_removed(self, page: Page, space: str, known_id: str) -> None:
        """Make no new page where a person put ours away."""
        away = self._wiki.titled(space, page.title, "archived", "trashed")
        for raw in away if known_id else ():
            if str(raw.get("id")) == known_id:
                raise TargetError(
                    f"A person put page {known_id} away ({raw.get('status')}). Restore "
                    "it, or delete it for good and CD3 makes a new one, or take "
                    f"{page.kind!r} out of the backlog's pages."
                )

    def _dress(self, page_id: str, page: Page) -> None:
        """Give a new page its editor, its width and our label."""
        for key, value in self._wiki.dress.items():
            if not self._wiki.property(page_id, key):
                self._wiki.set_property(page_id, key, value, was={})
        self._wiki.add_label(page_id, mark_of(page.backlog, page.kind))


def _is_clash(error: RefusedError) -> bool:
    words = " ".join(error.messages).lower()
    return "title already exists" in words or "same title" in words
