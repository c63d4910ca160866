"""A write whose outcome is unknown is looked up before it is said again."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from connectors.errors import ConflictError, RefusedError, UnreachableError

# Waits before a try, as long as the site asked at least; false where that is too long.
Rest = Callable[[int, float], bool]

Trouble = UnreachableError | RefusedError

TRIES: Final = 3
_UNPROCESSABLE: Final = 422
# A query that spares an issue's watchers the mail of an edit.
NO_MAIL: Final = {"notifyUsers": "false"}


def write_fields_surely(
    key: str,
    values: Mapping[str, object],
    *,
    put: Callable[[], object],
    read: Callable[[], Mapping[str, object]],
    rest: Rest,
) -> None:
    """Set an issue's fields; `read` gives them as they stand."""
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            words = f"{value} is no number that Jira could hold"
            raise RefusedError(f"{key}: {name}: {words}.", field_errors={name: words})

    def stands() -> bool:
        found = read()
        return all(found.get(name) == value for name, value in values.items())

    write_surely(put, stands, rest=rest)


def write_surely(
    write: Callable[[], object],
    stands: Callable[[], bool],
    *,
    rest: Rest,
) -> None:
    """Write; where nobody knows what came of it, look, and write again if need be.

    So too where Jira says that somebody was in its way (409, or 422 without a word
    about a field). `stands` reads whether all is as wanted. After three tries the last
    error goes on; at once where the site asks for more time than `rest` sleeps: then
    whoever comes back later reads first.
    """
    trouble: Trouble | None = None
    for number in range(1, TRIES + 1):
        trouble = _trouble_of(write)
        if trouble is None:
            return
        if not rest(number, _asked(trouble)):
            break
        if stands():
            return
    if trouble is not None:
        raise trouble


def _trouble_of(write: Callable[[], object]) -> Trouble | None:
    """Write; answer what may or may not have hindered it, nothing where it is done."""
    try:
        write()
    except UnreachableError as error:
        if not error.sent:
            raise  # it surely was not done, and the wire has insisted already
        return error
    except RefusedError as error:
        if not _in_the_way(error):
            raise
        return error
    return None


def _asked(trouble: Trouble) -> float:
    """Say for how many seconds the site asked to be left alone."""
    asked = trouble.retry_after if isinstance(trouble, UnreachableError) else None
    return asked or 0.0


def _in_the_way(error: RefusedError) -> bool:
    if isinstance(error, ConflictError):
        return True
    return error.status == _UNPROCESSABLE and not error.field_errors
