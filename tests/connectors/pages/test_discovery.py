"""The discovery page weighs each bet by its evidence, and tells experiments rightly."""

from dataclasses import replace
from datetime import date

import pytest

from connectors.pages.bets import Confidence, confidence, weigh_bets
from connectors.pages.discovery import build_discovery
from connectors.pages.page import Page
from scoring.evidence import Arm, Evidence, Experiment, Insight
from tests.connectors.pages.reading import table, told
from tests.connectors.pages.stock import origin, summary

QUOTE = Insight(
    key="TIDE-1",
    title="«I wait»",
    source="A guest",
    kind="Anecdotal evidence",
    strength=0.5,
    theme="Arrival",
    noted=date(2026, 10, 1),
    touches=("HARB-1", "HARB-2"),
)
HUNCH = replace(QUOTE, key="TIDE-2", kind="Hunch", strength=0.01, touches=("HARB-1",))
TEST = Experiment(
    key="TIDE-3",
    title="Deposit",
    control=Arm(2418, 2147),
    variant=Arm(2391, 2222),
    decision="Ship",
    running=False,
    touches=("HARB-1",),
)


def page(*insights: Insight, tests: tuple[Experiment, ...] = ()) -> Page:
    noted = Evidence(insights=insights, experiments=tests)
    return build_discovery(summary(), noted, origin())


@pytest.mark.parametrize(
    ("strength", "level"),
    [
        (None, Confidence.OPINION),
        (0.01, Confidence.OPINION),
        (0.1, Confidence.OPINION),
        (0.3, Confidence.ASSESSMENT),
        (0.5, Confidence.ASSESSMENT),
        (1.0, Confidence.DATA),
        (3.0, Confidence.DATA),
        (4.0, Confidence.TEST),
        (10.0, Confidence.TEST),
    ],
)
def test_confidence_follows_from_strength(
    strength: float | None, level: Confidence
) -> None:
    assert confidence(strength) is level


def test_the_strongest_evidence_counts() -> None:
    bets = weigh_bets(summary(), Evidence(insights=(HUNCH, QUOTE)))
    found = {bet.row.item.key: (bet.confidence, bet.strongest) for bet in bets}
    assert found == {
        "HARB-1": (Confidence.ASSESSMENT, "Anecdotal evidence"),
        "HARB-2": (Confidence.ASSESSMENT, "Anecdotal evidence"),
        "HARB-3": (Confidence.NONE, "No evidence yet"),
    }


@pytest.mark.parametrize(
    ("test", "level"),
    [
        (TEST, Confidence.TEST),
        (replace(TEST, running=True), Confidence.NONE),
        (replace(TEST, variant=None), Confidence.NONE),
        (replace(TEST, variant=Arm(0, 0)), Confidence.NONE),
    ],
)
def test_only_a_finished_experiment_is_a_test(
    test: Experiment, level: Confidence
) -> None:
    bets = {
        bet.row.item.key: bet
        for bet in weigh_bets(summary(), Evidence(experiments=(test,)))
    }
    assert bets["HARB-1"].confidence is level


def test_opportunities_show_what_rides_on_them() -> None:
    _, first, second = table(page(QUOTE, HUNCH), "Issue")
    assert first[:4] == [
        *("HARB-2 plain", "1", "€3,000", "assessmentYellow Anecdotal evidence")
    ]
    assert second[4] == "TIDE-1 «I wait» – A guestTIDE-2 «I wait» – A guest"


def test_dear_bets_without_evidence_stand_out() -> None:
    only_hunch = page(replace(HUNCH, touches=("HARB-1",)))
    text = told(only_hunch)
    after = text.partition("Biggest bets on the least evidence")[2]
    assert after.index("HARB-2") < after.index("HARB-1")
    assert "HARB-3" not in after.partition("What people say")[0]
    assert "0 of 3 scored issues rest on more than opinion." in text
    assert "The others stand for €3,850 a week" in text


def test_themes_count_an_issue_once() -> None:
    _, theme = table(page(QUOTE, HUNCH), "Theme")
    assert theme == [
        *("Arrival", "2", "1", "assessmentYellow", "2026-10-01"),
        *("HARB-1, HARB-2", "€4,000"),
    ]


def test_an_experiment_shows_its_difference() -> None:
    _, row = table(page(tests=(TEST,)), "Experiment")
    assert row[2:6] == [
        "88.8 % (2,147 of 2,418)",
        "92.9 % (2,222 of 2,391)",
        "+4.1 (+2.5 to +5.8)variant higherBlue",
        "ShipGreen",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"running": True}, "so far"),
        ({"variant": Arm(20, 18), "control": Arm(20, 17)}, "not told apart"),
        ({"variant": Arm(2391, 1900)}, "variant lower"),
        ({"variant": None}, "Both arms need their numbers"),
        ({"variant": Arm(5, 9)}, "These numbers cannot be"),
        ({"variant": Arm(2000, 1900)}, "this split is no chance"),
        ({"decision": ""}, "decision needed"),
        ({"hypothesis": ""}, "No hypothesis is written down."),
    ],
)
def test_an_experiment_says_what_is_wrong_with_it(
    change: dict[str, object], words: str
) -> None:
    test = replace(TEST, **change)  # type: ignore[arg-type]  # each its own field's type
    assert words in told(page(tests=(test,)))


def test_a_decision_that_is_needed_stands_first() -> None:
    open_end = replace(TEST, key="TIDE-9", decision="")
    made = page(tests=(TEST, open_end))
    assert [row[0][:6] for row in table(made, "Experiment")[1:]] == ["TIDE-9", "TIDE-3"]
    assert "1 waiting for a decision" in told(made)


def test_old_and_unlinked_insights_are_listed() -> None:
    old = replace(QUOTE, key="TIDE-5", noted=date(2026, 5, 26))
    edge = replace(QUOTE, key="TIDE-6", noted=date(2026, 5, 27))
    loose = replace(QUOTE, key="TIDE-7", touches=())
    stale = told(page(old, edge, loose)).partition("Stale evidence")[2]
    listed, _, adrift = stale.partition("Insights without an issue")
    assert "TIDE-5" in listed
    assert "TIDE-6" not in listed
    assert "TIDE-7" in adrift


def test_empty_parts_say_what_to_do_next() -> None:
    text = told(page())
    assert "The search for insights found none." in text
    bare = replace(origin(), insights="", experiments="")
    text = told(build_discovery(summary(), Evidence(), bare))
    assert "(evidence.insights)" in text
    assert "(evidence.experiments)" in text
