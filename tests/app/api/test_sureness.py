"""Where items have ranges, the order tells how sure it is, and other numbers' price."""

from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.api import sureness
from app.books.rankings import Ranking
from scoring.item import Gap, Item, Link, Mode, Span
from scoring.ranking import rank_backlog, summary_to_json
from tests.app.api.conftest import Api

READ: list[Item | Gap] = [
    Item("AB-1", 2, 1, place=0),
    Item("AB-2", 10, 2, place=1, cost_of_delay_span=Span(3, 40)),
    Item("AB-3", 10, 1, place=2),
    Gap("AB-4", "no duration", place=3),
]

CERTAIN = [READ[0], Item("AB-2", 10, 2, place=1), *READ[2:]]


def compute(
    api: Api,
    read: list[Item | Gap],
    links: list[Link] | None = None,
    generation: int = 1,
) -> None:
    summary = rank_backlog(
        read, links or [], today=date(2026, 11, 2), mode=Mode.MONEY, currency="EUR"
    )
    ranking = Ranking(
        backlog_id="alphabet",
        generation=generation,
        summary=summary_to_json(summary),
        evidence={},
        keys=(),
        mapping_version=1,
        backlog_version=1,
        computed_at=api.clock(),
    )
    with api.parts.database.writing() as session:
        api.parts.rankings.put(session, ranking)


def ask(api: Api, body: object, role: str = "reader") -> Any:
    return api.call("POST", "/backlogs/alphabet/what-if", body, role=role)


def holds(api: Api, answer: object, name: str) -> None:
    document = api.read("/openapi.json")
    components = document["components"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    Draft202012Validator(schema).validate(answer)


def test_the_order_tells_how_sure_each_place_is(api: Api) -> None:
    compute(api.filled(), READ)
    shown = api.read("/backlogs/alphabet/ranking", role="reader")
    sure = {row["key"]: row["confidence"] for row in shown["items"]}
    assert sum(one["p_first"] for one in sure.values()) == pytest.approx(1, abs=0.02)
    assert 0 < sure["AB-2"]["p_first"] < 0.5  # its likely CD3 of 5 is half of AB-3's
    assert (sure["AB-2"]["rank_low"], sure["AB-2"]["rank_high"]) == (1, 3)
    assert shown["uncertainty"]["top"] == 1
    [worth] = shown["value_of_information"]
    assert (worth["key"], worth["input"]) == ("AB-2", "cost_of_delay")
    assert worth["worth"] == pytest.approx(shown["uncertainty"]["regret"], rel=0.05)
    holds(api, shown, "RankingAnswer")


def test_the_order_counts_with_means_and_tells_what_was_read(api: Api) -> None:
    compute(api.filled(), READ)
    shown = api.read("/backlogs/alphabet/ranking")["items"]
    by_key = {row["key"]: row for row in shown}
    ranged = by_key["AB-2"]
    assert ranged["cost_of_delay"] > 10  # 3 to 40: the long tail is on the upper side
    assert (ranged["likely_cost_of_delay"], ranged["likely_duration"]) == (10, 2)
    assert by_key["AB-1"]["likely_cost_of_delay"] is None


def test_an_item_tells_its_own(api: Api) -> None:
    compute(api.filled(), READ)
    told = api.read("/backlogs/alphabet/items/AB-2", role="reader")
    [worth] = told["value_of_information"]
    assert worth["worth"] > 0
    assert told["row"]["confidence"]["p_first"] > 0
    assert told["above"]["confidence"]["rank_low"] == 1
    holds(api, told, "ExplanationAnswer")
    assert api.read("/backlogs/alphabet/items/AB-1")["value_of_information"] == []
    assert api.read("/backlogs/alphabet/items/AB-4")["value_of_information"] == []


def test_without_ranges_nothing_is_said_of_them(api: Api) -> None:
    compute(api.filled(), [Item("AB-1", 2, 1)])
    shown = api.read("/backlogs/alphabet/ranking")
    assert shown["items"][0]["confidence"] is None
    assert (shown["uncertainty"], shown["value_of_information"]) == (None, [])


def test_a_new_computation_is_judged_anew(api: Api) -> None:
    compute(api.filled(), READ)
    first = api.read("/backlogs/alphabet/ranking")["uncertainty"]
    assert api.read("/backlogs/alphabet/ranking")["uncertainty"] == first
    sharper = [Item("AB-2", 10, 2, cost_of_delay_span=Span(9, 11)), *READ[::2]]
    compute(api, sharper, generation=2)
    second = api.read("/backlogs/alphabet/ranking")["uncertainty"]
    assert second["regret"] < first["regret"]


def test_a_large_order_is_shown_unjudged(api: Api) -> None:
    size = sureness.MOST_JUDGED + 1
    many: list[Item | Gap] = [
        Item(f"AB-{n}", 1, 1, place=n, duration_span=Span(1, 2)) for n in range(size)
    ]
    compute(api.filled(), many)
    shown = api.read("/backlogs/alphabet/ranking?limit=1")
    assert shown["items"][0]["confidence"] is None
    assert shown["uncertainty"] is None


def test_other_numbers_have_their_place_and_price(api: Api) -> None:
    """By hand: AB-3, AB-2, AB-1 cost 10 + 30 + 8; at 12 a week AB-1 leads: 12+20+40."""
    compute(api.filled(), CERTAIN)
    answer = ask(api, {"key": "AB-1", "cost_of_delay": 12, "gain": 30})
    assert answer.status_code == 200
    told = answer.json()
    assert told == {
        "key": "AB-1",
        "mode": "money",
        "currency": "EUR",
        "rank_before": 3,
        "rank": 1,
        "before": 48,
        "after": 72,
        "added": 24,
        "saved_by_moving": (10 + 30 + 48) - 72,
        "gain": 30,
        "net": 6,
    }
    holds(api, told, "WhatIfAnswer")


def test_links_still_hold(api: Api) -> None:
    """AB-2 blocks AB-1: AB-3 first, as before, for 10 + 3 × 10 + 4 × 12."""
    compute(api.filled(), CERTAIN, [Link("AB-2", "AB-1")])
    told = ask(api, {"key": "AB-1", "cost_of_delay": 12}).json()
    assert (told["rank"], told["after"]) == (3, 10 + 30 + 48)


def test_asking_leaves_no_trace(api: Api) -> None:
    compute(api.filled(), READ)
    before = api.read("/backlogs/alphabet/ranking"), api.read("/audit")
    assert ask(api, {"key": "AB-1", "duration": 9}).status_code == 200
    assert (api.read("/backlogs/alphabet/ranking"), api.read("/audit")) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"key": "AB-9", "duration": 1}, 404, "not_found"),
        ({"key": "AB-4", "duration": 1}, 409, "not_scored"),
        ({"key": "AB-1"}, 422, "invalid_input"),
        ({"key": "AB-1", "duration": -1}, 422, "invalid_input"),
        ({"key": "AB-1", "cost_of_delay": 1e16}, 422, "invalid_input"),
        ({"key": "AB-1", "duration": 1, "effort": 3}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    api: Api, body: object, status: int, code: str
) -> None:
    compute(api.filled(), READ)
    answer = ask(api, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_before_the_first_computation_nothing_is_known(api: Api) -> None:
    api.filled()
    assert ask(api, {"key": "AB-1", "duration": 1}).status_code == 404
