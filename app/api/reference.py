"""The API's own description: /openapi.json, and /docs for people, both with a key."""

from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from app.api.guard import GuardedRoute, needs
from app.api.problems import MEDIA_TYPE
from app.books.keys import Role

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_STYLE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_RECEIVER: Final = {
    "summary": "Take one of Jira's deliveries",
    "description": "Signed with the site's webhook secret (X-Hub-Signature, sha256); "
    "needs no key. 202 means that the delivery is stored.",
    "operationId": "receive_delivery",
    "tags": ["webhooks"],
    "security": [],
    "parameters": [
        {"name": "site", "in": "path", "required": True, "schema": {"type": "string"}},
        {
            "name": "X-Hub-Signature",
            "in": "header",
            "required": True,
            "schema": {"type": "string"},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
    "responses": {
        "202": {"description": "Stored, or known already"},
        "401": {"description": "The signature is missing or wrong"},
        "404": {"description": "There is no such site"},
        "408": {"description": "The body did not arrive within 15 seconds"},
        "413": {"description": "The body is larger than 25 MB"},
        "415": {"description": "The body is compressed"},
        "503": {"description": "No secret is set, or the store cannot take it now"},
    },
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Make the OpenAPI document, once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        _add_security(document)
        _name_problems(document)
        document["paths"]["/webhooks/jira/{site}"] = {"post": _RECEIVER}
        app.openapi_schema = document
    return app.openapi_schema


def _add_security(document: dict[str, Any]) -> None:
    schemes = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "cd3_…"}}
    document.setdefault("components", {})["securitySchemes"] = schemes
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["security"] = [{"key": []}] if path.startswith("/api/") else []


def _name_problems(document: dict[str, Any]) -> None:
    """Give all errors the media type that they are sent with."""
    for operations in document["paths"].values():
        for operation in operations.values():
            content = operation["responses"].get("default", {}).get("content", {})
            if "application/json" in content:
                content[MEDIA_TYPE] = content.pop("application/json")


@router.get("/openapi.json")
@needs(Role.READER, browser=True)
def show_openapi(request: Request) -> JSONResponse:
    """Show the API's description for machines."""
    return JSONResponse(describe(request.app))


@router.get("/docs")
@needs(Role.READER, browser=True)
def show_docs(request: Request) -> HTMLResponse:
    """Show the API's description for people, without a line of script."""
    document = describe(request.app)
    loader = PackageLoader("app.api", "pages")
    environment = Environment(loader=loader, autoescape=select_autoescape())
    page = environment.get_template("docs.html").render(api=document, models=_names)
    return HTMLResponse(page, headers={"Content-Security-Policy": _STYLE})


def _names(schema: Any) -> list[str]:
    """Find the models that a part of the description speaks of."""
    if isinstance(schema, dict):
        found = [str(schema["$ref"]).rpartition("/")[2]] if "$ref" in schema else []
        return found + [name for value in schema.values() for name in _names(value)]
    if isinstance(schema, list):
        return [name for value in schema for name in _names(value)]
    return []
