"""How long a change waits for company before a rescore begins."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Debounce:
    """How long a change waits for company: `quiet` after the last, `longest` in all.

    A `few` changes wait `short` at most: people who edit now and then see the order
    soon, however steadily they do; only a bulk is worth `longest`.
    """

    quiet: timedelta = timedelta(seconds=0.5)
    longest: timedelta = timedelta(seconds=5)
    short: timedelta = timedelta(seconds=1)
    few: int = 50

    def due(self, *, since: datetime, now: datetime, changes: int) -> datetime:
        """Say when a rescore begins for so many changes, the first of them `since`."""
        few = changes <= self.few
        most = min(self.short, self.longest) if few else self.longest
        return min(since + most, now + self.quiet)
