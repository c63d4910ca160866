"""A mapping is suggested, tried on real issues, held against the site, then kept."""

from typing import Any

import pytest

from app.books.keys import Role
from tests.app.api.conftest import BACKLOG, MAPPING, SITE, Api

PATH = "/backlogs/alphabet/mapping"
COST = MAPPING["cost_of_delay"]


@pytest.fixture
def unmapped(api: Api) -> Api:
    api.make("/sites", SITE)
    api.make("/backlogs", BACKLOG)
    return api


def test_before_the_first_there_is_none(unmapped: Api) -> None:
    none = unmapped.call("GET", PATH)
    assert (none.status_code, none.json()["code"]) == (404, "no_mapping")
    assert "suggestions" in none.json()["detail"]
    assert unmapped.read(PATH + "/versions")["items"] == []


def test_the_first_is_made_without_a_precondition(unmapped: Api) -> None:
    assert unmapped.call("PUT", PATH, MAPPING, If_Match='"3"').status_code == 412
    made = unmapped.call("PUT", PATH, MAPPING)
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    assert unmapped.call("PUT", PATH, MAPPING).status_code == 428


def test_the_tag_of_none_makes_the_first_one_only(unmapped: Api) -> None:
    tag = unmapped.call("GET", PATH).headers["ETag"]
    assert unmapped.call("PUT", PATH, MAPPING, If_Match=tag).status_code == 201
    assert unmapped.call("PUT", PATH, MAPPING, If_Match=tag).status_code == 412


def test_names_become_ids(unmapped: Api) -> None:
    named = MAPPING | {
        "cost_of_delay": {
            "model": "direct",
            "value": COST["value"] | {"field": "cost of delay"},
        },
        "links": [{"type": "blocks", "blocker": "outward"}],
    }
    unmapped.call("PUT", PATH, named)
    kept = unmapped.read(PATH)
    assert kept["cost_of_delay"]["value"]["field"] == "customfield_10101"
    assert kept["links"] == [{"type": "10000", "blocker": "outward"}]


def wrong(**more: object) -> dict[str, Any]:
    return MAPPING | more


REFUSED: list[tuple[dict[str, Any], str, str, str]] = [
    (
        wrong(deadline={"field": "Cost of dely"}),
        "/deadline/field",
        "field_missing",
        "customfield_10101",
    ),
    (
        wrong(deadline={"field": "customfield_10101"}),
        "/deadline/field",
        "field_type",
        "",
    ),
    (
        wrong(outputs={"score": "customfield_10101"}),
        "/outputs/score",
        "output_is_input",
        "",
    ),
    (
        wrong(links=[{"type": "Bloks", "blocker": "outward"}]),
        "/links/0/type",
        "link_type_missing",
        "Blocks",
    ),
    (wrong(unknown=1), "/unknown", "unknown", ""),
    ({"duration": MAPPING["duration"]}, "/cost_of_delay", "missing", ""),
]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("where", ["", "/preview"])
def test_what_does_not_fit_is_refused_with_candidates(
    unmapped: Api,
    where: str,
    case: tuple[dict[str, Any], str, str, str],
) -> None:
    body, pointer, code, candidate = case
    method = "POST" if where else "PUT"
    refused = unmapped.call(method, PATH + where, body)
    assert refused.status_code == 422
    errors = {error["pointer"]: error for error in refused.json()["errors"]}
    assert errors[pointer]["code"] == code
    assert candidate in "".join(errors[pointer].get("candidates", []))
    assert unmapped.call("GET", PATH).status_code == 404


SCORE = {"read": "number", "field": "customfield_10101"}
WSJF = {
    "model": "wsjf",
    "user_business_value": SCORE,
    "time_criticality": SCORE,
    "risk_opportunity": SCORE,
}


@pytest.mark.parametrize("where", ["", "/preview"])
def test_points_are_refused_where_money_counts(unmapped: Api, where: str) -> None:
    method = "POST" if where else "PUT"
    refused = unmapped.call(method, PATH + where, wrong(cost_of_delay=WSJF))
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/cost_of_delay/model", "mode")


def test_wsjf_is_kept_where_points_count(unmapped: Api) -> None:
    points = {key: part for key, part in BACKLOG.items() if key != "currency"}
    unmapped.make("/backlogs", {**points, "name": "Points", "mode": "relative"})
    path = "/backlogs/points/mapping"
    saved = unmapped.call("PUT", path, wrong(cost_of_delay=WSJF))
    assert saved.status_code == 201, saved.text
    assert unmapped.read(path)["cost_of_delay"] == WSJF


def test_a_formula_is_refused_with_its_column(unmapped: Api) -> None:
    value = {"read": "number", "field": "customfield_10101"}
    model = {
        "model": "formula",
        "expression": "rate + lump",
        "inputs": {
            "rate": {**value, "per": "week"},
            "lump": {**value, "unit": "money"},
        },
    }
    refused = unmapped.call("PUT", PATH, wrong(cost_of_delay=model))
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/cost_of_delay/expression", "unit")
    assert "column 6" in str(error)
    right = {**model, "expression": "rate + lump / (4 * week)"}
    assert unmapped.call("PUT", PATH, wrong(cost_of_delay=right)).status_code == 201


