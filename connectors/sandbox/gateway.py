"""The gateway's addresses, `/ex/jira/{cloudId}` and `/ex/confluence/{cloudId}`.

On the real one they stand on `api.atlassian.com`; here beside the site. Confluence is
reached with `/wiki` behind the id and without, as callers of both kinds report.
"""

from typing import Final

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.sandbox.state import FLAG, Site

_FRONT: Final = "/ex/"
_WIKI: Final = "/wiki"


class Gateway:
    """Leads what comes by the gateway's addresses to the site's own."""

    def __init__(self, app: ASGIApp, *, site: Site) -> None:
        """Stand before an application."""
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, by its inner path where it came by the gateway."""
        if scope["type"] == "http" and scope["path"].startswith(_FRONT):
            inner = self._inner(scope["path"])
            if not inner:
                said = {"code": 404, "message": "Not Found"}
                await JSONResponse(said, 404)(scope, receive, send)
                return
            raw = self._inner(scope["raw_path"].decode()) or inner
            scope = {**scope, "path": inner, "raw_path": raw.encode(), FLAG: True}
        await self._app(scope, receive, send)

    def _inner(self, path: str) -> str:
        """Give the path on the site, or nothing where the gateway has none."""
        product, _, rest = path.removeprefix(_FRONT).partition("/")
        cloud_id, _, tail = rest.partition("/")
        if cloud_id != self._site.cloud_id or not self._site.flavour.is_cloud:
            return ""
        if product == "jira":
            return f"/{tail}"
        if product != "confluence":
            return ""
        within = f"/{tail}"
        return within if within.startswith(f"{_WIKI}/") else f"{_WIKI}{within}"
