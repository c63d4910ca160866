"""What REST takes and gives as a backlog."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field

from app.api.problems import Fault, invalid
from app.api.words import Id, Input, Name, Words
from app.books.backlogs import (
    ALL_KINDS,
    ALL_WRITES,
    Approval,
    Backlog,
    PageKind,
    PagesPlace,
    Policy,
    Write,
)
from app.jql import without_order
from scoring.currencies import CURRENCIES, near_currencies
from scoring.item import Mode

ReadOnly = Field(default=None, description="Read-only; ignored when sent back")


class PolicyBody(Input):
    """What is done without asking, and what is written at all."""

    approval: Approval = "automatic"
    write: list[Write] = Field(
        default_factory=lambda: list(ALL_WRITES),
        max_length=len(ALL_WRITES),
        description="What CD3 may write; an empty list is a dry run",
    )
    tolerance: float = Field(
        default=0.0,
        ge=0,
        le=0.1,
        allow_inf_nan=False,
        description="The share of the delay cost that may be given up so that fewer "
        "issues move; 0.001 leaves out nearly all churn",
    )
    notify_watchers: bool = Field(
        default=False,
        description="Whether Jira mails each score that is written to the issue's "
        "watchers. To spare them takes the right to administer the project or Jira; "
        "without it they are told whatever stands here",
    )


class PagesBody(Input):
    """Where in Confluence the pages go."""

    space: Annotated[
        str,
        Field(min_length=1, max_length=255, pattern=r"^~?[A-Za-z0-9_.:-]+$"),
    ] = Field(description="The space's key", examples=["HARB"])
    parent_id: Annotated[str, Field(max_length=32, pattern=r"^[0-9]+$")] | None = Field(
        default=None, description="The page below which ours stand"
    )
    kinds: list[PageKind] = Field(
        default_factory=lambda: list(ALL_KINDS), max_length=len(ALL_KINDS)
    )


def _bounded(jql: str) -> str:
    if not without_order(jql):
        raise ValueError("names no issues: say which, such as project = HARB")
    return jql


class BacklogInput(Input):
    """What admins may say of a backlog, whether new or known."""

    name: Name
    jql: Annotated[
        Words,
        Field(min_length=1, examples=["project = HARB"]),
        AfterValidator(_bounded),
    ]
    mode: Mode = Field(description="money: a currency per week. relative: points")
    currency: str | None = Field(
        default=None,
        max_length=8,
        description="ISO 4217; in money mode only",
        examples=["EUR"],
    )
    policy: PolicyBody = Field(default_factory=PolicyBody)
    pages: PagesBody | None = Field(
        default=None, description="Left out: nothing is published"
    )


class NewBacklog(BacklogInput):
    """A new backlog; its id is made from the name where none is given."""

    id: Id | None = None
    site: Id


class ChangedBacklog(BacklogInput):
    """A backlog as it should be; what GET answers may be sent back as it is."""

    id: str | None = ReadOnly
    site: str | None = ReadOnly
    state: str | None = ReadOnly
    state_reason: str | None = ReadOnly
    created_at: str | None = ReadOnly


class BacklogAnswer(BaseModel):
    """A backlog."""

    id: str
    site: str
    name: str
    jql: str
    mode: Mode
    currency: str | None
    policy: PolicyBody
    pages: PagesBody | None
    state: str = Field(
        description="ok; partly_refused: something was not written; broken: a mapped "
        "field cannot be set; blocked: a right is gone in a project; refused: nothing; "
        "retrying: it fails again and again, state_reason says when the next try is; "
        "partial: we see only a part of the issues, so nothing is moved or written; "
        "vanished: a few issues are seen no longer, the rest is ranked; "
        "reading: all of it is read for the first time or anew"
    )
    state_reason: str
    created_at: datetime

    @classmethod
    def of(cls, backlog: Backlog) -> Self:
        """Write a backlog as an answer."""
        pages = backlog.pages
        return cls(
            id=backlog.id,
            site=backlog.site_id,
            name=backlog.name,
            jql=backlog.jql,
            mode=backlog.mode,
            currency=backlog.currency or None,
            policy=PolicyBody(
                approval=backlog.policy.approval,
                write=list(backlog.policy.write),
                tolerance=backlog.policy.tolerance,
                notify_watchers=backlog.policy.notify_watchers,
            ),
            pages=pages
            and PagesBody(
                space=pages.space,
                parent_id=pages.parent_id or None,
                kinds=list(pages.kinds),
            ),
            state=backlog.state,
            state_reason=backlog.state_reason,
            created_at=backlog.created_at,
        )


def policy_of(body: BacklogInput) -> Policy:
    """Read the policy; what is named twice counts once."""
    given = body.policy
    return Policy(
        given.approval,
        tuple(dict.fromkeys(given.write)),
        given.tolerance,
        given.notify_watchers,
    )


def pages_of(body: BacklogInput) -> PagesPlace | None:
    """Read where the pages go; what is named twice counts once."""
    if body.pages is None:
        return None
    kinds = tuple(dict.fromkeys(body.pages.kinds))
    return PagesPlace(body.pages.space, body.pages.parent_id or "", kinds)


def currency_of(body: BacklogInput) -> str:
    """Read the currency, which money mode needs and relative mode must not have."""
    code = body.currency
    if body.mode is Mode.RELATIVE:
        if code is not None:
            message = "relative mode has no currency: points are not money"
            raise invalid(Fault("/currency", "not_allowed", message))
        return ""
    if code is None:
        raise invalid(Fault("/currency", "missing", "money mode needs a currency"))
    if code not in CURRENCIES:
        near = near_currencies(code)
        message = "not a code of ISO 4217"
        raise invalid(Fault("/currency", "unknown", message, candidates=near))
    return code
