"""Refusals in Jira's own words and shape."""

from collections.abc import Mapping
from typing import Any

INVISIBLE = "Issue does not exist or you do not have permission to see it."
NOT_SIGNED_IN = "Client must be authenticated to access this resource."


class AnswerError(Exception):
    """The request is refused with this status; `errors` is keyed by field id."""

    def __init__(
        self, status: int, *messages: str, errors: Mapping[str, str] | None = None
    ) -> None:
        """Keep what the answer will say."""
        self.status = status
        self.messages = messages
        self.errors = dict(errors or {})
        said = (*messages, *(f"{k}: {v}" for k, v in self.errors.items()))
        super().__init__(f"{status} {'; '.join(said)}")

    def body(self) -> dict[str, Any]:
        """Give the body as Jira writes it."""
        return {"errorMessages": list(self.messages), "errors": self.errors}


class SeedError(Exception):
    """A backlog file says something that cannot be; the message names the place."""
