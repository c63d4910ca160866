"""Pages that go by number: what came twice, and whether anything slipped between two.

Each page but the first begins with the last issue of the one before. Where it does not,
issues have left or moved meanwhile, and another may have slipped from a page that was
not read yet to one that was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Raw = Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    """One reading of all pages; `shifted` where it may have missed an issue."""

    seen: set[str] = field(default_factory=set)
    shifted: bool = False
    _last: str = ""
    _total: int = 0

    def take(self, raws: Sequence[Raw], total: int) -> list[Raw]:
        """Take a page; answer what is new on it."""
        numbers = [str(raw.get("id") or "") for raw in raws]
        again = [number for number in numbers if number in self.seen]
        expected = [self._last] if self._last else []
        whole = again == expected == numbers[: len(expected)]
        # Where one leaves and an unread one comes up, the pages' ends may still fit.
        self.shifted |= not whole or total < self._total
        self._total = total
        fresh = [
            raw
            for raw, number in zip(raws, numbers, strict=True)
            if number not in self.seen
        ]
        self.seen.update(filter(None, numbers))
        # A page of one cannot begin with what is known: nobody would ever get on.
        self._last = numbers[-1] if len(numbers) > 1 else ""
        return fresh

    @property
    def overlap(self) -> int:
        """Say with how many issues of this page the next one begins."""
        return 1 if self._last else 0
