"""What can go wrong between us and Atlassian, by what the caller does about it.

ConnectorError
├── UnreachableError        try again, not before `retry_after` seconds
│   ├── PausedError         turned away with 429, or not even called: it has to wait
│   └── UnsignedError       not called: there is no token to sign it with
└── RefusedError            give up: the same call will be refused again
    ├── UnauthorizedError   the credential is wrong or has expired
    ├── ForbiddenError      the account may not do this
    │   └── NotGrantedError a good credential is not good for this call
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
    where the request surely was not carried out; otherwise a write may have taken
    place. `status` is 0 where no answer came.
    """

    def __init__(
        self,
        message: str = "",
        retry_after: float | None = None,
        *,
        sent: bool = True,
        status: int = 0,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.sent = sent
        self.status = status


class PausedError(UnreachableError):
    """Turned away, or not called: the site, or its part `scope`, is left alone.

    `scope` is a product, an endpoint or an issue; empty where only turns are short.
    """

    def __init__(
        self,
        message: str = "",
        retry_after: float = 0.0,
        *,
        scope: str = "",
        status: int = 0,
    ) -> None:
        super().__init__(message, retry_after, sent=False, status=status)
        self.scope = scope


class UnsignedError(UnreachableError):
    """Not called, for no token was to be had: the token endpoint's trouble."""

    def __init__(self, message: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, retry_after, sent=False)


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


class NotGrantedError(ForbiddenError):
    """401 although the credential is good: it lacks a scope, or a product's leave."""


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
