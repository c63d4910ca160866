"""PESTEL factors, insights and experiments, read from issues of their own."""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Object
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from scoring.evidence import Arm, Category, Evidence, Experiment, Factor, Insight
from scoring.item import Issue
from scoring.mapping import Mapping
from scoring.pointed import finite, fold
from scoring.reading.links import linked_keys
from scoring.reading.shown import quote, shown_date, shown_text
from scoring.roles import ExperimentFields, FactorFields, InsightFields

CATEGORIES: Final[Object[str, Category]] = MappingProxyType(
    {
        **{category.value: category for category in Category},
        **dict.fromkeys(("politics", "policy"), Category.POLITICAL),
        **dict.fromkeys(("economy", "economical", "economics"), Category.ECONOMIC),
        **dict.fromkeys(
            ("society", "sociocultural", "socio-cultural"), Category.SOCIAL
        ),
        **dict.fromkeys(("technology", "technical", "tech"), Category.TECHNOLOGICAL),
        **dict.fromkeys(("environment", "ecological"), Category.ENVIRONMENTAL),
        **dict.fromkeys(("law", "legislation", "regulatory"), Category.LEGAL),
    }
)
LEVELS: Final[Object[str, int]] = MappingProxyType(
    {
        **dict.fromkeys(("very low", "lowest", "very unlikely", "rare"), 1),
        **dict.fromkeys(("low", "minor", "unlikely"), 2),
        **dict.fromkeys(("medium", "moderate", "possible"), 3),
        **dict.fromkeys(("high", "major", "likely"), 4),
        **dict.fromkeys(("very high", "highest", "very likely", "almost certain"), 5),
        **{str(level): level for level in range(1, 6)},
    }
)
UNDETERMINED: Final = frozenset({"undetermined", "unknown", "none", "?", "tbd"})
THREATS: Final[Object[str, bool]] = MappingProxyType(
    {
        **dict.fromkeys(("threat", "risk", "negative"), True),
        **dict.fromkeys(("opportunity", "chance", "positive"), False),
    }
)

# Gilad's confidence meter (Evidence Guided, 2023), the lower end of each range: what a
# kind of evidence can carry, from one's own conviction to what a launch has shown.
STRENGTHS: Final[Object[str, float]] = MappingProxyType(
    {
        **dict.fromkeys(("own conviction", "self-conviction", "self conviction"), 0.01),
        **dict.fromkeys(("pitch deck", "thematic support", "strategy"), 0.03),
        **dict.fromkeys(("opinion", "other people's opinion", "expert opinion"), 0.1),
        **dict.fromkeys(("assessment", "estimate", "estimates and plans"), 0.4),
        **dict.fromkeys(("anecdotal", "anecdote", "anecdotal evidence"), 0.5),
        **dict.fromkeys(("customer request", "support ticket", "sales call"), 0.5),
        **dict.fromkeys(("market data", "survey", "smoke test"), 1.0),
        **dict.fromkeys(("customer evidence", "user evidence"), 3.0),
        **dict.fromkeys(("interviews", "usability study", "product data"), 3.0),
        **dict.fromkeys(("test", "test results", "a/b test", "experiment"), 4.0),
        **dict.fromkeys(("launch data", "launch"), 10.0),
    }
)


@dataclass(frozen=True, slots=True)
class _Reader:
    """The fields of one issue, asked for by id; what is not mapped is empty."""

    fields: Object[str, object]

    def raw(self, field: str | None) -> object:
        return None if field is None else self.fields.get(field)

    def text(self, field: str | None) -> str:
        return shown_text(self.raw(field))


def read_evidence(
    mapping: Mapping,
    *,
    factors: Sequence[Issue] = (),
    insights: Sequence[Issue] = (),
    experiments: Sequence[Issue] = (),
    keys: Collection[str],
) -> Evidence:
    """Read all that the mapping names; `keys` are the backlog's issues."""
    uses = mapping.evidence
    return Evidence(
        factors=read_factors(factors, uses.factors, keys) if uses.factors else (),
        insights=read_insights(insights, uses.insights, keys) if uses.insights else (),
        experiments=read_experiments(experiments, uses.experiments, keys)
        if uses.experiments
        else (),
    )


def read_factors(
    issues: Sequence[Issue], uses: FactorFields, keys: Collection[str]
) -> tuple[Factor, ...]:
    """Read PESTEL factors; `missing` names each part that is open or unreadable."""
    return tuple(_read_factor(issue, uses, frozenset(keys)) for issue in issues)


