"""Whether a mapping fits the site: its fields exist and can play their roles."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from scoring.item import Mode
from scoring.mapping import FieldUse, Mapping, mapping_fields, times_of
from scoring.modes import find_misfits
from scoring.pointed import Problem, fold, step
from scoring.reading.fields import JiraField, LinkType
from scoring.roles import LinkRule, OptionValue

MOST_CANDIDATES: Final = 10
CLOSE: Final = 0.5  # how alike two names must be for one to be offered for the other


def check_mapping(
    mapping: Mapping,
    fields: Sequence[JiraField],
    link_types: Sequence[LinkType],
    mode: Mode | None = None,
) -> tuple[Problem, ...]:
    """Find the fields and link types that are missing, ambiguous or of a wrong type.

    Where the backlog's mode is given, find too what counts in money in a backlog of
    points, or in points in one of money.
    """
    uses = mapping_fields(mapping)
    return (
        *(find_misfits(mapping.cost_of_delay, mode) if mode else ()),
        *(problem for use in uses for problem in _check_use(use, fields)),
        *_check_outputs(uses),
        *_check_points(mapping, uses, fields),
        *_check_lengths(mapping),
        *(
            problem
            for place, rule in enumerate(mapping.links)
            for problem in _check_link(f"/links/{place}/type", rule, link_types)
        ),
    )


def _check_use(use: FieldUse, fields: Sequence[JiraField]) -> Iterator[Problem]:
    field = next((f for f in fields if f.id == use.field), None)
    if field is None:
        yield _not_found(use, fields)
    elif use.output and not (field.custom and field.kind == "number"):
        needed = "a custom number field made for this alone"
        yield _wrong_type(use, field, needed, [f for f in fields if f.custom])
    elif use.types and field.kind not in use.types:
        yield _wrong_type(use, field, " or ".join(use.types), fields)


def _not_found(use: FieldUse, fields: Sequence[JiraField]) -> Problem:
    same = [f for f in fields if fold(f.name) == fold(use.field)]
    if len(same) > 1:
        return _problem(
            use.pointer,
            "field_ambiguous",
            f'"{use.field}" names {len(same)} fields; give the id of one of them',
            same,
        )
    if same:
        message = f'"{use.field}" is a name; give the id'
        return _problem(use.pointer, "field_missing", message, same)
    close = _closest(use.field, fields, use.types)
    message = f'there is no field "{use.field}" that we can see on this site'
    return _problem(use.pointer, "field_missing", message, close)


def _wrong_type(
    use: FieldUse, field: JiraField, needed: str, fields: Sequence[JiraField]
) -> Problem:
    fit = _closest(field.name, [f for f in fields if f.kind in use.types], use.types)
    message = f"{field} cannot be read as the {use.role.replace('_', ' ')}"
    if use.output:
        message = f"{field} cannot be written to"
    return _problem(use.pointer, "field_type", f"{message}: it takes {needed}", fit)


def _closest(
    name: str, fields: Sequence[JiraField], types: Sequence[str]
) -> list[JiraField]:
    """Find the fields with the most similar names, those of a fit type first."""
    names = {fold(f.name) for f in fields}
    close = get_close_matches(fold(name), names, MOST_CANDIDATES, CLOSE)
    found = [f for near in close for f in fields if fold(f.name) == near]
    # Where no name is near, a fitting type is better than no help.
    found = found or [f for f in fields if f.kind in types]
    return sorted(found, key=lambda f: bool(types) and f.kind not in types)


def _problem(
    pointer: str,
    code: str,
    message: str,
    candidates: Sequence[JiraField] | Sequence[LinkType],
) -> Problem:
    told = tuple(str(candidate) for candidate in candidates[:MOST_CANDIDATES])
    if told:
        message = f"{message}; candidates: {', '.join(told)}"
    return Problem(pointer, code, message, told)


def _check_outputs(uses: Sequence[FieldUse]) -> Iterator[Problem]:
    inputs = {use.field: use for use in reversed(uses) if not use.output}
    outputs = [use for use in uses if use.output]
    often = Counter(use.field for use in outputs)
    for use in outputs:
        if use.field in inputs:
            other = inputs[use.field].pointer
            message = f"{use.field} is read at {other}; write to another field"
            yield Problem(use.pointer, "output_is_input", message)
        if often[use.field] > 1:
            message = f"{use.field} is written twice; give each output its own field"
            yield Problem(use.pointer, "output_twice", message)


def _check_points(
    mapping: Mapping, uses: Sequence[FieldUse], fields: Sequence[JiraField]
) -> Iterator[Problem]:
    """Refuse sizes of work as lengths of time, unless their conversion is written."""
    if mapping.duration_note:
        return
    points = {f.id: f for f in fields if _holds_points(f)}
    times = tuple(f"{at}/" for at, _ in times_of(mapping))
    for use in uses:
        if use.pointer.startswith(times) and use.field in points:
            yield Problem(
                "/duration_note",
                "points_without_note",
                f"{points[use.field]} holds effort, not duration; say here how it is "
                "converted, such as «1 point = 0.5 days»",
            )


def _check_lengths(mapping: Mapping) -> Iterator[Problem]:
    """Refuse options that would take no time: each issue with one would be a gap."""
    for at, value in times_of(mapping):
        table = value.table if isinstance(value, OptionValue) else {}
        for option, weeks in table.items():
            if weeks <= 0:
                pointer = step(f"{at}/table", option)
                yield Problem(pointer, "range", "must be above 0: work takes time")


def _holds_points(field: JiraField) -> bool:
    return (
        field.custom_type.endswith(":jsw-story-points")
        or "story point" in field.name.casefold()
        or "job size" in field.name.casefold()  # what SAFe divides by
    )


def _check_link(
    pointer: str, rule: LinkRule, link_types: Sequence[LinkType]
) -> Iterator[Problem]:
    found = next((t for t in link_types if t.id == rule.type), None)
    if found is None:
        yield _link_not_found(pointer, rule, link_types)
    elif fold(found.inward) == fold(found.outward):
        message = f"{found} reads the same from both ends, so it cannot order work"
        yield Problem(pointer, "link_type_undirected", message)


def _link_not_found(
    pointer: str, rule: LinkRule, link_types: Sequence[LinkType]
) -> Problem:
    same = [t for t in link_types if fold(t.name) == fold(rule.type)]
    if len(same) > 1:
        message = f'"{rule.type}" names {len(same)} link types; give the id of one'
        return _problem(pointer, "link_type_ambiguous", message, same)
    message = f'there is no link type "{rule.type}" on this site; give the id of one'
    return _problem(pointer, "link_type_missing", message, same or link_types)
