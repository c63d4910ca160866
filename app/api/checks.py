"""REST for `doctor`: look at one site, a line a check."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.calls import TheCall
from app.api.guard import GuardedRoute, needs
from app.api.sites import read_site
from app.books.keys import Role
from app.checks.finding import report

router = APIRouter(prefix="/sites/{site}", tags=["sites"], route_class=GuardedRoute)


class FindingAnswer(BaseModel):
    """One check: how it is, why that matters, what to do next."""

    check: str = Field(examples=["permissions"])
    on: str = Field(examples=["backlogs/harbour"])
    status: Literal["ok", "warn", "fail"]
    what: str
    why: str
    next: str
    cause: Literal["", "configuration", "unreachable"]


class CheckAnswer(BaseModel):
    """What was found; `status` is the worst of all."""

    status: Literal["ok", "warn", "fail"]
    at: datetime
    version: str
    findings: list[FindingAnswer]


@router.post("/check", response_model=CheckAnswer)
@needs(Role.ADMIN)
def check_site(site: str, call: TheCall) -> dict[str, Any]:
    """Look at a site as `cd3 doctor` does; a stopped one that lets us in goes on."""
    parts, now = call.parts, call.parts.now()
    with parts.database.reading() as session:
        found = read_site(parts, session, site)
    doctor = parts.doctor()
    findings = [*doctor.own(now), *doctor.site(found, now)]
    return report(findings, at=now)
