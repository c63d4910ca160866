"""REST for one item: its inputs with their sources, and what would change its rank."""

import re
from dataclasses import asdict, replace
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.backlogs import read_backlog
from app.api.guard import GuardedRoute, needs
from app.api.parts import TheParts
from app.api.problems import not_found
from app.api.rankings import GapAnswer, RowAnswer
from app.api.sureness import Judgement, WorthAnswer
from app.books.keys import Role
from scoring.explain import Explanation, explain
from scoring.ranking import summary_from_json, summary_to_json
from scoring.summary import Row, Summary

router = APIRouter(
    prefix="/backlogs/{backlog}/items", tags=["results"], route_class=GuardedRoute
)

_KEY: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+")


class SourceAnswer(BaseModel):
    """Where one number came from: the field, what it said, how it was read."""

    role: str
    field: str
    text: str
    value: float | None
    unit: str
    formula: str


class TurnAnswer(BaseModel):
    """What would bring the item past another one, all else being equal."""

    goal: str = Field(description="first, up or down")
    rank: int
    against: str
    cost_of_delay: float | None
    duration: float | None
    inclusive: bool = Field(description="The value itself suffices")
    held_by: str | None = Field(description="A link decides instead: its other end")
    note: str


class ExplanationAnswer(BaseModel):
    """Why an item stands where it stands, or why it is not scored."""

    key: str
    currency: str | None
    row: RowAnswer | None
    gap: GapAnswer | None
    formula: str
    sources: list[SourceAnswer]
    above: RowAnswer | None
    below: RowAnswer | None
    turns: list[TurnAnswer]
    value_of_information: list[WorthAnswer] = Field(
        description="What knowing each of its numbers is worth; none without ranges"
    )


@router.get("/{key}")
@needs(Role.READER)
def explain_item(backlog: str, key: str, parts: TheParts) -> ExplanationAnswer:
    """Explain one item of the newest order."""
    with parts.database.reading() as session:
        read_backlog(parts, session, backlog)
        ranking = parts.rankings.find(session, backlog)
    if ranking is None or not _KEY.fullmatch(key):
        raise not_found("item", key)
    summary = summary_from_json(ranking.summary)
    told = explain(summary, key)
    if told is None:
        raise not_found("item", key)
    return _answer(told, summary, parts.judgements.of(ranking))


def _answer(
    told: Explanation, summary: Summary, judgement: Judgement
) -> ExplanationAnswer:
    sources = told.row.item.sources if told.row else ()
    return ExplanationAnswer(
        key=told.key,
        currency=summary.currency or None,
        row=told.row and _row(summary, told.row, judgement),
        gap=told.gap and GapAnswer.model_validate(asdict(told.gap)),
        formula=told.formula,
        sources=[SourceAnswer(**asdict(source)) for source in sources],
        above=told.above and _row(summary, told.above, judgement),
        below=told.below and _row(summary, told.below, judgement),
        turns=[_turn(asdict(turn)) for turn in told.turns],
        value_of_information=list(judgement.worths(told.key)),
    )


def _row(summary: Summary, row: Row, judgement: Judgement) -> RowAnswer:
    """Write a row as `…/ranking` writes it, an infinite CD3 as null."""
    alone = replace(summary, rows=(row,), gaps=(), cycles=())
    return RowAnswer.of(summary_to_json(alone)["rows"][0], judgement)


def _turn(turn: dict[str, Any]) -> TurnAnswer:
    return TurnAnswer(rank=turn.pop("place"), **turn)
