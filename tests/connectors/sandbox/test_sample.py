"""The sample backlog is consistent: what it names exists, what it holds fits."""

from datetime import date, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.sandbox.app import create_sandbox
from connectors.sandbox.sample import AS_OF, sample, sample_backlog, sample_mapping
from scoring.mapping import read_mapping
from scoring.reading.evidence import STRENGTHS

NUMBERS = (int, float)
BUILT_IN = {"duedate", "assignee"}


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    return sample()


def names(seed: dict[str, Any], part: str, name: str) -> list[str]:
    return [thing[name] for thing in seed[part]]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("accounts", "accountId"),
        ("accounts", "email"),
        ("projects", "key"),
        ("projects", "id"),
        ("issuetypes", "id"),
        ("issuetypes", "name"),
        ("statuses", "id"),
        ("fields", "id"),
        ("fields", "name"),
        ("linktypes", "id"),
        ("boards", "id"),
        ("issues", "key"),
        ("issues", "summary"),
        ("spaces", "id"),
        ("spaces", "key"),
    ],
)
def test_nothing_is_named_twice(seed: dict[str, Any], part: str, name: str) -> None:
    found = names(seed, part, name)
    assert len(found) == len(set(found))


def test_issues_name_what_exists(seed: dict[str, Any]) -> None:
    people = {*names(seed, "accounts", "accountId"), None}
    for issue in seed["issues"]:
        assert issue["key"].split("-")[0] in names(seed, "projects", "key")
        assert issue["type"] in names(seed, "issuetypes", "name")
        assert issue["status"] in names(seed, "statuses", "name")
        assert {issue["reporter"], issue["assignee"]} <= people
        assert issue["fields"].keys() <= set(names(seed, "fields", "id"))


def test_links_join_two_issues_of_the_sample(seed: dict[str, Any]) -> None:
    keys = names(seed, "issues", "key")
    for link in seed["links"]:
        assert link["type"] in names(seed, "linktypes", "name")
        assert {link["from"], link["to"]} <= set(keys)
        assert link["from"] != link["to"]
    assert len({tuple(link.values()) for link in seed["links"]}) == len(seed["links"])


def fits(field: dict[str, Any], value: Any) -> bool:
    options = {option["value"]: option for option in field.get("options", [])}
    match field["type"]:
        case "number":
            return isinstance(value, NUMBERS) and not isinstance(value, bool)
        case "select" | "radio":
            return value in options
        case "multiselect":
            return bool(value) and set(value) <= options.keys()
        case "cascading":
            children = options[value["value"]]["children"]
            return value["child"] in {child["value"] for child in children}
        case "date":
            return date.fromisoformat(value) > date(2020, 1, 1)
        case _:
            return isinstance(value, str) and value != ""


def test_every_value_fits_its_field(seed: dict[str, Any]) -> None:
    fields = {field["id"]: field for field in seed["fields"]}
    wrong = [
        (issue["key"], field, value)
        for issue in seed["issues"]
        for field, value in issue["fields"].items()
        if not fits(fields[field], value)
    ]
    assert wrong == []


def test_option_ids_are_unique(seed: dict[str, Any]) -> None:
    options = [o for field in seed["fields"] for o in field.get("options", [])]
    ids = [
        option["id"]
        for parent in options
        for option in (parent, *parent.get("children", []))
    ]
    assert len(ids) == len(set(ids)) > 50


