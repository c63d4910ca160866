"""All of the pretend Jira's routes."""

from starlette.routing import Route

from connectors.sandbox.jira import (
    boards,
    changelogs,
    issues,
    links,
    properties,
    search,
    webhooks,
)
from connectors.sandbox.jira import site as whole
from connectors.sandbox.jira.paging import Searches
from connectors.sandbox.state import Site


def routes(site: Site) -> list[Route]:
    """Mount Jira Cloud on a site."""
    searches = Searches()
    return [
        *search.routes(site, searches),
        *shared(site),
        *boards.routes(site, searches),
        *webhooks.routes(site),
    ]


def shared(site: Site) -> list[Route]:
    """Mount what both kinds of Jira have, each at its own version's path."""
    return [
        *whole.routes(site),
        *changelogs.routes(site),
        *issues.routes(site),
        *properties.routes(site),
        *links.routes(site),
    ]
