"""What weighs most of all that went wrong side by side."""

from collections.abc import Iterable
from concurrent.futures import Future

from app.work.fencing import OvertakenError
from app.work.pausing import MakeWayError
from connectors.errors import UnauthorizedError, UnreachableError


def raise_gravest(ended: Iterable[Future[None]]) -> None:
    """Raise what weighs most of what went wrong side by side, if anything did.

    Whoever makes way is tried anew at once, as if nothing had happened: so trouble of
    the site, and all that ends a run for good, goes before.
    """
    found = [error for one in ended if (error := one.exception()) is not None]
    if found:
        raise max(found, key=_gravity)


def _gravity(error: BaseException) -> int:
    mildest = (MakeWayError, UnreachableError, OvertakenError, UnauthorizedError)
    kinds = [isinstance(error, kind) for kind in mildest]
    return kinds.index(True) if any(kinds) else len(kinds)
