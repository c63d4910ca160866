"""The mapping: which Jira field plays which role, read from JSON and written back."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from scoring.backtest.learned import Ranges, read_ranges, write_ranges
from scoring.models import model_fields, model_values, read_model, write_model
from scoring.pointed import Notes, Pointed, Problem
from scoring.profiles.rule import read_profile_rule, write_profile_rule
from scoring.roles import (
    EvidenceFields,
    ExperimentFields,
    FactorFields,
    InsightFields,
    LinkRule,
    Model,
    NumberValue,
    Outputs,
    ProfileRule,
    Side,
    Value,
)
from scoring.values import (
    CHOICE,
    DATE,
    NUMBER,
    TEXT,
    is_time,
    read_value,
    value_fields,
    write_value,
)

JQL_LIMIT: Final = 4000
NOTE_LIMIT: Final = 500
MOST_LINKS: Final = 50
NO_OUTPUTS: Final = Outputs()
NO_EVIDENCE: Final = EvidenceFields()

E = TypeVar("E", FactorFields, InsightFields, ExperimentFields)


class MappingError(ValueError):
    """The mapping cannot be used; `problems` says where and why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.pointer or '/'} {p.message}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which field plays which role for one backlog; `sprint_weeks` is a sprint long.

    `default_ranges` are for durations that say none of their own.
    """

    cost_of_delay: Model
    duration: Value
    deadline: str | None = None
    profile: ProfileRule | None = None
    penalty: str | None = None
    team: str | None = None
    sprint_weeks: float = 2.0
    duration_note: str = ""
    links: tuple[LinkRule, ...] = ()
    outputs: Outputs = NO_OUTPUTS
    evidence: EvidenceFields = NO_EVIDENCE
    default_ranges: Ranges | None = None


def read_mapping(raw: object) -> Mapping:
    """Read a mapping from JSON.

    Raises `MappingError` with all problems of form; whether the fields exist is
    another question (`scoring.reading.check`).
    """
    notes = Notes()
    top = Pointed(raw, "", notes)
    mapping = Mapping(
        cost_of_delay=read_model(top.open("cost_of_delay")),
        duration=read_value(top.open("duration"), cost=False),
        deadline=_read_field(top.maybe_open("deadline")),
        profile=read_profile_rule(top.maybe_open("profile"), dated=top.has("deadline")),
        penalty=_read_field(top.maybe_open("penalty")),
        team=_read_field(top.maybe_open("team")),
        sprint_weeks=top.number("sprint_weeks", default=2.0, positive=True),
        duration_note=top.maybe_text("duration_note", longest=NOTE_LIMIT) or "",
        links=_read_links(top),
        outputs=_read_outputs(top.maybe_open("outputs")),
        evidence=_read_evidence(top.maybe_open("evidence")),
        default_ranges=_read_ranges(top.maybe_open("default_ranges")),
    )
    _check_note(top, mapping)
    if problems := notes.finish():
        raise MappingError(problems)
    return mapping


def _check_note(top: Pointed, mapping: Mapping) -> None:
    scaled = any(
        isinstance(value, NumberValue) and value.scale != 1
        for _, value in times_of(mapping)
    )
    if scaled and not mapping.duration_note:
        top.note(
            "duration_note",
            "missing",
            "is missing: a scaled duration is a conversion, so say in words what one "
            "of the field's units stands for, such as «1 point = 0.5 days»",
        )


def times_of(mapping: Mapping) -> tuple[tuple[str, Value], ...]:
    """Give each value that is a length of time, with its pointer."""
    inputs = (
        (f"/cost_of_delay{pointer}", value)
        for pointer, _, value in model_values(mapping.cost_of_delay)
        if is_time(value)
    )
    return (("/duration", mapping.duration), *inputs)


def _read_field(at: Pointed | None) -> str | None:
    return None if at is None else at.text("field")


def _read_ranges(at: Pointed | None) -> Ranges | None:
    return None if at is None else read_ranges(at)


def _read_links(top: Pointed) -> tuple[LinkRule, ...]:
    if not top.has("links"):
        return ()
    rules: list[LinkRule] = []
    for at in top.open_list("links", most=MOST_LINKS):
        kind = at.text("type")
        if kind and any(rule.type == kind for rule in rules):
            at.note("type", "duplicate", f'is used twice: "{kind}"')
        side = at.choice("blocker", ("outward", "inward"))
        rules.append(LinkRule(kind, cast("Side", side)))
    return tuple(rules)


def _read_outputs(at: Pointed | None) -> Outputs:
    if at is None:
        return Outputs()
    return Outputs(**{part.name: at.maybe_text(part.name) for part in fields(Outputs)})


def _read_evidence(at: Pointed | None) -> EvidenceFields:
    if at is None:
        return EvidenceFields()
    return EvidenceFields(
        factors=_read_uses(at.maybe_open("factors"), FactorFields),
        insights=_read_uses(at.maybe_open("insights"), InsightFields),
        experiments=_read_uses(at.maybe_open("experiments"), ExperimentFields),
    )


def _read_uses(at: Pointed | None, kind: type[E]) -> E | None:
    if at is None:
        return None
    names = [part.name for part in fields(kind) if part.name != "jql"]
    jql = at.text("jql", longest=JQL_LIMIT)
    return kind(jql=jql, **{name: at.maybe_text(name) for name in names})


def write_mapping(mapping: Mapping) -> dict[str, Any]:
    """Write a mapping as JSON; what is written can be read again, unchanged."""
    written: dict[str, Any] = {
        "cost_of_delay": write_model(mapping.cost_of_delay),
        "duration": write_value(mapping.duration, "unit"),
        "sprint_weeks": mapping.sprint_weeks,
    }
    for role in ("deadline", "penalty", "team"):
        name = getattr(mapping, role)
        if name is not None:
            written[role] = {"field": name}
    if mapping.profile is not None:
        written["profile"] = write_profile_rule(mapping.profile)
    if mapping.duration_note:
        written["duration_note"] = mapping.duration_note
    written["links"] = [asdict(rule) for rule in mapping.links]
    written["outputs"] = _given(mapping.outputs)
    written["evidence"] = {
        part.name: _given(uses)
        for part in fields(mapping.evidence)
        if (uses := getattr(mapping.evidence, part.name)) is not None
    }
    if mapping.default_ranges is not None:
        written["default_ranges"] = write_ranges(mapping.default_ranges)
    return written


def _given(parts: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(parts).items() if value is not None}


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One field that a mapping uses.

    `types` are the kinds of Jira field that fit (`JiraField.kind`); none means any.
    """

    pointer: str
    field: str
    role: str
    types: tuple[str, ...] = ()
    output: bool = False