def test_the_same_again_makes_no_version_and_wakes_nobody(unmapped: Api) -> None:
    unmapped.call("PUT", PATH, MAPPING)
    before = unmapped.read("/audit")["items"]
    again = unmapped.change("PUT", PATH, MAPPING)
    assert (again.status_code, again.headers["ETag"]) == (200, '"1"')
    assert unmapped.read("/audit")["items"] == before


def test_versions_are_kept_with_who_saved_them(unmapped: Api) -> None:
    unmapped.call("PUT", PATH, MAPPING)
    unmapped.clock.wait(hours=1)
    unmapped.change("PUT", PATH, wrong(sprint_weeks=3))
    newest, oldest = unmapped.read(PATH + "/versions")["items"]
    assert (newest["version"], oldest["version"]) == (2, 1)
    assert newest["mapping"]["sprint_weeks"] == 3
    assert newest["saved_at"] == "2026-11-02T10:00:00Z"
    assert newest["saved_by"].startswith(f"{Role.ADMIN} (key_")
    piece = unmapped.read(PATH + "/versions?limit=1")
    assert [one["version"] for one in piece["items"]] == [2]
    rest = unmapped.read(f"{PATH}/versions?cursor={piece['next_cursor']}")
    assert [one["version"] for one in rest["items"]] == [1]


def test_saving_has_the_backlog_looked_at(unmapped: Api) -> None:
    unmapped.call("PUT", PATH, MAPPING)
    with unmapped.parts.database.transaction() as connection:
        now = unmapped.clock()
        [due] = unmapped.parts.marks.due(connection, now=now, limit=9)
    assert due.backlog == "alphabet"


def test_a_preview_tells_values_and_gaps_and_writes_nothing(unmapped: Api) -> None:
    small = wrong(duration=MAPPING["duration"] | {"table": {"L": 4}})
    ladder = wrong(links=[{"type": "10000", "blocker": "outward"}])
    all_gaps = unmapped.call("POST", PATH + "/preview?limit=2", small).json()
    assert (all_gaps["issues"], all_gaps["items"]) == (2, [])
    assert [gap["key"] for gap in all_gaps["gaps"]] == ["AB-1", "AB-2"]
    assert all(gap["role"] == "duration" for gap in all_gaps["gaps"])
    tried = unmapped.call("POST", PATH + "/preview", ladder).json()
    third = next(item for item in tried["items"] if item["key"] == "AB-3")
    assert (third["cost_of_delay"], third["duration"]) == (3000, 1)
    assert {source["role"] for source in third["sources"]} == {
        "cost_of_delay",
        "duration",
    }
    assert {"blocker": "AB-3", "blocked": "AB-1"} in tried["links"]
    assert unmapped.call("GET", PATH).status_code == 404
    assert {request.method for request in unmapped.asked} <= {"GET", "POST"}
    assert not [one for one in unmapped.asked if one.url.path.endswith("/rank")]


def test_default_ranges_are_previewed_and_come_back_unchanged(unmapped: Api) -> None:
    low, high = (
        {"low": 0.5, "high": 2.0, "count": 20},
        {"low": 1, "high": 4, "count": 9},
    )
    classes = [{"name": "up to 2", "up_to": 2, **low}, {"name": "over 2", **high}]
    ranges = {"by": "quartile", "classes": classes, "all": low, "origin": "29 issues"}
    body = wrong(default_ranges=ranges)
    tried = unmapped.call("POST", PATH + "/preview", body).json()
    [told] = [s for s in tried["items"][0]["sources"] if s["role"] == "duration"]
    assert "weeks by default, from 29 issues" in told["formula"]
    assert unmapped.call("PUT", PATH, body).status_code == 201
    kept = unmapped.call("GET", PATH)
    assert kept.json()["default_ranges"] == ranges
    tag = kept.headers["ETag"]
    again = unmapped.call("PUT", PATH, kept.json(), If_Match=tag)
    assert (again.json(), again.headers["ETag"]) == (kept.json(), tag)


def test_a_preview_reads_few_issues(unmapped: Api) -> None:
    too_many = unmapped.call("POST", PATH + "/preview?limit=51", MAPPING)
    assert too_many.status_code == 422


def test_suggestions_come_from_names_and_types(unmapped: Api) -> None:
    told = unmapped.read(PATH + "/suggestions")
    found = {(item["role"], item["field"]) for item in told["items"]}
    assert ("cost_of_delay", "customfield_10101") in found
    assert ("duration", "customfield_10102") in found
    assert ("deadline", "duedate") in found
    assert ("score", "customfield_10201") in found
    assert ("cost_of_delay", "customfield_10201") not in found


def test_a_draft_may_be_put_as_it_is(unmapped: Api) -> None:
    draft = unmapped.read(PATH + "/suggestions")["draft"]
    assert draft is not None
    assert draft["links"] == [{"type": "10000", "blocker": "outward"}]
    saved = unmapped.call("PUT", PATH, draft)
    assert saved.status_code == 201, saved.text
