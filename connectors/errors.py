"""What can go wrong between us and Atlassian, by what the caller does about it.

ConnectorError
├── UnreachableError        try again, not before `retry_after` seconds
└── RefusedError            give up: the same call will be refused again
    ├── UnauthorizedError   the credential is wrong or has expired
    ├── ForbiddenError      the account may not do this
    ├── NotFoundError       it is not there, or the account may not see it
    └── ConflictError       somebody else wrote first: read again
"""

from collections.abc import Mapping, Sequence
from typing import Final


class ConnectorError(Exception):
    """A call to Atlassian did not do what it was meant to."""


class UnreachableError(ConnectorError):
    """No usable answer: try again later.

    `retry_after` is in seconds, `None` where the site did not say. `sent` is false
    where the request surely never arrived; otherwise a write may have taken place.
    """

    def __init__(
        self,
        message: str = "",
        retry_after: float | None = None,
        *,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.sent = sent


class RefusedError(ConnectorError):
    """The site said no; `messages` and `field_errors` are its own words.

    `status` is 0 where we ourselves refused to make the call. `field_errors` is keyed
    by field id, as in the `errors` of Jira's answers.
    """

    def __init__(
        self,
        message: str = "",
        status: int = 0,
        messages: Sequence[str] = (),
        field_errors: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.messages = tuple(messages)
        self.field_errors = dict(field_errors or {})


class UnauthorizedError(RefusedError):
    """401: the credential is wrong, expired or revoked."""


class ForbiddenError(RefusedError):
    """403: the account may not do this."""


class NotFoundError(RefusedError):
    """404 or 410: it is not there, or the account may not see it."""


class ConflictError(RefusedError):
    """409: somebody else wrote in the meantime."""


# By status; every other refusal is a plain RefusedError.
REFUSALS: Final[Mapping[int, type[RefusedError]]] = {
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    410: NotFoundError,
}
