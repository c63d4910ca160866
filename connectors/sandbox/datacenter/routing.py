"""All of a pretend Data Center's routes, Jira's and Confluence's."""

from starlette.routing import Route

from connectors.sandbox.datacenter import search, webhooks, wiki
from connectors.sandbox.jira import webhooks as old_webhooks
from connectors.sandbox.jira.boards import routes as board_routes
from connectors.sandbox.jira.paging import Searches
from connectors.sandbox.jira.routing import shared
from connectors.sandbox.state import Site


def routes(site: Site) -> list[Route]:
    """Mount Jira and Confluence on a site."""
    new = site.flavour.has_new_webhooks
    return [
        *search.routes(site),
        *shared(site),
        *board_routes(site, Searches()),
        *(webhooks.routes(site) if new else old_webhooks.routes(site)),
        *wiki.routes(site),
    ]
