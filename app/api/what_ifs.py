"""REST for what other numbers for one item would do: nothing is kept or written."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.backlogs import read_backlog
from app.api.guard import GuardedRoute, needs
from app.api.parts import TheParts
from app.api.problems import Fault, ProblemError, invalid, not_found
from app.api.words import Input
from app.books.keys import Role
from scoring.item import Mode
from scoring.plannable import MOST_COST, MOST_WEEKS
from scoring.ranking import summary_from_json
from scoring.summary import Summary
from scoring.what_if import Change, Outcome, ranking_of, what_if

router = APIRouter(
    prefix="/backlogs/{backlog}/what-if", tags=["results"], route_class=GuardedRoute
)

# Two orders are computed while the caller waits; over time that takes far longer.
MOST_ITEMS: Final = 20_000
MOST_OVER_TIME: Final = 2_000

Amount = Annotated[float, Field(ge=-MOST_COST, le=MOST_COST, allow_inf_nan=False)]
Weeks = Annotated[float, Field(ge=0, le=MOST_WEEKS, allow_inf_nan=False)]


class WhatIfBody(Input):
    """Other numbers for one item; what is left out stays as it is."""

    key: str = Field(max_length=300)
    cost_of_delay: Amount | None = Field(default=None, description="Per week")
    duration: Weeks | None = Field(default=None, description="In weeks")
    gain: Amount = Field(
        default=0.0, description="What the change brings in, once; held against it"
    )


class WhatIfAnswer(BaseModel):
    """What the change does; amounts in the currency, or in point-weeks without one."""

    key: str
    mode: Mode
    currency: str | None
    rank_before: int
    rank: int
    before: float = Field(description="Delay cost of the order without the change")
    after: float = Field(description="Delay cost of the order with it")
    added: float = Field(description="After less before")
    saved_by_moving: float = Field(description="What its new place saves")
    gain: float
    net: float = Field(description="Gain less what is added: below 0 it does not pay")

    @classmethod
    def of(cls, found: Outcome, summary: Summary) -> "WhatIfAnswer":
        """Write an outcome as an answer."""
        return cls(
            key=found.change.key,
            mode=summary.mode,
            currency=summary.currency or None,
            rank_before=found.rank_before,
            rank=found.rank,
            before=found.before,
            after=found.after,
            added=found.added,
            saved_by_moving=found.saved_by_moving,
            gain=found.change.gain,
            net=found.net,
        )


@router.post("")
@needs(Role.READER)
def ask_what_if(backlog: str, body: WhatIfBody, parts: TheParts) -> WhatIfAnswer:
    """Order the newest ranking anew with one item changed; nothing is written.

    Compared with the cheapest order, which a policy's tolerance may have left.
    """
    with parts.database.reading() as session:
        read_backlog(parts, session, backlog)
        ranking = parts.rankings.find(session, backlog)
    if body.cost_of_delay is None and body.duration is None:
        told = "give cost_of_delay, duration or both"
        raise invalid(Fault("/cost_of_delay", "missing", told))
    if ranking is None:
        raise not_found("item", body.key)
    summary = summary_from_json(ranking.summary)
    _check(summary, body.key)
    change = Change(body.key, body.cost_of_delay, body.duration, body.gain)
    return WhatIfAnswer.of(what_if(ranking_of(summary), change), summary)


def _check(summary: Summary, key: str) -> None:
    """Refuse an item that is not in the order, and an order that is too long."""
    gap = next((gap for gap in summary.gaps if gap.key == key), None)
    if gap:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            "not_scored",
            f"{key} is not scored: {gap.reason}. Mend that in Jira first.",
        )
    if all(row.item.key != key for row in summary.rows):
        raise not_found("item", key)
    most = MOST_OVER_TIME if summary.over_time else MOST_ITEMS
    if len(summary.rows) > most:
        raise ProblemError(
            HTTPStatus.CONFLICT,
            "too_many_items",
            f"This is answered for at most {most:,} items here; "
            "`cd3 rank --what-if` takes any number.",
        )
