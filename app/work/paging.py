"""Which pages a backlog has, built by the pure builders from one reading."""

from collections.abc import Callable, Mapping, Sequence
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


def build_pages(
    kinds: Sequence[PageKind],
    summary: Summary,
    evidence: Evidence,
    origin: Origin,
    *,
    last_before: Sequence[str],
) -> list[Page]:
    """Build the pages of these kinds.

    `last_before` is the order that Jira had before its last re-rank.
    """
    builders: dict[PageKind, Callable[[], Page]] = {
        "ranking": lambda: build_ranking(summary, origin, last_before=last_before),
        "discovery": lambda: build_discovery(summary, evidence, origin),
        "pestel": lambda: build_pestel(summary, evidence, origin),
    }
    return [builders[kind]() for kind in kinds]
