"""Notes beside the backlog are read into values, and what they leave open is named."""

from dataclasses import replace
from datetime import date

import pytest

from scoring.evidence import Arm, Category, Evidence, Experiment, Factor, Insight
from scoring.item import Issue
from scoring.mapping import read_mapping
from scoring.reading.evidence import (
    read_evidence,
    read_experiments,
    read_factors,
    read_insights,
)
from scoring.roles import ExperimentFields, FactorFields, InsightFields

FACTORS = FactorFields(
    jql="project = P",
    category="category",
    impact="impact",
    likelihood="likelihood",
    effect="effect",
    horizon="horizon",
    trend="trend",
    evidence="evidence",
    owner="assignee",
    response="response",
    review="review",
)
INSIGHTS = InsightFields("project = I", "source", "kind", "theme", "noted")
EXPERIMENTS = ExperimentFields(
    jql="project = E",
    hypothesis="hypothesis",
    metric="metric",
    control_people="cp",
    control_converted="cc",
    variant_people="vp",
    variant_converted="vc",
    decision="decision",
)
LINKS = [
    {"id": "1", "type": {"id": "5"}, "outwardIssue": {"key": "AB-1"}},
    {"id": "2", "type": {"id": "6"}, "inwardIssue": {"key": "AB-2"}},
    {"id": "3", "type": {"id": "6"}, "inwardIssue": {"key": "ZZ-1"}},
]
KEYS = {"AB-1", "AB-2", "AB-3"}


def issue(**fields: object) -> Issue:
    return Issue(id="1", key="N-1", summary="Note", fields=fields)


def factor(**fields: object) -> Factor:
    (found,) = read_factors([issue(**fields)], FACTORS, KEYS)
    return found


def test_a_factor_is_read_whole() -> None:
    assert factor(
        category={"value": "Political"},
        impact={"value": "Very high"},
        likelihood=2.0,
        effect={"value": "Threat"},
        horizon={"value": "0-6 months"},
        trend={"value": "Increasing"},
        evidence="https://example.org/law",
        assignee={"accountId": "1", "displayName": "Ann"},
        response={"value": "Hedge"},
        review="2026-12-24",
        issuelinks=LINKS,
    ) == Factor(
        key="N-1",
        title="Note",
        category=Category.POLITICAL,
        impact=5,
        likelihood=2,
        threat=True,
        horizon="0-6 months",
        trend="Increasing",
        evidence="https://example.org/law",
        owner="Ann",
        response="Hedge",
        review=date(2026, 12, 24),
        touches=("AB-1", "AB-2"),
    )


@pytest.mark.parametrize(
    ("raw", "level"),
    [
        ({"value": "Very low"}, 1),
        ({"value": " LOW "}, 2),
        ({"value": "Medium"}, 3),
        ({"value": "High"}, 4),
        ({"value": "Very high"}, 5),
        ({"value": "4 - High"}, 4),
        ("3", 3),
        (1, 1),
        (5.0, 5),
        (2.5, None),
        (0, None),
        (6, None),
        (True, None),
        ({"value": "Undetermined"}, None),
        (None, None),
        ([], None),
    ],
)
def test_levels_run_from_one_to_five(raw: object, level: int | None) -> None:
    assert factor(impact=raw).impact == level


@pytest.mark.parametrize(
    ("raw", "category"),
    [
        ({"value": "Economic"}, Category.ECONOMIC),
        ("social", Category.SOCIAL),
        (["Technological"], Category.TECHNOLOGICAL),
        ({"value": "Environment"}, Category.ENVIRONMENTAL),
        ({"value": "LEGAL"}, Category.LEGAL),
        ({"value": "Weather"}, None),
    ],
)
def test_categories_are_known_by_name(raw: object, category: Category | None) -> None:
    assert factor(category=raw).category == category


def test_effects_are_threats_or_opportunities() -> None:
    assert factor(effect={"value": "Threat"}).threat is True
    assert factor(effect={"value": "Opportunity"}).threat is False
    assert factor(effect={"value": "Unknown"}).threat is None


