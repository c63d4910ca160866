"""WSJF is drafted where points count and each of its scores has a field."""

from app.api.suggestions import suggest
from scoring.item import Mode
from scoring.mapping import read_mapping
from scoring.modes import find_misfits
from scoring.reading.fields import JiraField
from scoring.roles import Direct, TextValue

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


WEEKS = FIELDS[3]
TEXT = JiraField("customfield_7", "What a delay costs", "string")
CLASS = JiraField("customfield_8", "Class of service", "option")


def roles(*fields: JiraField, **options: set[str]) -> dict[str, list[str]]:
    told = suggest(fields, (), Mode.MONEY, options)
    found: dict[str, list[str]] = {}
    for one in told.items:
        found.setdefault(one.role, []).append(one.field)
    return found


def test_a_text_about_money_is_offered_where_no_number_is_there() -> None:
    assert roles(TEXT)["cost_of_delay"] == ["customfield_7"]
    number = JiraField("customfield_9", "Cost of delay", "number")
    assert roles(TEXT, number)["cost_of_delay"] == ["customfield_9"]
    told = suggest([TEXT, WEEKS], (), Mode.MONEY)
    assert told.draft is not None
    value = read_mapping(told.draft).cost_of_delay
    assert value == Direct(TextValue("customfield_7", "week"))


def test_a_text_that_names_it_outright_comes_first_and_once() -> None:
    plain = JiraField("customfield_6", "Cost of delay", "string")
    assert roles(TEXT, plain)["cost_of_delay"] == ["customfield_6", "customfield_7"]


def test_a_field_of_profile_names_is_offered_whatever_it_is_called() -> None:
    kanban = {"Expedite", "Fixed date", "Standard", "Intangible"}
    assert roles(CLASS, customfield_8=kanban)["profile"] == ["customfield_8"]
    assert "profile" not in roles(CLASS)
    assert "profile" not in roles(CLASS, customfield_8={*kanban, "Sometime"})
    told = suggest([FIELDS[0], WEEKS, CLASS], (), Mode.MONEY, {CLASS.id: kanban})
    assert told.draft is not None
    assert told.draft["profile"] == {"field": "customfield_8"}


def test_seconds_of_time_tracking_are_no_weeks() -> None:
    estimate = JiraField("timeoriginalestimate", "Original estimate", "number")
    tracking = JiraField("timetracking", "Time tracking", "timetracking")
    assert roles(estimate, tracking)["duration"] == ["timetracking"]
