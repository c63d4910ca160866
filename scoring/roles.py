"""The parts of a mapping: which field plays a role, and how its value is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from scoring.formula.dimension import Dimension
from scoring.formula.expression import Expression

PER: Final = ("week", "day", "month", "quarter", "year")
UNITS: Final = ("weeks", "days", "months", "sprints")

# What else an input of a formula may be counted in; a share lies between 0 and 1.
MEASURES: Final = ("money", "points", "share", "percent", "number")

# Arnold's value framework, and the three scores of SAFe's WSJF: as mapped, as told.
BUCKETS: Final = MappingProxyType(
    {
        "increase": "increase revenue",
        "protect": "protect revenue",
        "reduce": "reduce costs",
        "avoid": "avoid costs",
    }
)
SCORES: Final = MappingProxyType(
    {
        "user_business_value": "user-business value",
        "time_criticality": "time criticality",
        "risk_opportunity": "risk reduction and opportunity enablement",
    }
)
# SAFe's modified Fibonacci scale, which a score's options have unless mapped otherwise.
FIBONACCI: Final = (1, 2, 3, 5, 8, 13, 20, 40, 100)

Combine: TypeAlias = Literal["only", "highest", "sum"]
Which: TypeAlias = Literal["original", "remaining"]
Side: TypeAlias = Literal["outward", "inward"]


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A number field.

    `unit` is one of `PER` for a cost, of `UNITS` for a duration, else of `MEASURES`.
    """

    field: str
    unit: str
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class TextValue:
    """A text that says an amount; a unit in the text wins over `unit`."""

    field: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class OptionValue:
    """A field of options, each worth a number; `combine` says what several mean."""

    field: str
    table: Mapping[str, float]
    unit: str
    combine: Combine = "only"


@dataclass(frozen=True, slots=True)
class TimeValue:
    """Jira's time tracking, which counts working time in seconds."""

    field: str = "timetracking"
    which: Which = "original"
    hours_per_day: float = 8.0
    days_per_week: float = 5.0


@dataclass(frozen=True, slots=True)
class DatesValue:
    """The calendar time from one date to the end of another."""

    start: str
    end: str


Value: TypeAlias = NumberValue | TextValue | OptionValue | TimeValue | DatesValue


@dataclass(frozen=True, slots=True)
class Direct:
    """Cost of delay stands in one field."""

    value: Value


@dataclass(frozen=True, slots=True)
class Part:
    """One named share of the cost of delay; only an optional one may be empty."""

    name: str
    value: Value
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """Cost of delay is the sum of named parts."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Cost of delay by value and urgency: `table[value][urgency]`, per `per`."""

    value: str
    urgency: str
    table: Mapping[str, Mapping[str, float]]
    per: str


@dataclass(frozen=True, slots=True)
class Buckets:
    """Cost of delay is the sum of Arnold's value buckets, as far as they are mapped.

    Each part is named by a key of `BUCKETS`. The cost that would be avoided counts by
    the probability of its coming about, which is there where that part is.
    """

    parts: tuple[Part, ...]
    probability: NumberValue | OptionValue | None = None


@dataclass(frozen=True, slots=True)
class Wsjf:
    """Cost of delay is the sum of SAFe's three scores, in points without a currency.

    Each part is named by a key of `SCORES`.
    """

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Formula:
    """Cost of delay is what an admin's formula makes of named inputs.

    The unit of each input's value says what it counts in, and `result` what comes out.
    A result in points counts per `per`; one that is per time already does not need it.
    """

    expression: Expression
    inputs: tuple[Part, ...]
    result: Dimension
    per: str = "week"


Model: TypeAlias = Direct | Sum | Table | Buckets | Wsjf | Formula


@dataclass(frozen=True, slots=True)
class LinkRule:
    """A link type that orders work, by id.

    The issue whose side reads the phrase named by `blocker` must come first: with
    `outward` the one that «blocks», with `inward` the one that «is needed by».
    """

    type: str
    blocker: Side


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """Where an issue's urgency profile stands, and which option means which.

    Without a table the options' own names say it. `weeks` is how long a profile takes,
    where its default does not fit.
    """

    field: str
    table: Mapping[str, str]
    weeks: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outputs:
    """Number fields of ours that are written back, as far as they are wanted."""

    score: str | None = None
    position: str | None = None
    delay_cost: str | None = None


@dataclass(frozen=True, slots=True)
class FactorFields:
    """Where PESTEL factors are found, and in which fields their parts stand."""

    jql: str
    category: str | None = None
    impact: str | None = None
    likelihood: str | None = None
    effect: str | None = None
    horizon: str | None = None
    trend: str | None = None
    evidence: str | None = None
    owner: str | None = None
    response: str | None = None
    review: str | None = None


@dataclass(frozen=True, slots=True)
class InsightFields:
    """Where insights are found, and in which fields their parts stand."""

    jql: str
    source: str | None = None
    kind: str | None = None
    theme: str | None = None
    noted: str | None = None


@dataclass(frozen=True, slots=True)
class ExperimentFields:
    """Where experiments are found, and in which fields their parts stand."""

    jql: str
    hypothesis: str | None = None
    metric: str | None = None
    control_people: str | None = None
    control_converted: str | None = None
    variant_people: str | None = None
    variant_converted: str | None = None
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFields:
    """What is read beside the backlog."""

    factors: FactorFields | None = None
    insights: InsightFields | None = None
    experiments: ExperimentFields | None = None
