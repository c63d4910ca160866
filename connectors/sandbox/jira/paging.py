"""Pages by token: a search is answered once, and its pages are read from that."""

import base64
import binascii
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from connectors.sandbox.answers import AnswerError

REMEMBERED: Final = 64
STALE: Final = "The provided next page token is invalid or expired."


class Searches:
    """The last searches: ids of what they found, under what was asked."""

    def __init__(self) -> None:
        """Begin with none."""
        self._found: OrderedDict[int, tuple[str, Sequence[str]]] = OrderedDict()
        self._count = 0
        self._lock = threading.Lock()

    def page(
        self,
        question: str,
        token: str | None,
        size: int,
        find: Callable[[], Sequence[str]],
    ) -> tuple[Sequence[str], str | None]:
        """Give a page of ids and the token of the next, which the last page lacks."""
        number, start = (self._keep(question, find()), 0) if not token else _read(token)
        kept, ids = self._found.get(number, ("", ()))
        if kept != question:
            raise AnswerError(400, STALE)
        end = start + size
        return ids[start:end], _write(number, end) if end < len(ids) else None

    def _keep(self, question: str, ids: Sequence[str]) -> int:
        with self._lock:
            self._count += 1
            self._found[self._count] = (question, ids)
            while len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
            return self._count


def _write(number: int, start: int) -> str:
    return base64.urlsafe_b64encode(f"{number}:{start}".encode()).decode()


def _read(token: str) -> tuple[int, int]:
    try:
        number, _, start = base64.urlsafe_b64decode(token).decode().partition(":")
        return int(number), int(start)
    except (binascii.Error, ValueError) as error:
        raise AnswerError(400, STALE) from error
