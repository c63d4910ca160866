"""Hold requests and answers against Atlassian's documents, as distilled."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

import httpx
import orjson

from tests.contracts.datacenter import OPERATIONS as DATA_CENTERS
from tests.contracts.distil import CONTRACT
from tests.contracts.own import EDGE, FREE, GONE, NULLS, OPERATIONS, STATUSES
from tests.contracts.schemas import Schemas

CLOUD: Final = "cloud"
DATA_CENTER: Final = "datacenter"
_OURS: Final = "own"


class ContractError(AssertionError):
    """An exchange is not as the document has it; the message lists all faults."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document: `name` is method and path template."""

    name: str
    pattern: re.Pattern[str]
    said: dict[str, Any]
    schemas: Schemas

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.name.partition(" ")[0]


@cache
def operations(kind: str = CLOUD) -> tuple[Operation, ...]:
    """Read all operations, those with the fewest variable parts first."""
    if kind == DATA_CENTER:
        return _read_all({kind: {"operations": DATA_CENTERS, "schemas": {}}})
    documents: dict[str, Any] = orjson.loads(CONTRACT.read_bytes())
    documents[_OURS] = {"operations": OPERATIONS, "schemas": {}}
    for document, schemas_of in NULLS.items():
        for name, properties in schemas_of.items():
            said = documents[document]["schemas"][name]["properties"]
            for one in properties:
                said[one]["nullable"] = True
    return _read_all(documents)


def _read_all(documents: Mapping[str, Any]) -> tuple[Operation, ...]:
    found = [
        Operation(name, _pattern(name.partition(" ")[2]), said, schemas)
        for document, content in documents.items()
        for schemas in [Schemas(document, content["schemas"])]
        for name, said in content["operations"].items()
    ]
    return tuple(sorted(found, key=lambda one: one.name.count("{")))


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{([^}]+)\}", template)
    return re.compile(
        "".join(
            "([^/]+)" if place % 2 else re.escape(part)
            for place, part in enumerate(parts)
        )
    )


def find(method: str, path: str, kind: str = CLOUD) -> Operation | None:
    """Find the operation that a request is; `None` where no document has it."""
    for operation in operations(kind):
        if operation.method == method and operation.pattern.fullmatch(path):
            return operation
    return None


def within(path: str, kind: str) -> str:
    """Give the Cloud's own path behind one of the gateway's."""
    if kind != CLOUD:
        return path
    inner = re.sub(r"^/ex/(jira|confluence)/[^/]+(?=/)", "", path)
    short = path.startswith("/ex/confluence/") and not inner.startswith("/wiki/")
    return f"/wiki{inner}" if short else inner


def check_exchange(
    request: httpx.Request, response: httpx.Response, kind: str = CLOUD
) -> str:
    """Hold one exchange, read whole, against its operation; give the operation's name.

    A faulty request is a fault only where it was accepted: who refuses it is right.
    """
    method, path = request.method, within(request.url.path, kind)
    if any(re.fullmatch(free, path) for free in FREE):
        return f"{method} {path}"
    if kind == CLOUD and any(re.fullmatch(gone, path) for gone in GONE):
        if response.status_code not in EDGE | {410}:
            raise ContractError(f"{method} {path}: was removed, but is answered")
        return f"{method} {path}"
    operation = find(method, path, kind)
    if operation is None:
        if response.status_code in (404, 405):
            return f"{method} {path}"
        raise ContractError(f"{method} {path}: no document has this operation")
    faults = list(_answer_faults(operation, response))
    if response.status_code < 400:
        faults += request_faults(operation, request)
    if faults:
        raise ContractError(f"{method} {request.url}\n" + "\n".join(faults))
    return operation.name


def request_faults(operation: Operation, request: httpx.Request) -> Iterator[str]:
    """Say what of a request is not as its operation has it."""
    parameters = operation.said["parameters"]
    path = request.url.raw_path.decode().partition("?")[0]
    yield from _path_faults(operation, within(path, CLOUD))
    known = {one["name"]: one for one in parameters if one["in"] == "query"}
    for name, value in request.url.params.multi_items():
        if name not in known:
            yield f"query parameter {name} is not in the document"
        else:
            yield from _value_faults(operation, known[name], value)
    for one in parameters:
        given = request.headers if one["in"] == "header" else request.url.params
        if one["required"] and one["in"] != "path" and one["name"] not in given:
            yield f"{one['in']} parameter {one['name']} is required"
    yield from _body_faults(operation, request)


def _path_faults(operation: Operation, path: str) -> Iterator[str]:
    found = operation.pattern.fullmatch(path)
    names = re.findall(r"\{([^}]+)\}", operation.name)
    by_name = {one["name"]: one for one in operation.said["parameters"]}
    for name, value in zip(names, found.groups() if found else (), strict=True):
        if name in by_name:
            yield from _value_faults(operation, by_name[name], unquote(value))


def _value_faults(
    operation: Operation, parameter: dict[str, Any], value: str
) -> Iterator[str]:
    schema = parameter["schema"]
    many = schema.get("type") == "array"
    one = schema.get("items", {}) if many else schema
    if one.get("type") == "object":
        return  # a text is never an object: these documents mean any text
    for part in value.split(",") if many else [value]:
        for fault in operation.schemas.faults(one, _read(part, one.get("type"))):
            yield f"{parameter['in']} parameter {parameter['name']}: {fault}"


def _read(text: str, kind: str | None) -> Any:
    """Read a parameter's text as its type; what cannot be read stays text."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind in ("integer", "number"):
        try:
            return int(text) if kind == "integer" else float(text)
        except ValueError:
            return text
    return text


def _body_faults(operation: Operation, request: httpx.Request) -> Iterator[str]:
    body = operation.said.get("body")
    content = request.content
    if body is None and content:
        yield "a body is sent where the document has none"
    elif body is not None and not content and body["required"]:
        yield "a body is required"
    elif body is not None and content:
        yield from _content_faults(operation, request, body)


def _content_faults(
    operation: Operation, request: httpx.Request, body: dict[str, Any]
) -> Iterator[str]:
    content = request.content
    media_type = _media_type(request.headers)
    if media_type not in body["content"]:
        yield f"media type {media_type} is not in the document"
        return
    schema = body["content"][media_type]
    if media_type == "application/json":
        for fault in operation.schemas.faults(schema, orjson.loads(content)):
            yield f"request body {fault}"
    if media_type == "multipart/form-data":
        yield from _form_faults(schema, content)


def _form_faults(schema: Any, content: bytes) -> Iterator[str]:
    given = set(re.findall(rb'form-data; name="([^"]+)"', content))
    for name in schema.get("required", ()):
        if name.encode() not in given:
            yield f"form part {name} is required"


def _media_type(headers: httpx.Headers) -> str:
    message = Message()
    message["content-type"] = headers.get("content-type", "application/octet-stream")
    return message.get_content_type()


def _answer_faults(operation: Operation, response: httpx.Response) -> Iterator[str]:
    status = response.status_code
    documented = operation.said["responses"]
    if str(status) not in documented:
        if status not in EDGE | STATUSES.get(operation.name, frozenset()):
            yield f"status {status} is not in the document: {response.text[:300]}"
        return
    schema = documented[str(status)].get("application/json")
    if not response.content:
        if schema:  # an empty schema promises nothing
            yield "the document promises a body"
        return
    if status == 204:
        yield "204 has no body"
    elif schema is not None and _media_type(response.headers) == "application/json":
        for fault in operation.schemas.faults(schema, orjson.loads(response.content)):
            yield f"answer {status} {fault}"
