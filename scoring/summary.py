"""What a reader is told of a backlog: rows, gaps, money. Values only."""

from dataclasses import dataclass
from datetime import date

from scoring.item import Cycle, Gap, Item, Mode


@dataclass(frozen=True, slots=True)
class Row:
    """One item in the recommended order.

    `place` and `was` are 1-based places among the scored items, recommended and in
    Jira today. `rate` is the cost of delay that counts today (0 while a deadline is
    still far off; what waiting a week costs it if it starts today). `cd3` is rate ÷
    duration, infinite for no duration. `starts` and `ends` are weeks from now;
    `delay_cost` is what it has cost by then: rate × ends, or where its cost of delay
    changes, what its deadline and profile make of it. `pulled_by` is the key of
    the blocked item for whose sake this one stands earlier than its CD3 earns.
    `why` is one plain sentence. `blockers` are the scored items that must come first,
    links through unscored issues included; `waits_for` what else must that has no
    score, in the backlog or outside. Rows that links hold together have the same
    `block`, from 1; it is 0 for a row that moves alone, and None where nobody said.
    """

    item: Item
    place: int
    was: int
    rate: float
    cd3: float
    starts: float
    ends: float
    delay_cost: float
    latest_start: date | None = None
    pulled_by: str | None = None
    why: str = ""
    blockers: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    block: int | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Total delay cost of Jira's order and of ours, own durations counted.

    Both are priced alike, with all that deadlines and profiles change as time goes by.
    `gap` is 0 where the order is proven the cheapest, else (order - lower_bound)
    relative to |lower_bound|.
    """

    jira_order: float
    order: float
    saved: float
    lower_bound: float
    gap: float


@dataclass(frozen=True, slots=True)
class Summary:
    """The order with its money, what is not scored, and which links were in a loop.

    `currency` is an ISO 4217 code in money mode and empty in relative mode, where no
    amount may be called money. `over_time` says that some cost of delay changes from
    today on, so that the order was found by what each item costs when its turn comes,
    and no longer by CD3 alone.
    """

    mode: Mode
    currency: str
    today: date
    rows: tuple[Row, ...]
    gaps: tuple[Gap, ...]
    cycles: tuple[Cycle, ...]
    totals: Totals
    over_time: bool = False
