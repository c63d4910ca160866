"""Whether the options that a mapping's tables name are those that the site has."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from scoring import mapping as mappings
from scoring.models import model_values
from scoring.pointed import Problem, fold, step
from scoring.roles import Buckets, OptionValue, Table
from scoring.values import SCALE

MOST_CANDIDATES: Final = 10
_CLOSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class OptionTable:
    """A table that an admin wrote: where it stands, of which field, which options."""

    pointer: str
    field: str
    options: tuple[str, ...]


def option_tables(mapping: mappings.Mapping) -> tuple[OptionTable, ...]:
    """List the tables of options; WSJF's own scale is nobody's choice of options."""
    return (*_cost_tables(mapping), *_other_tables(mapping))


def check_options(
    mapping: mappings.Mapping, known: Mapping[str, Collection[str]]
) -> tuple[Problem, ...]:
    """Find the options that their field does not have.

    `known` are the options by field id, as far as they could be read: of a field that
    it lacks nothing is said.
    """
    return tuple(
        _problem(table, option, known[table.field])
        for table in option_tables(mapping)
        if known.get(table.field)
        for option in table.options
        if fold(option) not in {fold(name) for name in known[table.field]}
    )


def _cost_tables(mapping: mappings.Mapping) -> Iterator[OptionTable]:
    model, at = mapping.cost_of_delay, "/cost_of_delay"
    if isinstance(model, Table):
        yield OptionTable(f"{at}/table", model.value, tuple(model.table))
        for row, cells in model.table.items():
            yield OptionTable(step(f"{at}/table", row), model.urgency, tuple(cells))
    for pointer, _, value in model_values(model):
        if isinstance(value, OptionValue) and dict(value.table) != dict(SCALE):
            yield _table(at + pointer, value)
    if isinstance(model, Buckets) and isinstance(model.probability, OptionValue):
        yield _table(f"{at}/avoid/probability", model.probability)


def _other_tables(mapping: mappings.Mapping) -> Iterator[OptionTable]:
    if isinstance(mapping.duration, OptionValue):
        yield _table("/duration", mapping.duration)
    if mapping.profile is not None and mapping.profile.table:
        rule = mapping.profile
        yield OptionTable("/profile/table", rule.field, tuple(rule.table))


def _table(pointer: str, value: OptionValue) -> OptionTable:
    return OptionTable(f"{pointer}/table", value.field, tuple(value.table))


def _problem(table: OptionTable, option: str, known: Collection[str]) -> Problem:
    names = sorted(known)
    near = get_close_matches(option, names, MOST_CANDIDATES, _CLOSE)
    told = tuple(dict.fromkeys([*near, *names]))[:MOST_CANDIDATES]
    message = f'{table.field} has no option "{option}"; it has {", ".join(told)}'
    return Problem(step(table.pointer, option), "option_missing", message, told)
