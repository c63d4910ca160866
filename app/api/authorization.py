"""REST for a person's consent that CD3 works in their name (OAuth 2.0, 3LO)."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.api.calls import TheCall
from app.api.guard import GuardedRoute, needs
from app.api.parts import Parts
from app.api.problems import Fault, invalid
from app.api.site_schemas import SiteAnswer
from app.api.sites import read_site
from app.api.words import Input, Words
from app.books.keys import Role
from app.books.sites import Site
from app.consent import Consent, ConsentError
from connectors.errors import UnauthorizedError
from connectors.ways import Way

router = APIRouter(
    prefix="/sites/{site}/authorization", tags=["sites"], route_class=GuardedRoute
)


class QuestionAnswer(BaseModel):
    """Where to consent; the address that it leads back to holds `code` and `state`."""

    url: str = Field(description="Open it in a browser, signed in as the account")
    state: str
    until: datetime


class Code(Input):
    """What stands in the address that the consent led back to."""

    code: Words = Field(min_length=1)
    state: Words = Field(min_length=1)


@router.post("")
@needs(Role.ADMIN)
def ask_consent(site: str, call: TheCall) -> QuestionAnswer:
    """Make the URL at which a person lets CD3 work in their name."""
    consent, found = _open(call.parts, site)
    question = consent.ask()
    with call.parts.database.writing() as session:
        call.note(session, "consent_asked", f"sites/{found.id}")
    return QuestionAnswer(url=question.url, state=question.state, until=question.until)


@router.post("/code")
@needs(Role.ADMIN)
def take_consent(site: str, body: Code, call: TheCall) -> SiteAnswer:
    """Take the code that the consent gave; from then on CD3 renews its tokens."""
    consent, _found = _open(call.parts, site)
    try:
        consent.take(body.code, body.state)
    except ConsentError as error:
        raise invalid(Fault("/state", "consent_unusable", str(error))) from error
    except UnauthorizedError as error:
        told = f"{error}: a code is good once, and for minutes; ask for a new URL"
        raise invalid(Fault("/code", "code_refused", told)) from error
    with call.parts.database.writing() as session:
        after = _resumed(call.parts, session, site)
        call.note(session, "consent_given", f"sites/{site}")
        backlogs = call.parts.backlogs.ids_of(session, site)
        call.touch(session, backlogs, "consent given")
    return SiteAnswer.of(after)


def _open(parts: Parts, site: str) -> tuple[Consent, Site]:
    with parts.database.reading() as session:
        found = read_site(parts, session, site)
        secrets = parts.sites.secrets(session, site)
    if found.credential.way is not Way.OAUTH:
        told = "this site is not signed in to by consent; set credentials.kind to oauth"
        raise invalid(Fault("", "no_consent_needed", told))
    return parts.connect.consent(found, secrets), found


def _resumed(parts: Parts, session: Session, site: str) -> Site:
    """Let the site be tried again, as whoever consented."""
    parts.sites.consented(session, site)
    return read_site(parts, session, site)
