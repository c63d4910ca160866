"""What Confluence refuses, as a value that knows its status and its words."""


class RefusalError(Exception):
    """Confluence says no: `status` and `words` as it puts them on the wire.

    `code` is the machine's word of REST v2, for instance `CONFLICT`.
    """

    def __init__(self, status: int, words: str, *, code: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.words = words
        self.code = code or _CODES.get(status, "BAD_REQUEST")


_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    410: "GONE",
    413: "PAYLOAD_TOO_LARGE",
}


def missing(what: str, name: object) -> RefusalError:
    """Say that something is not there, or not there for this account."""
    return RefusalError(404, f"{what} with id {name} not found or not permitted")


def invalid(words: str) -> RefusalError:
    """Say that a request cannot be understood."""
    return RefusalError(400, words, code="INVALID_REQUEST_PARAMETER")


def stale(current: int, given: object) -> RefusalError:
    """Say that a version number is not the one after the current."""
    return RefusalError(
        409,
        "Version must be incremented when updating a page. "
        f"Current Version: [{current}]. Provided version: [{given}]",
    )


def title_taken() -> RefusalError:
    """Say that another page of the space has this title."""
    return RefusalError(
        400,
        "A page with this title already exists: "
        "A page already exists with the same TITLE in this space",
    )
