"""What a handler that changes something is given: the parts, the caller, the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from sqlalchemy.orm import Session

from app.api.etags import IfMatch, etag, require_match
from app.api.parts import Parts, TheParts
from app.books.audit import NO_DETAIL
from app.books.keys import Key


@dataclass(frozen=True, slots=True)
class Call:
    """One request to change something, from somebody who may."""

    parts: Parts
    caller: Key
    response: Response

    @property
    def actor(self) -> str:
        """Name the caller for the audit."""
        return f"{self.caller.name} ({self.caller.id})"

    def note(
        self,
        session: Session,
        action: str,
        on: str,
        detail: Mapping[str, Any] = NO_DETAIL,
    ) -> None:
        """Add to the audit, in the session that does what is noted."""
        self.parts.audit.add(
            session,
            now=self.parts.now(),
            actor=self.actor,
            action=action,
            object=on,
            detail=detail,
        )

    def touch(self, session: Session, backlogs: Iterable[str], reason: str) -> None:
        """Have backlogs recomputed soon, in the session that makes it necessary."""
        self.parts.marks.touch(
            session.connection(),
            backlogs,
            reason=reason,
            now=self.parts.now(),
            urgent=True,
        )

    def tag(self, version: int) -> None:
        """Give the answer its ETag."""
        self.response.headers["ETag"] = etag(version)


@dataclass(frozen=True, slots=True)
class Edit(Call):
    """A call that changes what somebody has read before."""

    if_match: str | None

    def require(self, version: int) -> None:
        """Refuse where it was changed since, now that nobody else can change it."""
        require_match(self.if_match, etag(version))


def caller_of(request: Request) -> Key:
    """Find who calls; the guard has put them there."""
    key = request.state.key
    if not isinstance(key, Key):
        raise TypeError("the route has no guard")
    return key


def _call(
    parts: TheParts, caller: Annotated[Key, Depends(caller_of)], response: Response
) -> Call:
    return Call(parts, caller, response)


def _edit(call: Annotated[Call, Depends(_call)], if_match: IfMatch = None) -> Edit:
    return Edit(call.parts, call.caller, call.response, if_match)


TheCall = Annotated[Call, Depends(_call)]
TheEdit = Annotated[Edit, Depends(_edit)]
