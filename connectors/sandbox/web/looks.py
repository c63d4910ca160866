"""How the view's pages are made from templates, and what a browser may do with them."""

from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from connectors.sandbox.state import Site
from connectors.sandbox.web.cells import figure

# Nothing from outside, no script in the page itself; a page's own styles stay.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_TEMPLATES: Final = Environment(
    loader=PackageLoader("connectors.sandbox.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["figure"] = figure


def fragment(name: str, told: Mapping[str, Any]) -> str:
    """Fill one template."""
    return _TEMPLATES.get_template(name).render(**told)


def page(
    site: Site, name: str, told: Mapping[str, Any], *, status: int = 200
) -> Response:
    """Answer with a whole page."""
    everywhere = {"site_url": site.url, "here": name}
    return HTMLResponse(fragment(name, {**everywhere, **told}), status)
