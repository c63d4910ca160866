"""REST for what was computed and published: the order, one item's why, the pages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.backlogs import read_backlog
from app.api.calls import TheCall
from app.api.guard import GuardedRoute, needs
from app.api.paging import Cursor, Limit, Listing, before_number, write_cursor
from app.api.parts import TheParts
from app.api.problems import ProblemError
from app.api.sureness import (
    MOST_JUDGED,
    Judgement,
    SurenessAnswer,
    UncertaintyAnswer,
    WorthAnswer,
)
from app.books.backlogs import RETRYING, Backlog
from app.books.keys import Role
from app.books.pages import KeptPage
from app.books.rankings import Ranking
from scoring.item import Mode

STALE: Final = frozenset({"partial", "refused", RETRYING})
TRIED_AGAIN: Final = "the site could not be read to the end; CD3 tries again by itself"

router = APIRouter(
    prefix="/backlogs/{backlog}", tags=["results"], route_class=GuardedRoute
)


class RowAnswer(BaseModel):
    """One item in the recommended order; ranks are 1-based, times in weeks from now."""

    key: str
    summary: str
    rank: int
    was: int
    cost_of_delay: float
    rate: float = Field(description="The cost of delay that counts today, per week")
    duration: float
    likely_cost_of_delay: float | None = Field(
        description="As read, where ranges are given: the others are then means"
    )
    likely_duration: float | None
    cd3: float | None = Field(description="Null where the duration is 0")
    starts: float
    ends: float
    delay_cost: float
    deadline: str | None
    latest_start: str | None
    profile: str | None = Field(description="How it loses over time; null: unsaid")
    profile_weeks: float | None
    penalty: float | None = Field(description="What a missed deadline costs at once")
    team: str
    pulled_by: str | None
    waits_for: list[str] = Field(
        description="Open blockers without a score, outside the backlog too"
    )
    why: str
    confidence: SurenessAnswer | None = Field(
        description="Null where no item has ranges, or there are more than "
        f"{MOST_JUDGED:,} items; judged by the costs of delay that count today"
    )

    @classmethod
    def of(cls, row: Mapping[str, Any], judgement: Judgement) -> "RowAnswer":
        """Write a kept row as an answer."""
        item = row["item"]
        return cls(
            key=item["key"],
            summary=item["summary"],
            rank=row["place"],
            cost_of_delay=item["cost_of_delay"],
            duration=item["duration"],
            likely_cost_of_delay=item.get("likely_cost_of_delay"),
            likely_duration=item.get("likely_duration"),
            deadline=item["deadline"],
            profile=item.get("profile") or None,
            profile_weeks=item.get("profile_weeks"),
            penalty=item.get("penalty") or None,
            team=item["team"],
            confidence=judgement.of(item["key"]),
            waits_for=row.get("waits_for", []),
            **{name: row[name] for name in _FROM_ROW},
        )


_FROM_ROW = (
    "was",
    "rate",
    "cd3",
    "starts",
    "ends",
    "delay_cost",
    "latest_start",
    "pulled_by",
    "why",
)


class GapAnswer(BaseModel):
    """Why an issue is not scored; it keeps its place in Jira."""

    key: str
    summary: str
    reason: str
    role: str
    field: str


class CycleAnswer(BaseModel):
    """A loop of links, and the one that was left out to break it."""

    path: list[str]
    dropped: dict[str, str]


class TotalsAnswer(BaseModel):
    """Delay cost of Jira's order and of ours; `gap` is 0 where ours is proven best."""

    jira_order: float
    order: float
    saved: float
    lower_bound: float
    gap: float


class RankingAnswer(BaseModel):
    """The order with its money; items, gaps and cycles go on with `next_cursor`."""

    backlog: str
    mode: Mode
    currency: str | None
    today: str | None
    computed_at: datetime | None
    mapping_version: int | None
    generation: int | None
    stale: bool = Field(
        description="The last try to compute it anew failed: these are older figures"
    )
    state: str = Field(description="As of the backlog; or retrying, where it failed")
    state_reason: str
    items: list[RowAnswer]
    gaps: list[GapAnswer]
    cycles: list[CycleAnswer]
    totals: TotalsAnswer | None
    uncertainty: UncertaintyAnswer | None
    value_of_information: list[WorthAnswer] = Field(
        description="The numbers worth refining first, each priced alone"
    )
    next_cursor: str | None


