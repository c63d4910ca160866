"""The wiki's state: pages that are made, changed, found and removed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from connectors.sandbox.confluence.content import (
    Attachment,
    Page,
    Property,
    Space,
    Text,
    Version,
)
from connectors.sandbox.confluence.refusals import (
    RefusalError,
    invalid,
    missing,
    stale,
    title_taken,
)
from connectors.sandbox.confluence.storage import normalise

MOST_BYTES: Final = 5 * 1024 * 1024  # a page's body; above it the real one says 413
LONGEST_TITLE: Final = 255
FIRST_ID: Final = 1_310_721
MOST_VERSIONS: Final = 200  # what one page remembers


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when (RFC 3339)."""

    author: str
    at: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What a page is to say, and the number of the version that says it."""

    title: str
    body: str
    number: int
    message: str = ""


class WikiStore:
    """All spaces and pages of a pretend Confluence; whoever calls holds the lock."""

    def __init__(self, spaces: Iterable[Mapping[str, Any]]) -> None:
        self.spaces = {one["id"]: Space.from_json(one) for one in spaces}
        self.pages: dict[str, Page] = {}
        self._next_id = FIRST_ID

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Read a wiki from what `to_json` gave."""
        store = cls(record["spaces"])
        store.pages = {one["id"]: Page.from_json(one) for one in record["pages"]}
        store._next_id = record["next_id"]
        return store

    def to_json(self) -> dict[str, Any]:
        """Put the whole wiki into plain JSON."""
        return {
            "spaces": [space.to_json() for space in self.spaces.values()],
            "pages": [page.to_json() for page in self.pages.values()],
            "next_id": self._next_id,
        }

    def space(self, space_id: str) -> Space:
        """Find a space by its id."""
        try:
            return self.spaces[space_id]
        except KeyError:
            raise missing("Space", space_id) from None

    def page(self, page_id: str, *, trashed: bool = False) -> Page:
        """Find a page by its id; a page in the trash only if that is wanted."""
        page = self.pages.get(page_id)
        if page is None or (page.status == "trashed" and not trashed):
            raise missing("Page", page_id)
        return page

    def current(self, wanted: Callable[[Page], bool] = lambda _: True) -> list[Page]:
        """List the pages that are not in the trash, oldest first."""
        return [
            page
            for page in self.pages.values()
            if page.status == "current" and wanted(page)
        ]

    def create(
        self, space_id: str, title: str, body: str, *, parent: str | None, by: By
    ) -> Page:
        """Make a page, its title being free in the space."""
        self.space(space_id)
        if parent is not None and self.page(parent).space != space_id:
            raise invalid("The parent page must be in the same space.")
        self._check_title(space_id, title, but=None)
        _check_size(body)
        page_id = self._new_id()
        text = Text(title, normalise(body, page_id), Version(1, by.at, by.author))
        page = Page(page_id, space_id, parent, by.author, by.at, [text])
        self.pages[page_id] = page
        return page

    def update(self, page: Page, edit: Edit, by: By) -> Page:
        """Give a page another text; the number must be the one after the current."""
        self._check_title(page.space, edit.title, but=page.id)
        _check_size(edit.body)
        if edit.number != page.now.version.number + 1:
            raise stale(page.now.version.number, edit.number)
        version = Version(edit.number, by.at, by.author, edit.message)
        page.texts.append(Text(edit.title, normalise(edit.body, page.id), version))
        del page.texts[:-MOST_VERSIONS]
        return page

    def rename(self, page: Page, title: str, by: By) -> Page:
        """Give a page a new title and nothing else."""
        number = page.now.version.number + 1
        return self.update(page, Edit(title, page.now.body, number), by)

    def trash(self, page: Page) -> None:
        """Move a page to the trash; its title is free again, its children stay."""
        page.status = "trashed"

    def purge(self, page: Page) -> None:
        """Remove a page from the trash for good."""
        if page.status != "trashed":
            raise invalid("Only trashed content can be purged.")
        del self.pages[page.id]

    def add_property(self, page: Page, key: str, value: Any, by: By) -> Property:
        """Put a new property on a page."""
        if any(one.key == key for one in page.properties.values()):
            raise RefusalError(
                409, f"Cannot create a property with key '{key}', as it already exists"
            )
        one = Property(self._new_id(), key, value, Version(1, by.at, by.author))
        page.properties[one.id] = one
        return one

    def set_property(self, one: Property, value: Any, number: int, by: By) -> None:
        """Change a property; `number` is the version it becomes."""
        if number != one.version.number + 1:
            raise stale(one.version.number, number)
        one.value = value
        one.version = Version(number, by.at, by.author)

    def attach(
        self, page: Page, file: tuple[str, str, bytes], comment: str, by: By
    ) -> Attachment:
        """Put a file on a page, as a new version where one has its name."""
        name, media_type, data = file
        for one in page.attachments.values():
            if one.name == name:
                one.media_type, one.data, one.comment = media_type, data, comment
                one.version = Version(one.version.number + 1, by.at, by.author)
                return one
        number = self._new_id()
        version = Version(1, by.at, by.author)
        one = Attachment(
            f"att{number}", f"file-{number}", name, media_type, data, comment, version
        )
        page.attachments[one.id] = one
        return one

    def _check_title(self, space_id: str, title: str, *, but: str | None) -> None:
        if not title.strip():
            raise invalid("Title cannot be empty.")
        if len(title) > LONGEST_TITLE:
            raise invalid(f"Title cannot be longer than {LONGEST_TITLE} characters.")
        for page in self.current(lambda page: page.space == space_id):
            if page.id != but and page.now.title.casefold() == title.casefold():
                raise title_taken()

    def _new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)


def _check_size(body: str) -> None:
    if len(body.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise RefusalError(413, "The content body is too large.")
