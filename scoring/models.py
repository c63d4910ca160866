"""How a cost-of-delay model stands in a mapping's JSON, and which fields it reads."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from scoring.equation import read_formula, write_formula
from scoring.pointed import Pointed, fold
from scoring.roles import (
    BUCKETS,
    PER,
    SCORES,
    Buckets,
    Direct,
    Formula,
    Model,
    Part,
    Sum,
    Table,
    Value,
    Wsjf,
)
from scoring.values import (
    CHOICE,
    Used,
    read_score,
    read_share,
    read_value,
    read_worths,
    value_fields,
    write_score,
    write_share,
    write_value,
)

MOST_PARTS: Final = 20
MODELS: Final = ("direct", "sum", "table", "buckets", "wsjf", "formula")
ROLE: Final = "cost_of_delay"


def read_model(at: Pointed) -> Model:
    """Read a cost-of-delay model."""
    match at.choice("model", MODELS):
        case "sum":
            return _read_sum(at)
        case "table":
            return _read_table(at)
        case "buckets":
            return _read_buckets(at)
        case "wsjf":
            parts = (Part(key, read_score(at.open(key))) for key in SCORES)
            return Wsjf(tuple(parts))
        case "formula":
            return read_formula(at)
        case _:
            return Direct(read_value(at.open("value"), cost=True))


def _read_sum(at: Pointed) -> Sum:
    parts = at.open_list("parts", most=MOST_PARTS)
    if at.has("parts") and not parts:
        at.note("parts", "size", "must name at least one part")
    names: set[str] = set()
    read = []
    for part in parts:
        name = part.text("name")
        if fold(name) in names:
            part.note("name", "duplicate", f'is used twice: "{name}"')
        names.add(fold(name))
        value = read_value(part.open("value"), cost=True)
        read.append(Part(name, value, optional=part.flag("optional")))
    return Sum(tuple(read))


def _read_table(at: Pointed) -> Table:
    rows = at.open("table")
    table = {
        key: read_worths(rows.open(key))
        for key in rows.keys()  # noqa: SIM118 a method that notes problems
    }
    return Table(
        value=at.text("value"),
        urgency=at.text("urgency"),
        table=MappingProxyType(table),
        per=at.choice("per", PER),
    )


def _read_buckets(at: Pointed) -> Buckets:
    parts, probability = [], None
    for key in BUCKETS:
        bucket = at.maybe_open(key)
        if bucket is None:
            continue
        inner = bucket
        if key == "avoid":
            percent = bucket.flag("percent")
            probability = read_share(bucket, "probability", percent=percent)
            inner = bucket.open("value")
        value = read_value(inner, cost=True)
        parts.append(Part(key, value, optional=bucket.flag("optional")))
    if not parts:
        at.note(None, "size", f"must map at least one of {', '.join(BUCKETS)}")
    return Buckets(tuple(parts), probability)


def write_model(model: Model) -> dict[str, Any]:
    """Write a cost-of-delay model as JSON."""
    match model:
        case Direct():
            return {"model": "direct", "value": write_value(model.value, "per")}
        case Sum():
            return {"model": "sum", "parts": [_write_part(p) for p in model.parts]}
        case Table():
            return {
                "model": "table",
                "value": model.value,
                "urgency": model.urgency,
                "table": {key: dict(row) for key, row in model.table.items()},
                "per": model.per,
            }
        case Buckets():
            return {"model": "buckets", **_write_buckets(model)}
        case Wsjf():
            scores = {part.name: write_score(part.value) for part in model.parts}
            return {"model": "wsjf", **scores}
        case Formula():
            return {"model": "formula", **write_formula(model)}


def _write_part(part: Part) -> dict[str, Any]:
    value = write_value(part.value, "per")
    return {"name": part.name, "value": value, "optional": part.optional}


def _write_buckets(model: Buckets) -> Mapping[str, dict[str, Any]]:
    written = {}
    for part in model.parts:
        value, optional = write_value(part.value, "per"), {"optional": part.optional}
        written[part.name] = {**value, **optional}
        if part.name == "avoid" and model.probability is not None:
            written[part.name] = {
                "value": value,
                "probability": write_share(model.probability),
                "percent": model.probability.unit == "percent",
                **optional,
            }
    return written


def model_fields(model: Model) -> Iterator[tuple[str, str, Used]]:
    """Give each field of a model: the object's pointer, the role, how it is used."""
    if isinstance(model, Table):
        yield "", ROLE, ("value", model.value, CHOICE)
        yield "", "urgency", ("urgency", model.urgency, CHOICE)
        return
    for pointer, role, value in model_values(model):
        for used in value_fields(value):
            yield pointer, role, used
    if isinstance(model, Buckets) and model.probability is not None:
        share = model.probability
        ((key, field, types),) = value_fields(share)
        # a number field stands there by its id alone
        whole = isinstance(write_share(share), str)
        used = ("probability" if whole else key, field, types)
        yield "/avoid" if whole else "/avoid/probability", "probability", used


def model_values(model: Model) -> Sequence[tuple[str, str, Value]]:
    """Give each value of a model: its pointer within the model, its role, itself."""
    match model:
        case Direct():
            return [("/value", ROLE, model.value)]
        case Sum():
            return [
                (f"/parts/{place}/value", part.name, part.value)
                for place, part in enumerate(model.parts)
            ]
        case Buckets():
            parts = model.parts
            return [(_bucket(p.name), BUCKETS[p.name], p.value) for p in parts]
        case Wsjf():
            return [(f"/{p.name}", SCORES[p.name], p.value) for p in model.parts]
        case Formula():
            return [(f"/inputs/{p.name}", p.name, p.value) for p in model.inputs]
        case Table():
            return []


def _bucket(name: str) -> str:
    return f"/{name}/value" if name == "avoid" else f"/{name}"
