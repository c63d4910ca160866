"""All of the wiki's routes, by path and method."""

from starlette.routing import Route

from connectors.sandbox.confluence import leftovers, pages, properties, spaces
from connectors.sandbox.confluence.gate import Handle, route
from connectors.sandbox.confluence.site import Site

_V2 = "/wiki/api/v2"
_V1 = "/wiki/rest/api"
_NOW: tuple[tuple[str, str, Handle], ...] = (
    ("GET", "/spaces", spaces.list_spaces),
    ("GET", "/spaces/{id}", spaces.read_space),
    ("GET", "/spaces/{id}/pages", spaces.list_pages),
    ("GET", "/spaces/{id}/operations", spaces.list_operations),
    ("GET", "/pages", pages.list_pages),
    ("POST", "/pages", pages.create_page),
    ("GET", "/pages/{id}", pages.read_page),
    ("PUT", "/pages/{id}", pages.update_page),
    ("DELETE", "/pages/{id}", pages.delete_page),
    ("PUT", "/pages/{id}/title", pages.rename_page),
    ("GET", "/pages/{id}/children", pages.list_children),
    ("GET", "/pages/{id}/versions", pages.list_versions),
    ("GET", "/pages/{id}/labels", pages.list_labels),
    ("GET", "/pages/{id}/attachments", pages.list_attachments),
    ("GET", "/pages/{id}/properties", properties.list_properties),
    ("POST", "/pages/{id}/properties", properties.create_property),
    ("GET", "/pages/{id}/properties/{property}", properties.read_property),
    ("PUT", "/pages/{id}/properties/{property}", properties.update_property),
    ("DELETE", "/pages/{id}/properties/{property}", properties.delete_property),
)
_LEFT: tuple[tuple[str, str, Handle], ...] = (
    ("POST", "/content/{id}/label", leftovers.add_labels),
    ("DELETE", "/content/{id}/label", leftovers.remove_label),
    ("PUT POST", "/content/{id}/child/attachment", leftovers.attach),
    (
        "GET",
        "/content/{id}/child/attachment/{attachment}/download",
        leftovers.download,
    ),
    ("GET", "/content/search", leftovers.search_content),
    ("GET", "/search", leftovers.search_all),
    ("GET", "/user/current", leftovers.current_user),
    ("GET POST", "/content", leftovers.gone),
    ("GET PUT DELETE", "/content/{id}", leftovers.gone),
    ("GET POST", "/content/{id}/property", leftovers.gone),
    ("GET PUT DELETE", "/content/{id}/property/{key}", leftovers.gone),
    ("GET", "/space", leftovers.gone),
    ("GET", "/space/{key}", leftovers.gone),
)


def routes(site: Site) -> list[Route]:
    """Make the wiki's routes for a site."""
    return [
        *(route(site, verbs, _V2 + path, do, style="v2") for verbs, path, do in _NOW),
        *(route(site, verbs, _V1 + path, do, style="v1") for verbs, path, do in _LEFT),
        route(
            site,
            "GET",
            "/wiki/download/media/{file}/binary",
            leftovers.media,
            style="v1",
        ),
    ]
