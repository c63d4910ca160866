"""What signs a call: the value of its `Authorization` header."""

import base64
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from connectors.deadline import within
from connectors.errors import UnreachableError, UnsignedError


class Signer(Protocol):
    """Signs calls to one site; safe to share between threads."""

    def header(self) -> str:
        """Give the header's value, empty to sign nothing.

        One that is renewed may call its token endpoint, and raise our errors; it keeps
        to the time that its thread was given.
        """

    def renew(self, refused: str) -> bool:
        """Hear that a value was refused; say whether there is another to try with."""


@dataclass(frozen=True, slots=True)
class Basic:
    """A name with a token or a password."""

    name: str
    secret: str = field(repr=False)

    def header(self) -> str:
        """Encode both (RFC 7617)."""
        pair = f"{self.name}:{self.secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def renew(self, refused: str) -> bool:
        """Know no other."""
        del refused
        return False


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that stands alone, such as Data Center's personal ones."""

    token: str = field(repr=False)

    def header(self) -> str:
        """Name the token (RFC 6750)."""
        return f"Bearer {self.token}"

    def renew(self, refused: str) -> bool:
        """Know no other."""
        del refused
        return False


@dataclass(frozen=True, slots=True)
class Nobody:
    """Signs nothing: for what answers anybody, and where the body holds the secret."""

    def header(self) -> str:
        """Say nothing."""
        return ""

    def renew(self, refused: str) -> bool:
        """Know no other."""
        del refused
        return False


@contextmanager
def signing(words: str, seconds: float) -> Iterator[None]:
    """Sign a call in so many seconds; say where it is this that failed."""
    try:
        with within(seconds):
            yield
    except UnreachableError as error:
        told = f"{words}: not called, for it cannot be signed: {error}"
        raise UnsignedError(told, error.retry_after) from error


class SignedBy(httpx.Auth):
    """Puts a signer's header on a request."""

    def __init__(self, header: str) -> None:
        self._header = header

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Sign once; a refusal is the wire's to judge."""
        if self._header:
            request.headers["Authorization"] = self._header
        yield request
