"""What a person does in the view: edits and moves, by the same way as over REST."""

from typing import Any, Final, Literal

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.sandbox.accounts import Account
from connectors.sandbox.answers import AnswerError
from connectors.sandbox.edits import edit_issue, transition_issue
from connectors.sandbox.ranking import rank_issues
from connectors.sandbox.state import Site
from connectors.sandbox.web.backlog import people
from connectors.sandbox.web.cells import entered

MOST_BYTES: Final = 100_000


def edit(site: Site, request: Request, body: bytes) -> Response:
    """Set one field of one issue to what was typed."""
    said = _said(body)
    account = _person(site, said)
    key, field_id = request.path_params["key"], request.path_params["field"]
    text = said.get("value")
    if not isinstance(text, str) or field_id not in site.fields:
        raise AnswerError(400, "Nothing here can be edited that way.")
    if field_id == "status":
        if all(one.id != text for one in site.statuses):
            raise AnswerError(400, "There is no such status.")
        transition_issue(site, account, key, text, {})
    else:
        value = entered(site, site.fields[field_id], text)
        edit_issue(site, account, key, {field_id: value})
    return JSONResponse({"revision": site.revision})


def move(site: Site, request: Request, body: bytes) -> Response:
    """Rank one issue before or after another."""
    said = _said(body)
    account = _person(site, said)
    anchor = said.get("anchor")
    if said.get("place") not in ("before", "after") or not isinstance(anchor, str):
        raise AnswerError(400, "A move needs a place (before, after) and an anchor.")
    place: Literal["before", "after"]
    place = "before" if said["place"] == "before" else "after"
    rank_issues(site, account, [request.path_params["key"]], anchor, place)
    return JSONResponse({"revision": site.revision})


def check_origin(site: Site, request: Request) -> None:
    """Refuse what another site's page sends, and names that only point here.

    A browser tells the origin of every POST; a host by name other than the site's own
    may be a stranger's name that leads to this machine.
    """
    origin = request.headers.get("origin")
    fetched = request.headers.get("sec-fetch-site", "same-origin")
    host = request.headers.get("host", "")
    if origin not in (None, f"http://{host}", f"https://{host}"):
        raise AnswerError(403, "This request comes from another site's page.")
    if fetched not in ("same-origin", "none"):
        raise AnswerError(403, "This request comes from another site's page.")
    name = (request.url.hostname or "").lower()
    known = name == "localhost" or _is_address(name) or f"//{host}" in site.url
    if not known:
        raise AnswerError(
            403, f"This view answers to its own address, {site.url}, not to {name}."
        )


def _is_address(name: str) -> bool:
    return ":" in name or name.replace(".", "").isdigit()


def _said(body: bytes) -> dict[str, Any]:
    if len(body) > MOST_BYTES:
        raise AnswerError(413, "That is too much text.")
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AnswerError(400, "The request is not JSON.") from error
    if not isinstance(said, dict):
        raise AnswerError(400, "The request is not a JSON object.")
    return said


def _person(site: Site, said: dict[str, Any]) -> Account:
    able = people(site)
    for account in able:
        if account.account_id == said.get("as"):
            return account
    if not able:
        raise AnswerError(403, "No account of this site may edit issues.")
    return able[0]
