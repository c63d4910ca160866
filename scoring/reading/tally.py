"""One number made of several readings: what counts, what is missing, from where."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from scoring.item import Mode, Source, Span
from scoring.reading.shown import plain, quote
from scoring.reading.value import LARGEST, Reading, Unread

ROLE: Final = "cost_of_delay"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a backlog counts in: `currency` is empty in relative mode."""

    mode: Mode
    currency: str
    sprint_weeks: float

    @property
    def unit(self) -> str:
        """Name the unit of its costs of delay."""
        return f"{self.currency or 'points'} per week"


@dataclass(frozen=True, slots=True)
class Read:
    """One number of an item, per week or in weeks, with where it came from."""

    value: float
    span: Span | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """One reason why an item has no such number."""

    role: str
    field: str
    reason: str


def source(role: str, read: Reading, unit: str) -> Source:
    """Say where a number came from."""
    return Source(role, read.field, read.text, read.value, unit, read.formula)


def too_large(value: float) -> Miss | None:
    """Refuse a cost of delay that cannot be meant."""
    # «not <=», for an endless number may have become NaN
    if not abs(value) <= LARGEST:
        return Miss(ROLE, "", "cost of delay is too large to be meant")
    return None


@dataclass(frozen=True, slots=True)
class Counted:
    """One part that counts, by a share of it where that is less than all."""

    name: str
    value: float
    span: Span
    share: float | None = None


@dataclass(slots=True)
class Tally:
    """Parts as they are read; only an optional one may be empty, and never all."""

    unit: str
    counted: list[Counted] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def take(
        self, name: str, read: Reading | Unread, *, optional: bool = False
    ) -> bool:
        """Enter what a part's value says; tell whether it counts."""
        if isinstance(read, Reading):
            span = read.span or Span(read.value, read.value)
            self.counted.append(Counted(name, read.value, span))
            self.sources.append(source(name, read, self.unit))
            return True
        if optional and read.empty:
            note = "optional and empty: not counted"
            self.sources.append(Source(name, read.field, "", None, self.unit, note))
        else:
            self.miss(name, read, f"part {quote(name)}")
        return False

    def miss(self, name: str, read: Unread, told: str) -> None:
        """Enter why a part, told so, has no number."""
        self.misses.append(
            Miss(name, read.field, f"cost of delay {told} {read.reason}")
        )

    def total(self) -> Read | tuple[Miss, ...]:
        """Add what counts; ranges are added as if they moved together, the widest."""
        if not self.counted and not self.misses:
            told = "cost of delay has no part that is filled in"
            self.misses.append(Miss(ROLE, "", told))
        if self.misses:
            return tuple(self.misses)
        total = sum(part.value * _share(part) for part in self.counted)
        if miss := too_large(total):
            return (miss,)
        low = sum(part.span.low * _share(part) for part in self.counted)
        high = sum(part.span.high * _share(part) for part in self.counted)
        whole = Source(ROLE, "", "", total, self.unit, _told(self.counted))
        span = Span(low, high) if low < high else None
        return Read(total, span, (*self.sources, whole))


def _share(part: Counted) -> float:
    return 1.0 if part.share is None else part.share


def _told(counted: Sequence[Counted]) -> str:
    return " + ".join(
        f"{part.name} {plain(part.value)}"
        + ("" if part.share is None else f" × {plain(part.share)}")
        for part in counted
    )
