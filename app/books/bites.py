"""Long lists in short pieces: a statement may have only so many parameters."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def bites(things: Iterable[T], most: int) -> Iterator[list[T]]:
    """Give things in lists of at most so many."""
    rest = iter(things)
    while bite := list(islice(rest, most)):
        yield bite
