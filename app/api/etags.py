"""Keep two people from overwriting each other: strong ETags and If-Match (RFC 9110)."""

import re
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Header

from app.api.problems import ProblemError

IfMatch = Annotated[
    str | None, Header(description="The ETag of what was read; 428 without it")
]
IfNoneMatch = Annotated[
    str | None, Header(description="The ETag of what is known; 304 where it still is")
]
# What a thing that is not there yet answers, so that it may be made once.
ABSENT: Final = '"0"'

_TAG: Final = re.compile(r'(W/)?("[^"]*")')


def etag(version: int) -> str:
    """Write a row's version as a strong ETag."""
    return f'"{version}"'


def require_match(if_match: str | None, current: str) -> None:
    """Refuse with 428 without If-Match, with 412 where it names another state.

    A weak tag never matches, for If-Match compares strongly.
    """
    if if_match is None:
        raise ProblemError(
            HTTPStatus.PRECONDITION_REQUIRED,
            "precondition_required",
            "Read it first and send its ETag as If-Match.",
        )
    if if_match.strip() == "*":
        return
    tags = [tag for weak, tag in _TAG.findall(if_match) if not weak]
    if current not in tags:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "stale",
            "It was changed since you read it. Read it again, then decide again.",
            headers={"ETag": current},
        )


def require_absent(if_match: str | None) -> None:
    """Refuse with 412 where the caller has read something that is not there."""
    if if_match is not None and if_match.strip() != "*":
        require_match(if_match, ABSENT)


def is_known(if_none_match: str | None, current: str) -> bool:
    """Say whether the caller has the current state already."""
    if if_none_match is None:
        return False
    tags = [tag for _, tag in _TAG.findall(if_none_match)]
    return if_none_match.strip() == "*" or current in tags
