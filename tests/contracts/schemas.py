"""OpenAPI 3.0 schemas as jsonschema takes them."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FORMATS: Final = FormatChecker(formats=())
_LIMITS: Final = {"int32": 2**31, "int64": 2**63}


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.fromisoformat(value))


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


@FORMATS.checks("uuid", raises=ValueError)
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(UUID(value))


@FORMATS.checks("int32")
def _is_int32(value: object) -> bool:
    return not isinstance(value, int) or abs(value) < _LIMITS["int32"]


@FORMATS.checks("int64")
def _is_int64(value: object) -> bool:
    return not isinstance(value, int) or abs(value) < _LIMITS["int64"]


def translate(node: Any, urn: str) -> Any:
    """Turn an OpenAPI 3.0 schema into JSON Schema 2020-12.

    `nullable` adds null; `oneOf` becomes `anyOf`, as Atlassian's alternatives overlap
    (a page's body, flat or nested, fits both); references point into the document.
    """
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        pointed = {"$ref": urn + node["$ref"]}
        return _or_null(pointed) if node.get("nullable") else pointed
    made = {
        name: _inner(name, value, urn)
        for name, value in node.items()
        if name not in ("nullable", "oneOf")
    }
    if "oneOf" in node:
        made["anyOf"] = [translate(one, urn) for one in node["oneOf"]]
    return _or_null(made) if node.get("nullable") else made


def _inner(name: str, value: Any, urn: str) -> Any:
    if name == "properties":
        return {key: translate(one, urn) for key, one in value.items()}
    if name in ("allOf", "anyOf"):
        return [translate(one, urn) for one in value]
    if name in ("items", "not", "additionalProperties"):
        return translate(value, urn)
    return value


def _or_null(made: Any) -> Any:
    return {"anyOf": [made, {"type": "null"}]}


class Schemas:
    """The schemas of one document, ready to be asked."""

    def __init__(self, name: str, schemas: dict[str, Any]) -> None:
        self._urn = f"urn:{re.sub(r'[^a-z0-9-]', '-', name)}"
        components = {
            "components": {
                "schemas": {
                    key: translate(one, self._urn) for key, one in schemas.items()
                }
            }
        }
        resource = DRAFT202012.create_resource(components)
        self._registry: Registry[Any] = Registry().with_resource(self._urn, resource)

    def faults(self, schema: Any, value: Any) -> Iterator[str]:
        """Say what is wrong with a value, and where; nothing where it fits."""
        validator = Draft202012Validator(
            translate(schema, self._urn),
            registry=self._registry,
            format_checker=FORMATS,
        )
        for error in validator.iter_errors(value):
            yield f"{error.json_path}: {error.message[:300]}"
