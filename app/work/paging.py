"""Which pages a backlog has, built by the pure builders from one reading."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.books.backlogs import Backlog, PageKind
from app.books.sites import Site
from connectors.pages.discovery import build_discovery
from connectors.pages.origin import Origin
from connectors.pages.page import Page
from connectors.pages.pestel import build_pestel
from connectors.pages.ranking import build_ranking
from scoring.evidence import Evidence
from scoring.mapping import Mapping as FieldMapping
from scoring.summary import Summary

# Confluence refuses 5 MB; far below that, people report errors and time-outs of pages
# (atlassian-api/atlassian-python-api#648), and nobody reads so much.
MOST_BYTES = 500_000
SHARES = (1.0, 0.5, 0.25, 0.125, 0.0625)


@dataclass(frozen=True, slots=True)
class Draft:
    """A page yet to be built, with a given share of each long table's rows."""

    kind: PageKind
    build: Callable[[float], Page]

    def fitting(self, *, most: int = MOST_BYTES) -> Iterator[Page]:
        """Build the page, and ever shorter ones; none is too large but the last.

        Each says in words how many rows it does not show.
        """
        for share in SHARES:
            page = self.build(share)
            if share == SHARES[-1] or len(page.body.encode()) <= most:
                yield page


def origin_of(  # noqa: PLR0913 - a page comes from so many things, all named
    backlog: Backlog,
    site: Site,
    mapping: FieldMapping,
    *,
    mapping_version: int,
    fields: Mapping[str, str],
    computed_at: datetime,
) -> Origin:
    """Say what a backlog's pages are made from; `fields` are field names by id."""
    evidence = mapping.evidence
    return Origin(
        backlog=backlog.id,
        name=backlog.name,
        site=site.url,
        jql=backlog.jql,
        mapping_version=mapping_version,
        computed_at=computed_at,
        duration_note=mapping.duration_note,
        factors=evidence.factors.jql if evidence.factors else "",
        insights=evidence.insights.jql if evidence.insights else "",
        experiments=evidence.experiments.jql if evidence.experiments else "",
        fields=fields,
    )


# Which evidence a page cannot be without.
STANDS_ON: Mapping[str, tuple[PageKind, ...]] = {
    "factors": ("pestel",),
    "insights": ("discovery",),
    "experiments": ("discovery",),
}


def draft_pages(
    kinds: Sequence[PageKind],
    summary: Summary,
    evidence: Evidence,
    origin: Origin,
    *,
    last_before: Sequence[str],
) -> list[Draft]:
    """Draft the pages of these kinds.

    `last_before` is the order that Jira had before its last re-rank.
    """
    builders: dict[PageKind, Callable[[Origin], Page]] = {
        "ranking": lambda made: build_ranking(summary, made, last_before=last_before),
        "discovery": lambda made: build_discovery(summary, evidence, made),
        "pestel": lambda made: build_pestel(summary, evidence, made),
    }

    def draft(kind: PageKind) -> Draft:
        return Draft(kind, lambda share: builders[kind](replace(origin, share=share)))

    return [draft(kind) for kind in kinds]
