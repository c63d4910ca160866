"""What REST says of deliveries, and what it is told to do with them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints

from app.api.words import Id, Input, Name
from app.books.letters import MOST_AT_ONCE
from app.books.received import Received, Which

DeliveryState = Literal["new", "done", "ignored", "dead"]
EndState = Literal["done", "ignored", "dead"]


def _plain(text: str) -> str:
    if not text.isprintable():
        raise ValueError("may not hold control characters")
    return text


Beginning = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]


class Past(BaseModel):
    """What a delivery came to before, or who had it read again."""

    at: datetime | None
    state: Literal["done", "ignored", "dead", "replayed"]
    reason: str
    by: str


class DeliveryAnswer(BaseModel):
    """A delivery and what became of it."""

    id: int
    site: str
    identifier: str
    state: DeliveryState
    reason: str
    event: str
    issue_key: str
    retry: int = Field(description="How often Jira had tried before")
    received_at: datetime
    closed_at: datetime | None
    attempts: int = Field(description="1, and one more for each replay")
    worker_deaths: int = Field(description="Workers that ended while they read it")

    @classmethod
    def of(cls, received: Received) -> Self:
        """Say what is in the books."""
        return cls(**_values(received))


class DeliveryDetail(DeliveryAnswer):
    """A delivery with its history, and its body as far as it may be shown."""

    history: list[Past] = Field(description="Earlier ends and replays, oldest first")
    payload: Any = Field(
        description="The body with people's words taken out; null for a reader"
    )

    @classmethod
    def whole(cls, received: Received, payload: object) -> Self:
        """Say all that is in the books."""
        history = [Past.model_validate(past) for past in received.history]
        return cls(**_values(received), history=history, payload=payload)


class Replay(Input):
    """Which deliveries to read again, the oldest first."""

    state: EndState = "dead"
    site: Id | None = None
    reason: Beginning = Field(default="", description="How the reason begins")
    event: Beginning = Field(default="", description="How the event's name begins")
    since: AwareDatetime | None = Field(
        default=None, description="Only what arrived at this time or later"
    )
    after: int = Field(
        default=0, ge=0, lt=2**63, description="`last` of the answer before"
    )
    limit: int = Field(default=MOST_AT_ONCE, ge=1, le=MOST_AT_ONCE)
    dry_run: bool = Field(default=False, description="Only count")

    def which(self) -> Which:
        """Say it to the books."""
        return Which(
            state=self.state,
            site_id=self.site or "",
            reason=self.reason,
            event=self.event,
            since=self.since,
            after=self.after,
        )


class Replayed(BaseModel):
    """How many deliveries were meant, and how many are read again now."""

    matched: int
    replayed: int
    left: int
    last: int | None = Field(default=None, description="The last one of this call")
    dry_run: bool


class Discard(Input):
    """Why a dead letter is put away."""

    reason: Name


def _values(received: Received) -> Mapping[str, Any]:
    values = asdict(received)
    values["site"] = values.pop("site_id")
    values["worker_deaths"] = values.pop("tries")
    values["attempts"] = received.attempts
    del values["history"]
    return values
