"""Distil `atlassian.json` from Atlassian's OpenAPI documents: their facts, no prose.

Run by hand, where the documents lie: `python -m tests.contracts.distil FOLDER`, the
folder holding `<document>.<date>.json.gz`.
"""

import gzip
import sys
from pathlib import Path
from typing import Any, Final

import orjson

from tests.contracts.operations import BASES, OPERATIONS

CONTRACT: Final = Path(__file__).with_name("atlassian.json")
_KEPT: Final = frozenset(
    {
        "$ref",
        "enum",
        "format",
        "maxItems",
        "maxLength",
        "maximum",
        "minItems",
        "minLength",
        "minimum",
        "nullable",
        "pattern",
        "required",
        "type",
        "uniqueItems",
    }
)
_MANY: Final = frozenset({"allOf", "anyOf", "oneOf"})
_ONE: Final = frozenset({"items", "not", "additionalProperties"})


def schema(node: Any) -> Any:
    """Keep of a schema what can be checked, by name; everything else is prose."""
    if not isinstance(node, dict):
        return node
    kept: dict[str, Any] = {}
    for name, value in node.items():
        if name in _KEPT:
            kept[name] = value
        elif name in _MANY:
            kept[name] = [schema(one) for one in value]
        elif name in _ONE:
            kept[name] = schema(value)
        elif name == "properties":
            kept[name] = {key: schema(one) for key, one in value.items()}
    return kept


def _resolved(node: Any, document: Any) -> Any:
    """Follow a reference to a parameter, a body or a response."""
    while isinstance(node, dict) and "$ref" in node:
        found = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _contents(node: Any) -> dict[str, Any]:
    return {
        media_type: schema(one.get("schema", {}))
        for media_type, one in node.get("content", {}).items()
    }


def _operation(path: Any, method: str, document: Any) -> dict[str, Any]:
    source = path[method]
    found = [
        _resolved(one, document)
        for one in (*path.get("parameters", ()), *source.get("parameters", ()))
    ]
    kept: dict[str, Any] = {
        "parameters": [
            {
                "name": one["name"],
                "in": one["in"],
                "required": bool(one.get("required")),
                "schema": schema(one.get("schema", {})),
            }
            for one in found
            if "name" in one
        ],
        "responses": {
            status: _contents(_resolved(answer, document))
            for status, answer in source["responses"].items()
        },
    }
    if body := _resolved(source.get("requestBody"), document):
        kept["body"] = {
            "required": bool(body.get("required")),
            "content": _contents(body),
        }
    return kept


def _mentioned(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_mentioned, node))
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(_mentioned, node.values()))
    reference = node.get("$ref")
    return found | ({reference.split("/")[-1]} if isinstance(reference, str) else set())


def distil(name: str, document: Any) -> dict[str, Any]:
    """Distil one document: its chosen operations and the schemas they lead to."""
    operations = {
        f"{method.upper()} {BASES[name]}{path}": _operation(
            document["paths"][path], method, document
        )
        for path, methods in OPERATIONS[name].items()
        for method in methods.split()
    }
    schemas: dict[str, Any] = {}
    waiting = _mentioned(operations)
    while waiting:
        one = waiting.pop()
        schemas[one] = schema(document["components"]["schemas"][one])
        waiting |= _mentioned(schemas[one]) - schemas.keys()
    return {
        "version": document["info"]["version"],
        "operations": operations,
        "schemas": dict(sorted(schemas.items())),
    }


def main(folder: Path) -> None:
    """Write the contract file from all documents of a folder."""
    contract = {}
    for name in OPERATIONS:
        (path,) = folder.glob(f"{name}.*.json.gz")
        contract[name] = distil(name, orjson.loads(gzip.decompress(path.read_bytes())))
    CONTRACT.write_bytes(orjson.dumps(contract, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
