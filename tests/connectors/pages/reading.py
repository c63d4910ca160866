"""How the tests read a page: as Confluence would, and as a person would."""

from connectors.pages import storage
from connectors.pages.page import Page
from connectors.pages.storage import Element

Table = list[list[str]]


def read_back(body: str) -> Element:
    """Read a body as Confluence would, which knows the prefixes by itself."""
    return storage.read(
        '<page xmlns:ac="http://atlassian.com/content"'
        f' xmlns:ri="http://atlassian.com/resource/identifier">{body}</page>'
    )


def tags(root: Element) -> list[tuple[str, int]]:
    return [(str(each.tag), len(each)) for each in root.iter()]


def words(root: Element) -> str:
    """Give the text as one sees it: a space is a space."""
    return "".join(str(piece) for piece in root.itertext()).replace("\u00a0", " ")


def told(page: Page) -> str:
    return words(read_back(page.body))


def tables(page: Page, first: str) -> list[Table]:
    """Give the cells of all tables whose head begins so."""
    found = [
        [[words(cell) for cell in row] for row in each.iter("tr")]
        for each in read_back(page.body).iter("table")
    ]
    return [cells for cells in found if cells[0][0] == first]


def table(page: Page, first: str) -> Table:
    """Give the cells of the one table whose head begins so."""
    (found,) = tables(page, first)
    return found