def fields_named(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set().union(*map(fields_named, value.values()))
    return {value} if str(value).startswith("customfield_") else set()


def test_the_mapping_names_fields_and_links_of_the_sample(seed: dict[str, Any]) -> None:
    mapping = sample_mapping()
    assert fields_named(mapping) <= set(names(seed, "fields", "id"))
    assert {link["type"] for link in mapping["links"]} <= {
        link["id"] for link in seed["linktypes"]
    }
    assert sample_backlog()["space"] in names(seed, "spaces", "key")


def open_backlog(seed: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        issue
        for issue in seed["issues"]
        if issue["type"] in {"Story", "Improvement", "Bug"}
        and issue["status"] != "Done"
    ]


def test_it_has_enough_of_everything(seed: dict[str, Any]) -> None:
    types = names(seed, "issues", "type")
    assert 55 <= len(open_backlog(seed)) <= 65
    assert types.count("PESTEL factor") >= 9
    assert types.count("Insight") >= 12
    assert (types.count("Experiment"), types.count("Incident")) == (2, 3)
    categories = {
        issue["fields"]["customfield_10301"]
        for issue in seed["issues"]
        if issue["type"] == "PESTEL factor"
    }
    assert len(categories) == 6


def test_some_values_are_missing_or_senseless(seed: dict[str, Any]) -> None:
    rows = [issue["fields"] for issue in open_backlog(seed)]
    costs = [row.get("customfield_10101") for row in rows]
    days = [row.get("customfield_10102") for row in rows]
    assert costs.count(None) >= 2
    assert any(cost is not None and cost < 0 for cost in costs)
    assert {None, 0, -5} <= set(days)
    assert "tbd" in {row.get("customfield_10104") for row in rows}


def test_two_issues_block_each_other(seed: dict[str, Any]) -> None:
    blocks = {
        (link["from"], link["to"]) for link in seed["links"] if link["type"] == "Blocks"
    }
    loops = {(a, b) for a, b in blocks if (b, a) in blocks}
    assert len(loops) == 2


def delay_cost(order: list[tuple[float, float]]) -> float:
    days, cost = 0.0, 0.0
    for per_week, duration in order:
        days += duration
        cost += per_week * days / 5
    return cost


def test_jiras_order_is_plausibly_bad(seed: dict[str, Any]) -> None:
    rows = [issue["fields"] for issue in open_backlog(seed)]
    both = [
        (row["customfield_10101"], row["customfield_10102"])
        for row in rows
        if row.get("customfield_10101") is not None
        and row.get("customfield_10102", 0) > 0
    ]
    best = sorted(both, key=lambda pair: -pair[0] / pair[1])
    assert delay_cost(best) < delay_cost(both) / 2


def test_finished_work_has_a_history_that_can_be(seed: dict[str, Any]) -> None:
    finished = [
        issue
        for issue in seed["issues"]
        if issue["key"].startswith("HARB-") and issue["status"] == "Done"
    ]
    assert len(finished) > 30
    for issue in finished:
        moments = [change["at"] for change in issue["history"]]
        assert [issue["created"], *moments] == sorted({issue["created"], *moments})
        assert issue["history"][-1] == {"at": issue["updated"], "to": "Done"}
        day = date.fromisoformat(moments[-1][:10])
        assert timedelta() < AS_OF - day < timedelta(days=365)
        assert all(date.fromisoformat(at[:10]).weekday() < 5 for at in moments[:-1])


def test_dates_move_with_the_day(seed: dict[str, Any]) -> None:
    later = sample(today=AS_OF + timedelta(days=400))
    for then, now in zip(seed["issues"], later["issues"], strict=True):
        assert bool(then["duedate"]) == bool(now["duedate"])
        if then["duedate"]:
            moved = date.fromisoformat(now["duedate"])
            assert moved - date.fromisoformat(then["duedate"]) == timedelta(days=400)
        for before, after in zip(then["history"], now["history"], strict=True):
            moved = date.fromisoformat(after["at"][:10])
            assert moved - date.fromisoformat(before["at"][:10]) == timedelta(days=400)
        assert now["created"][10:] == then["created"][10:]
        assert now["created"] > then["created"]


@pytest.mark.parametrize(
    ("jql", "count"),
    [
        (sample_backlog()["jql"], 59),
        (sample_mapping()["evidence"]["factors"]["jql"], 10),
        (sample_mapping()["evidence"]["insights"]["jql"], 13),
        (sample_mapping()["evidence"]["experiments"]["jql"], 2),
    ],
)
def test_the_searches_find_their_issues_on_the_pretend_site(
    seed: dict[str, Any], jql: str, count: int
) -> None:
    account = {**seed["accounts"][0], "token": "made up"}
    site = create_sandbox({**seed, "accounts": [account, *seed["accounts"][1:]]})
    try:
        answer = TestClient(site.app).post(
            "/rest/api/3/search/jql",
            json={"jql": jql, "maxResults": 100},
            auth=(account["email"], account["token"]),
        )
    finally:
        site.close()
    assert len(answer.json()["issues"]) == count


def test_the_mapping_and_the_kinds_of_evidence_can_be_read(
    seed: dict[str, Any],
) -> None:
    assert read_mapping(sample_mapping()).evidence.factors is not None
    (kinds,) = (f for f in seed["fields"] if f["name"] == "Kind of evidence")
    assert {option["value"].lower() for option in kinds["options"]} <= STRENGTHS.keys()