def test_what_is_open_is_named_and_what_is_unreadable_quoted() -> None:
    assert factor().missing == (
        "category",
        "impact",
        "likelihood",
        "effect",
        "evidence",
        "owner",
        "response",
        "review",
    )
    assert factor(
        category={"value": "Weather"},
        impact={"value": "Undetermined"},
        likelihood={"value": "High"},
        effect={"value": "Threat"},
        evidence="x",
        assignee={"displayName": "Ann"},
        response="Monitor",
        review="some day",
    ).missing == (
        'category ("Weather" is not known)',
        "impact",
        'review ("some day" is not known)',
    )


def test_only_what_places_a_factor_is_missed_where_nothing_is_mapped() -> None:
    (found,) = read_factors([issue()], FactorFields("project = P"), KEYS)
    assert found.missing == ("category", "impact", "likelihood")


def test_an_insights_strength_follows_from_its_kind() -> None:
    (found,) = read_insights(
        [
            issue(
                source={"value": "Sundvik"},
                kind={"value": "Anecdotal evidence"},
                theme=["Waiting"],
                noted="2026-11-01",
                issuelinks=LINKS,
            )
        ],
        INSIGHTS,
        KEYS,
    )
    assert found == Insight(
        key="N-1",
        title="Note",
        source="Sundvik",
        kind="Anecdotal evidence",
        strength=0.5,
        theme="Waiting",
        noted=date(2026, 11, 1),
        touches=("AB-1", "AB-2"),
    )


def test_kinds_of_evidence_are_as_strong_as_gilad_has_them() -> None:
    kinds = [
        "Self-conviction",
        "Pitch deck",
        "Thematic support",
        "Other people’s opinion",
        "Estimates and plans",
        "Anecdotal evidence",
        "Market data",
        "User evidence",
        "Test results",
        "Launch data",
    ]
    notes = [issue(kind={"value": kind}) for kind in kinds]
    strengths = [found.strength for found in read_insights(notes, INSIGHTS, KEYS)]
    assert strengths == [0.01, 0.03, 0.03, 0.1, 0.4, 0.5, 1, 3, 4, 10]
    (unknown,) = read_insights([issue(kind="Horoscope")], INSIGHTS, KEYS)
    assert (unknown.kind, unknown.strength) == ("Horoscope", None)


def experiment(**fields: object) -> Experiment:
    (found,) = read_experiments([issue(**fields)], EXPERIMENTS, KEYS)
    return found


def test_an_experiment_is_read_with_its_arms() -> None:
    found = experiment(
        hypothesis="If so, then so",
        metric="Rate",
        cp=100,
        cc=10.0,
        vp=90,
        vc=0,
        issuelinks=LINKS,
    )
    assert (found.control, found.variant) == (Arm(100, 10), Arm(90, 0))
    assert (found.hypothesis, found.metric) == ("If so, then so", "Rate")
    assert found.touches == ("AB-1", "AB-2")


@pytest.mark.parametrize(
    ("people", "converted"),
    [(None, 1), (10, None), (10, 11), (10, -1), (10.5, 1), (10, 1.5), ("10", 1)],
)
def test_counts_that_cannot_be_are_no_arm(people: object, converted: object) -> None:
    assert experiment(cp=people, cc=converted).control is None


def test_an_experiment_runs_until_it_is_done_or_decided() -> None:
    assert experiment().running
    (done,) = read_experiments([replace(issue(), done=True)], EXPERIMENTS, KEYS)
    assert not done.running
    decided = experiment(decision={"value": "Ship"})
    assert (decided.running, decided.decision) == (False, "Ship")


def test_all_evidence_is_read_by_the_mapping() -> None:
    raw = {
        "cost_of_delay": {
            "model": "direct",
            "value": {"read": "number", "field": "c", "per": "week"},
        },
        "duration": {"read": "number", "field": "d", "unit": "weeks"},
    }
    notes = [issue(kind="Launch data")]
    none = read_evidence(read_mapping(raw), insights=notes, keys=KEYS)
    assert none == Evidence()
    raw["evidence"] = {"insights": {"jql": "project = I", "kind": "kind"}}
    some = read_evidence(
        read_mapping(raw), factors=notes, insights=notes, experiments=notes, keys=KEYS
    )
    assert [insight.strength for insight in some.insights] == [10]
    assert (some.factors, some.experiments) == ((), ())
