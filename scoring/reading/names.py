"""Names that people wrote, turned into the ids of fields and link types."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from scoring.pointed import fold
from scoring.reading.fields import JiraField, LinkType

DEEPEST: Final = 8  # levels of a mapping's JSON; below, nothing names a field


def resolve_names(
    raw: object, fields: Sequence[JiraField], link_types: Sequence[LinkType] = ()
) -> object:
    """Replace each name that means one field or link type alone by its id.

    `10075` and `cf[10075]` mean `customfield_10075`. What is unknown or ambiguous
    stays as it is, for `check_mapping` to name the candidates.
    """
    ids = _ids(fields) | {f.id: f.id for f in fields}
    for field in fields:
        if number := re.fullmatch(r"customfield_([0-9]+)", field.id):
            ids.setdefault(number[1], field.id)
            ids.setdefault(f"cf[{number[1]}]", field.id)
    types = _ids(link_types) | {t.id: t.id for t in link_types}
    return _rewrite(raw, (), ids, types)


def _ids(things: Sequence[JiraField] | Sequence[LinkType]) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for thing in things:
        found.setdefault(fold(thing.name), set()).add(thing.id)
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}


def _rewrite(
    raw: object,
    path: tuple[str, ...],
    ids: Mapping[str, str],
    types: Mapping[str, str],
) -> object:
    if isinstance(raw, str):
        known = ids if _names_field(path) else types if _names_type(path) else {}
        return known.get(raw.strip(), known.get(fold(raw), raw))
    if len(path) > DEEPEST:
        return raw
    if isinstance(raw, dict):
        return {k: _rewrite(v, (*path, str(k)), ids, types) for k, v in raw.items()}
    if isinstance(raw, list):
        return [_rewrite(v, (*path, "-"), ids, types) for v in raw]
    return raw


def _names_type(path: tuple[str, ...]) -> bool:
    return path == ("links", "-", "type")


def _names_field(path: tuple[str, ...]) -> bool:
    match path:
        case ("outputs", _) | ("cost_of_delay", "value" | "urgency"):
            return True
        case ("profile" | "penalty", "field"):
            return True
        case ("cost_of_delay", "avoid", "probability"):
            return True
        case ("evidence", _, key):
            return key != "jql"
        case ("cost_of_delay" | "duration" | "deadline" | "team", *_, key):
            return key in {"field", "start", "end"}
        case _:
            return False
