"""What people noted beside the backlog: PESTEL factors, insights and experiments."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Category(StrEnum):
    """The six kinds of outside influence (PESTEL)."""

    POLITICAL = "political"
    ECONOMIC = "economic"
    SOCIAL = "social"
    TECHNOLOGICAL = "technological"
    ENVIRONMENTAL = "environmental"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class Factor:
    """One outside influence; `impact` and `likelihood` run from 1 (low) to 5 (high).

    `touches` are the keys of the backlog's issues that it is linked to. `missing`
    names what the issue leaves open or says in a way that cannot be read.
    """

    key: str
    title: str
    category: Category | None
    impact: int | None = None
    likelihood: int | None = None
    threat: bool | None = None
    horizon: str = ""
    trend: str = ""
    evidence: str = ""
    owner: str = ""
    response: str = ""
    review: date | None = None
    touches: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Insight:
    """What one customer or source said, and which issues it speaks for.

    `strength` is Gilad's confidence, derived from the kind of evidence and never
    typed: 0.01 (own conviction) to 10 (launch data).
    """

    key: str
    title: str
    source: str = ""
    kind: str = ""
    strength: float | None = None
    theme: str = ""
    noted: date | None = None
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of an A/B test: how many took part and how many of them converted."""

    people: int
    converted: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """An A/B test, and the issues that its outcome bears on."""

    key: str
    title: str
    hypothesis: str = ""
    metric: str = ""
    control: Arm | None = None
    variant: Arm | None = None
    decision: str = ""
    running: bool = True
    touches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was noted beside one backlog."""

    factors: tuple[Factor, ...] = ()
    insights: tuple[Insight, ...] = ()
    experiments: tuple[Experiment, ...] = ()
