"""A plan's digest is a hash of all the rest, and survives being kept as JSON."""

import hashlib
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.plan import (
    FieldWrite,
    Move,
    Plan,
    digest_of,
    plan_from_json,
    plan_to_json,
    seal,
)

PLAN = Plan(
    backlog="harbour",
    before=("A", "B"),
    after=("B", "A"),
    moves=(Move(("B",), "A", "before"),),
    writes=(FieldWrite("A", "customfield_1", 2.5, None),),
    saved=12,
    currency="EUR",
    digest="",
)


def test_the_digest_is_sha_256_over_canonical_json() -> None:
    text = (
        '{"after":["B","A"],"backlog":"harbour","before":["A","B"],"currency":"EUR",'
        '"moves":[{"anchor":"A","keys":["B"],"place":"before"}],"saved":12.0,'
        '"writes":[{"field":"customfield_1","key":"A","value":2.5,"was":null}]}'
    )
    assert seal(PLAN).digest == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, backlog="quay"),
        replace(PLAN, before=("B", "A")),
        replace(PLAN, after=("A", "B")),
        replace(PLAN, moves=(Move(("B",), "A", "after"),)),
        replace(PLAN, writes=()),
        replace(PLAN, saved=13),
        replace(PLAN, currency="USD"),
    ],
)
def test_any_change_changes_the_digest(other: Plan) -> None:
    assert digest_of(other) != digest_of(PLAN)


def test_a_whole_number_and_its_float_are_the_same_plan() -> None:
    assert digest_of(replace(PLAN, saved=12.0)) == digest_of(PLAN)
    assert digest_of(replace(PLAN, saved=-0.0)) == digest_of(replace(PLAN, saved=0))


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_a_kept_plan_comes_back_as_it_was(key: str, number: float) -> None:
    write = FieldWrite(key, "customfield_1", number, None)
    plan = seal(replace(PLAN, before=(key,), writes=(write,), saved=number))
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_a_kept_plan_that_was_changed_is_refused() -> None:
    kept = plan_to_json(seal(PLAN)) | {"saved": 1_000}
    with pytest.raises(ValueError, match="digest"):
        plan_from_json(kept)
