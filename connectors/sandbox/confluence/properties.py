"""Content properties of pages, as REST v2 takes and tells them."""

from starlette.responses import JSONResponse, Response

from connectors.sandbox.confluence import answers
from connectors.sandbox.confluence.content import Page, Property
from connectors.sandbox.confluence.gate import Call, several
from connectors.sandbox.confluence.pages import version_in
from connectors.sandbox.confluence.refusals import invalid, missing


def list_properties(call: Call) -> Response:
    """List a page's properties, or the one with a key."""
    page = call.find_page(call.path("id"))
    key = call.one("key")
    found = [
        answers.property_(one)
        for one in page.properties.values()
        if key in (None, one.key)
    ]
    return several(call, found)


def create_property(call: Call) -> Response:
    """Put a new property on a page."""
    page = call.open_page(call.path("id"))
    key, value = _key_and_value(call)
    return JSONResponse(
        answers.property_(call.wiki.add_property(page, key, value, call.by))
    )


def read_property(call: Call) -> Response:
    """Tell one property."""
    page = call.find_page(call.path("id"))
    return JSONResponse(answers.property_(_find(call, page)))


def update_property(call: Call) -> Response:
    """Change one property; its key stays, its version goes up by one."""
    one = _find(call, call.open_page(call.path("id")))
    key, value = _key_and_value(call)
    if key != one.key:
        raise invalid("The key of a property cannot be changed.")
    number, _ = version_in(call.object())
    call.wiki.set_property(one, value, number, call.by)
    return JSONResponse(answers.property_(one))


def delete_property(call: Call) -> Response:
    """Remove one property."""
    page = call.open_page(call.path("id"))
    del page.properties[_find(call, page).id]
    return Response(status_code=204)


def _find(call: Call, page: Page) -> Property:
    """Find a property by its number: a key in this place is refused, as Atlassian's."""
    given = call.path("property")
    if not (given.isascii() and given.isdigit()):
        raise invalid(f"Provided value '{given}' for 'property-id' is not a number.")
    if given not in page.properties:
        raise missing("Property", given)
    return page.properties[given]


def _key_and_value(call: Call) -> tuple[str, object]:
    given = call.object()
    key = given.get("key")
    if not isinstance(key, str) or not key:
        raise invalid("'key' is required and must be a string.")
    if "value" not in given:
        raise invalid("'value' is required.")
    return key, given["value"]
