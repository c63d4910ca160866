"""Give new things their ids."""

import re
import unicodedata
from collections.abc import Callable
from http import HTTPStatus
from itertools import count

from app.api.problems import ProblemError


def choose_id(
    given: str | None, name: str, fallback: str, is_free: Callable[[str], bool]
) -> str:
    """Take the id that was given, which must be free, else make one from the name."""
    if given is None:
        wanted = make_id(name, fallback)
        numbered = (f"{wanted}-{number}" for number in count(2))
        return wanted if is_free(wanted) else next(filter(is_free, numbered))
    if not is_free(given):
        raise ProblemError(
            HTTPStatus.CONFLICT,
            "id_taken",
            f"There is a {fallback} {given!r} already; choose another id.",
        )
    return given


def make_id(name: str, fallback: str) -> str:
    """Make an id from a name: «Harbour & Co.» becomes `harbour-co`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower())[:48].strip("-")
    return slug or fallback