def _read_factor(issue: Issue, uses: FactorFields, keys: Collection[str]) -> Factor:
    at = _Reader(issue.fields)
    factor = Factor(
        key=issue.key,
        title=issue.summary,
        category=CATEGORIES.get(fold(at.text(uses.category))),
        impact=_level(at.raw(uses.impact)),
        likelihood=_level(at.raw(uses.likelihood)),
        threat=THREATS.get(fold(at.text(uses.effect))),
        horizon=at.text(uses.horizon),
        trend=at.text(uses.trend),
        evidence=at.text(uses.evidence),
        owner=at.text(uses.owner),
        response=at.text(uses.response),
        review=shown_date(at.raw(uses.review)),
        touches=_touches(issue, keys),
    )
    return _with_missing(factor, uses, at)


def _with_missing(factor: Factor, uses: FactorFields, at: _Reader) -> Factor:
    """Name what is open: always what places a factor, the rest where it is mapped."""
    needed = {"category": uses.category, "impact": uses.impact}
    needed["likelihood"] = uses.likelihood
    others = ("effect", "evidence", "owner", "response", "review")
    needed |= {name: f for name in others if (f := getattr(uses, name)) is not None}
    missing = []
    for name, field in needed.items():
        value = getattr(factor, "threat" if name == "effect" else name)
        if value is None or value == "":
            said = at.text(field)
            open_ = not said or fold(said) in UNDETERMINED
            missing.append(name if open_ else f"{name} ({quote(said)} is not known)")
    return replace(factor, missing=tuple(missing))


def _level(raw: object) -> int | None:
    """Read a level from 1 to 5: a number, or an option such as «High» or «4 - High»."""
    number = finite(raw)
    if number is not None:
        return int(number) if number in range(1, 6) else None
    said = fold(shown_text(raw))
    head, _, _ = said.partition(" ")
    return LEVELS.get(said, LEVELS.get(head if head.isdecimal() else ""))


def _touches(issue: Issue, keys: Collection[str]) -> tuple[str, ...]:
    return tuple(key for key in linked_keys(issue) if key in keys)


def read_insights(
    issues: Sequence[Issue], uses: InsightFields, keys: Collection[str]
) -> tuple[Insight, ...]:
    """Read insights; how strong one is follows from its kind and is never typed."""
    return tuple(_read_insight(issue, uses, frozenset(keys)) for issue in issues)


def _read_insight(issue: Issue, uses: InsightFields, keys: Collection[str]) -> Insight:
    at = _Reader(issue.fields)
    kind = at.text(uses.kind)
    return Insight(
        key=issue.key,
        title=issue.summary,
        source=at.text(uses.source),
        kind=kind,
        strength=STRENGTHS.get(fold(kind).replace("’", "'")),
        theme=at.text(uses.theme),
        noted=shown_date(at.raw(uses.noted)),
        touches=_touches(issue, keys),
    )


def read_experiments(
    issues: Sequence[Issue], uses: ExperimentFields, keys: Collection[str]
) -> tuple[Experiment, ...]:
    """Read experiments; one runs until its issue is done or a decision stands there."""
    return tuple(_read_experiment(issue, uses, frozenset(keys)) for issue in issues)


def _read_experiment(
    issue: Issue, uses: ExperimentFields, keys: Collection[str]
) -> Experiment:
    at = _Reader(issue.fields)
    decision = at.text(uses.decision)
    control = at.raw(uses.control_people), at.raw(uses.control_converted)
    variant = at.raw(uses.variant_people), at.raw(uses.variant_converted)
    return Experiment(
        key=issue.key,
        title=issue.summary,
        hypothesis=at.text(uses.hypothesis),
        metric=at.text(uses.metric),
        control=_arm(*control),
        variant=_arm(*variant),
        decision=decision,
        running=not issue.done and not decision,
        touches=_touches(issue, keys),
    )


def _arm(people: object, converted: object) -> Arm | None:
    """Read one side, if its counts are whole and not more converted than took part."""
    all_of, some = finite(people), finite(converted)
    if all_of is None or some is None or not 0 <= some <= all_of:
        return None
    if not (all_of.is_integer() and some.is_integer()):
        return None
    return Arm(int(all_of), int(some))