LEVEL: Final = (*CHOICE, *NUMBER, *TEXT)
EVIDENCE_TYPES: Final = MappingProxyType(
    {
        "category": (*CHOICE, *TEXT),
        "impact": LEVEL,
        "likelihood": LEVEL,
        "effect": (*CHOICE, *TEXT),
        "review": DATE,
        "noted": DATE,
        "control_people": NUMBER,
        "control_converted": NUMBER,
        "variant_people": NUMBER,
        "variant_converted": NUMBER,
    }
)


def mapping_fields(mapping: Mapping) -> tuple[FieldUse, ...]:
    """List every field that the mapping uses, inputs first."""
    return (
        *_cost_fields(mapping.cost_of_delay),
        *_value_fields(mapping.duration, "/duration", "duration"),
        *_other_fields(mapping),
        *_evidence_fields(mapping.evidence),
        *(
            FieldUse(f"/outputs/{name}", field, name, NUMBER, output=True)
            for name, field in _given(mapping.outputs).items()
        ),
    )


def _cost_fields(model: Model) -> Iterator[FieldUse]:
    for pointer, role, (key, field, types) in model_fields(model):
        yield FieldUse(f"/cost_of_delay{pointer}/{key}", field, role, types)


def _value_fields(value: Value, pointer: str, role: str) -> Iterator[FieldUse]:
    for key, field, types in value_fields(value):
        yield FieldUse(f"{pointer}/{key}", field, role, types)


def _other_fields(mapping: Mapping) -> Iterator[FieldUse]:
    if mapping.deadline is not None:
        yield FieldUse("/deadline/field", mapping.deadline, "deadline", DATE)
    if mapping.profile is not None:
        types = (*CHOICE, *TEXT)
        yield FieldUse("/profile/field", mapping.profile.field, "profile", types)
    if mapping.penalty is not None:
        yield FieldUse("/penalty/field", mapping.penalty, "penalty", NUMBER)
    if mapping.team is not None:
        yield FieldUse("/team/field", mapping.team, "team")


def _evidence_fields(evidence: EvidenceFields) -> Iterator[FieldUse]:
    for part in fields(evidence):
        uses = getattr(evidence, part.name)
        if uses is None:
            continue
        for name, field in _given(uses).items():
            if name != "jql":
                pointer = f"/evidence/{part.name}/{name}"
                yield FieldUse(pointer, field, name, EVIDENCE_TYPES.get(name, ()))
