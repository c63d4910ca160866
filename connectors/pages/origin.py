"""What a page was made from and when, and the parts that all pages share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from connectors.pages.page import Attachment, Page, make_page
from connectors.pages.storage import (
    Content,
    Element,
    clean,
    code,
    expand,
    faint,
    line,
    link,
    p,
    serialise,
    table,
)
from scoring.item import Item

MOST_ROWS: Final = 500
MOST_NAMED: Final = 20
NO_UNITS: Final = frozenset({"", "date"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a backlog's pages come from.

    `site` is the address under which people open Jira, without `/browse`. `factors`,
    `insights` and `experiments` are the JQL of the mapping's evidence, empty where
    that part is not mapped. `fields` names fields for people, by id. `duration_note`
    is what an admin wrote down of a conversion into durations. `share` is how much of
    each long table is shown: less than 1 where Confluence takes no larger page.
    """

    backlog: str
    name: str
    site: str
    jql: str
    mapping_version: int
    computed_at: datetime
    duration_note: str = ""
    factors: str = ""
    insights: str = ""
    experiments: str = ""
    fields: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    share: float = 1.0

    def most(self, rows: int) -> int:
        """Say how many rows a table shows that has so many at most."""
        return max(1, int(rows * self.share))

    def issue(self, key: str, summary: str = "") -> Content:
        """Link to an issue, under its key and summary."""
        text = f"{key} {line(summary, longest=160)}".strip()
        url = f"{self.site.rstrip('/')}/browse/{quote(clean(key), safe='')}"
        return link(url, text, own=self.site)

    def named(self, name: str) -> str:
        """Name a field for people, with its id where that differs."""
        known = self.fields.get(name, name)
        return known if known == name else f"{known} ({name})"

    def issues(self, keys: Sequence[str]) -> list[Content]:
        """Link to issues by key, with commas between; beyond a limit say how many."""
        pieces: list[Content] = []
        for key in keys[:MOST_NAMED]:
            pieces += [", ", self.issue(key)] if pieces else [self.issue(key)]
        if len(keys) > MOST_NAMED:
            pieces.append(f" and {len(keys) - MOST_NAMED} more")
        return pieces


def finish(
    kind: str,
    origin: Origin,
    blocks: Sequence[Element],
    *,
    attachments: Sequence[Attachment] = (),
) -> Page:
    """Put a page together under «name: kind», with the time of its figures on top."""
    when = f"Figures of {origin.computed_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    stamp = p(faint(f"{when}. CD3 writes this page anew when one of them changes."))
    kinds = {"pestel": "PESTEL"}
    return make_page(
        kind=kind,
        backlog=origin.backlog,
        title=f"{line(origin.name, longest=200)}: {kinds.get(kind, kind)}",
        body=serialise([stamp, *blocks]),
        times=(when,),
        attachments=attachments,
        share=origin.share,
    )


def made_from(
    origin: Origin, items: Sequence[Item], queries: Mapping[str, str]
) -> Element:
    """Say which searches, fields, units and mapping a page was made from."""
    rows: list[list[str]] = [["Mapping", f"version {origin.mapping_version}"]]
    rows += [[role, use] for role, use in _uses(origin, items)]
    if origin.duration_note:
        rows.append(["Durations were converted", origin.duration_note])
    blocks = [table(["What", "From"], rows)]
    for name, jql in queries.items():
        blocks += [p(f"{name}: the issues that this search finds"), code(jql)]
    return expand("What this page was made from", *blocks)


def missing(what: str, part: str, jql: str) -> Element:
    """Say why a part is empty, and what to do next."""
    if jql:
        return p(
            f"The search for {what} found none. Note some in Jira, or change the search"
            f" in the backlog's mapping (evidence.{part}.jql)."
        )
    return p(
        f"No {what} are mapped. An admin names their search and their fields in the"
        f" backlog's mapping (evidence.{part})."
    )


def shown(count: int, limit: int, what: str) -> list[Element]:
    """Say how many rows a limit left out, if any."""
    if count <= limit:
        return []
    return [p(f"{count - limit:,} more {what} are not shown here.")]


def _uses(origin: Origin, items: Sequence[Item]) -> list[tuple[str, str]]:
    """List each role with the fields and units that it was read from."""
    found = {
        (source.role, source.field, source.unit)
        for item in items
        for source in item.sources
    }
    return [
        (
            role.replace("_", " ").capitalize(),
            origin.named(name) + (f", in {unit}" if unit not in NO_UNITS else ""),
        )
        for role, name, unit in sorted(found)
    ]