class PageAnswer(BaseModel):
    """A page on Confluence, or why it is not there."""

    kind: str
    page_id: str | None
    title: str
    version: int
    published_at: datetime | None
    state: str
    reason: str

    @classmethod
    def of(cls, page: KeptPage) -> "PageAnswer":
        """Write a kept page as an answer."""
        return cls(
            kind=page.kind,
            page_id=page.page_id or None,
            title=page.title,
            version=page.page_version,
            published_at=page.published_at,
            state=page.state,
            reason=page.reason,
        )


class Accepted(BaseModel):
    """What was asked for will be done soon; where to look for it."""

    backlog: str
    see: str


@router.get("/ranking")
@needs(Role.READER)
def show_ranking(
    backlog: str, parts: TheParts, limit: Limit = 200, cursor: Cursor = None
) -> RankingAnswer:
    """Show the order; before the first computation it is empty."""
    with parts.database.reading() as session:
        found = read_backlog(parts, session, backlog)
        ranking = parts.rankings.find(session, backlog)
    if ranking is None:
        return _nothing_yet(found)
    says_so = found.state in {"refused", RETRYING}
    if not says_so and parts.marks.attempts(backlog):
        # Its own state tells of what lasts; a figure is old from the first failure on.
        found = replace(found, state=RETRYING, state_reason=TRIED_AGAIN)
    return _piece(found, ranking, parts.judgements.of(ranking), limit, cursor)


def _nothing_yet(backlog: Backlog) -> RankingAnswer:
    return RankingAnswer(
        backlog=backlog.id,
        mode=backlog.mode,
        currency=backlog.currency or None,
        today=None,
        computed_at=None,
        mapping_version=None,
        generation=None,
        stale=False,
        state=backlog.state,
        state_reason=backlog.state_reason,
        items=[],
        gaps=[],
        cycles=[],
        totals=None,
        uncertainty=None,
        value_of_information=[],
        next_cursor=None,
    )


def _piece(
    backlog: Backlog,
    ranking: Ranking,
    judgement: Judgement,
    limit: int,
    cursor: str | None,
) -> RankingAnswer:
    """Cut all three lists at the same place; a cursor holds for one computation."""
    name = f"ranking:{backlog.id}:{ranking.generation}"
    start = before_number(name, cursor) or 0
    kept = ranking.summary
    piece = slice(start, start + limit)
    longest = max(len(kept[part]) for part in ("rows", "gaps", "cycles"))
    more = start + limit < longest
    return RankingAnswer(
        backlog=backlog.id,
        mode=kept["mode"],
        currency=kept["currency"] or None,
        today=kept["today"],
        computed_at=ranking.computed_at,
        mapping_version=ranking.mapping_version,
        generation=ranking.generation,
        stale=backlog.state in STALE,
        state=backlog.state,
        state_reason=backlog.state_reason,
        items=[RowAnswer.of(row, judgement) for row in kept["rows"][piece]],
        gaps=[GapAnswer.model_validate(gap) for gap in kept["gaps"][piece]],
        cycles=[CycleAnswer.model_validate(one) for one in kept["cycles"][piece]],
        totals=TotalsAnswer.model_validate(kept["totals"]),
        uncertainty=judgement.whole,
        value_of_information=list(judgement.worths()),
        next_cursor=write_cursor(name, start + limit) if more else None,
    )


@router.get("/pages")
@needs(Role.READER)
def list_pages(backlog: str, parts: TheParts) -> Listing[PageAnswer]:
    """List the backlog's pages; there are never more than kinds."""
    with parts.database.reading() as session:
        read_backlog(parts, session, backlog)
        found = parts.pages.list(session, backlog)
    return Listing(items=[PageAnswer.of(page) for page in found], next_cursor=None)


@router.post("/pages/publish", status_code=HTTPStatus.ACCEPTED)
@needs(Role.APPROVER)
def publish_pages(backlog: str, call: TheCall) -> Accepted:
    """Have the backlog recomputed and its pages published soon."""
    with call.parts.database.writing() as session:
        found = read_backlog(call.parts, session, backlog)
        if found.pages is None or found.mapping_version is None:
            missing = "pages" if found.pages is None else "mapping"
            raise ProblemError(
                HTTPStatus.CONFLICT,
                f"no_{missing}",
                f"The backlog has no {missing} yet; set that first.",
            )
        call.note(session, "publish_asked", f"backlogs/{backlog}/pages")
        call.touch(session, [backlog], "publish asked")
    see = f"/api/v1/backlogs/{backlog}/pages"
    call.response.headers["Location"] = see
    return Accepted(backlog=backlog, see=see)
