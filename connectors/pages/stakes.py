"""Which scored issues a piece of evidence touches, and the money that rides on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from connectors.pages.figures import Amounts
from connectors.pages.origin import MOST_NAMED, Origin
from connectors.pages.storage import Content
from scoring.summary import Row, Summary


@dataclass(frozen=True)
class Stakes:
    """The scored issues by key."""

    summary: Summary
    origin: Origin

    @cached_property
    def amounts(self) -> Amounts:
        """Write amounts in the backlog's currency, or in points."""
        return Amounts(self.summary.currency)

    @cached_property
    def rows(self) -> dict[str, Row]:
        """Look up each scored issue's row."""
        return {row.item.key: row for row in self.summary.rows}

    def touched(self, keys: Iterable[str]) -> list[Row]:
        """Find the scored ones among the keys, each once, by place."""
        found = [self.rows[key] for key in set(keys) if key in self.rows]
        return sorted(found, key=lambda row: row.place)

    def weekly(self, keys: Iterable[str]) -> float:
        """Add up the cost of delay per week of the scored issues, each counted once."""
        return sum(row.item.cost_of_delay for row in self.touched(keys))

    def listed(self, keys: Iterable[str]) -> list[Content]:
        """Link to each touched issue, with its place and cost of delay; then the rest.

        Issues that are touched but have no score are named without money.
        """
        wanted = list(dict.fromkeys(keys))
        rows = self.touched(wanted)
        pieces: list[Content] = []
        for row in rows[:MOST_NAMED]:
            at_stake = self.amounts.rate(row.item.cost_of_delay)
            pieces += ["; "] if pieces else []
            pieces += [
                self.origin.issue(row.item.key, row.item.summary),
                f" (place {row.place}, {at_stake})",
            ]
        if len(rows) > MOST_NAMED:
            pieces.append(f" and {len(rows) - MOST_NAMED} more")
        others = [key for key in wanted if key not in self.rows]
        if others:
            pieces += ["; not scored: " if pieces else "Not scored: "]
            pieces += self.origin.issues(others)
        return pieces
