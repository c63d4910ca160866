"""WSJF is drafted where points count and each of its scores has a field."""

from app.api.suggestions import suggest
from scoring.item import Mode
from scoring.mapping import read_mapping
from scoring.modes import find_misfits
from scoring.reading.fields import JiraField

FIELDS = (
    JiraField("customfield_1", "User-Business Value", "number"),
    JiraField("customfield_2", "Time Criticality", "number"),
    JiraField("customfield_3", "RR|OE", "number"),
    JiraField("customfield_4", "Duration in weeks", "number"),
)


def test_three_scores_make_a_draft_of_wsjf_that_fits() -> None:
    told = suggest(FIELDS, (), Mode.RELATIVE)
    assert told.draft is not None
    assert told.draft["cost_of_delay"] == {
        "model": "wsjf",
        "user_business_value": {"read": "number", "field": "customfield_1"},
        "time_criticality": {"read": "number", "field": "customfield_2"},
        "risk_opportunity": {"read": "number", "field": "customfield_3"},
    }
    model = read_mapping(told.draft).cost_of_delay
    assert not find_misfits(model, Mode.RELATIVE)
    assert find_misfits(model, Mode.MONEY)


def test_scores_are_no_matter_where_money_counts() -> None:
    told = suggest(FIELDS, (), Mode.MONEY)
    assert not {one.role for one in told.items} & {"time_criticality"}
    assert told.draft is not None
    assert told.draft["cost_of_delay"]["model"] == "direct"


def test_without_each_score_the_draft_is_direct() -> None:
    told = suggest([FIELDS[0], FIELDS[3]], (), Mode.RELATIVE)
    assert ("user_business_value", "customfield_1") in {
        (one.role, one.field) for one in told.items
    }
    assert told.draft is not None
    assert told.draft["cost_of_delay"]["model"] == "direct"
