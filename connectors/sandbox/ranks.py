"""Ranks as Jira keeps them: texts such as `0|i0000f:` whose order is the order.

A rank is a bucket, a bar, six digits in base 36, a colon and further digits where the
six leave no room. Two texts compare as their numbers do, for the colon stands at the
same place in all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
WHOLE: Final = 6
FIRST: Final = int("i00007", 36)
STEP: Final = 8
LONGEST: Final = 160  # Jira spreads all ranks anew at once when one grows this long.

Place = Literal["before", "after"]


def write_rank(digits: str, bucket: int = 0) -> str:
    """Write digits of a fraction as a rank."""
    padded = digits.ljust(WHOLE, "0")
    return f"{bucket}|{padded[:WHOLE]}:{padded[WHOLE:]}"


def read_rank(rank: str) -> str:
    """Read the digits of a rank's fraction, without zeros at the end."""
    return rank.partition("|")[2].replace(":", "").rstrip("0")


def between(low: str, high: str | None) -> str:
    """Find digits strictly between two fractions; no upper one means 1.

    `low` < `high`, neither ends in zero, and so the answer does not either.
    """
    shared = 0
    if high is not None:
        while (low[shared : shared + 1] or "0") == high[shared]:
            shared += 1
        if shared:
            return high[:shared] + between(low[shared:], high[shared:])
    first = DIGITS.index(low[0]) if low else 0
    last = DIGITS.index(high[0]) if high is not None else len(DIGITS)
    if last - first > 1:
        return DIGITS[(first + last) // 2]
    if high is not None and len(high) > 1:
        return high[0]
    return DIGITS[first] + between(low[1:], None)


def next_rank(low: str) -> str:
    """Find digits a step behind the last rank."""
    whole = int(low[:WHOLE].ljust(WHOLE, "0"), 36) + STEP
    if whole >= 36**WHOLE:
        return between(low, None)
    return _base36(whole).rstrip("0")


def spread(count: int) -> list[str]:
    """Give evenly spaced digits for a whole site."""
    return [_base36(FIRST + STEP * place).rstrip("0") for place in range(count)]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits.rjust(WHOLE, "0")


@dataclass(slots=True)
class Ranks:
    """The order of all issues of a site, by id: one list, and each one's rank."""

    order: list[str] = field(default_factory=list)
    ranks: dict[str, str] = field(default_factory=dict)
    bucket: int = 0

    def of(self, issue_id: str) -> str:
        """Give an issue's rank."""
        return self.ranks[issue_id]

    def load(self, ranked: Iterable[tuple[str, str]]) -> None:
        """Take ranks that were kept."""
        self.ranks = dict(ranked)
        self.order = sorted(self.ranks, key=self.ranks.__getitem__)
        self.bucket = int(self.ranks[self.order[0]][0]) if self.order else 0

    def extend(self, issue_ids: Sequence[str]) -> None:
        """Put many issues at the end at once."""
        if self.order:
            for issue_id in issue_ids:
                self.append(issue_id)
            return
        self.order = list(issue_ids)
        self._spread()

    def append(self, issue_id: str) -> None:
        """Put a new issue at the end."""
        last = self._digits(self.order[-1]) if self.order else ""
        digits = next_rank(last) if last else spread(1)[0]
        self.order.append(issue_id)
        self._give(issue_id, digits)

    def remove(self, issue_id: str) -> None:
        """Forget an issue."""
        self.order.remove(issue_id)
        del self.ranks[issue_id]

    def put(self, issue_id: str, anchor: str, place: Place) -> str | None:
        """Put an issue right before or after another; say `higher`, `lower` or nothing.

        An issue that stands there already keeps its rank.
        """
        was = self.order.index(issue_id)
        del self.order[was]
        now = self.order.index(anchor) + (place == "after")
        self.order.insert(now, issue_id)
        if now == was:
            return None
        low = self._digits(self.order[now - 1]) if now else ""
        after = self.order[now + 1 : now + 2]
        self._give(issue_id, _room(low, self._digits(after[0]) if after else None))
        return "higher" if now < was else "lower"

    def _give(self, issue_id: str, digits: str) -> None:
        rank = write_rank(digits, self.bucket)
        self.ranks[issue_id] = rank
        if len(rank) > LONGEST:
            self.bucket = (self.bucket + 1) % 3
            self._spread()

    def _spread(self) -> None:
        fresh = zip(self.order, spread(len(self.order)), strict=True)
        self.ranks = {key: write_rank(digits, self.bucket) for key, digits in fresh}

    def _digits(self, issue_id: str) -> str:
        return read_rank(self.ranks[issue_id])


def _room(low: str, high: str | None) -> str:
    """Find digits between two neighbours, a step behind where nothing follows."""
    return next_rank(low) if high is None and low else between(low, high)
