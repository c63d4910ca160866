"""Why an item stands where it stands, in one plain sentence."""

from dataclasses import dataclass
from datetime import date

# Amounts from here on are told without decimals.
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """What the sentence is made from.

    `pulled_by` is the blocked item that pulls this one forward and `pulled_worth` its
    rate. `held_by` is a blocker without which it would stand further up. `tied_with` is
    the neighbour above where both have the same CD3. `awaits` says that it also waits
    for something that has no score.

    `days_left` counts the days to the `deadline` after which its full rate counts.

    The rest says what holds over time: `late` is how many weeks it ends after a
    deadline to come, `goes_before` the next item if after that one it would be late.
    `moving` says that its place hangs on how costs change, its own or others';
    `by_its_turn` is its rate when it ends.
    """

    place: int
    rate: float
    duration: float
    latest_start: date | None = None
    deadline: date | None = None
    days_left: int | None = None
    waits: bool = False
    pulled_by: str | None = None
    pulled_worth: float = 0.0
    held_by: str | None = None
    tied_with: str | None = None
    awaits: bool = False
    late: float = 0.0
    goes_before: str | None = None
    moving: bool = False
    by_its_turn: float = 0.0


def say_why(standing: Standing, currency: str) -> str:
    """Say why an item stands where it stands; the strongest reason only."""
    return _by_others(standing, currency) or _by_itself(standing, currency)


def _by_others(standing: Standing, currency: str) -> str:
    if standing.pulled_by:
        worth = tell_amount(standing.pulled_worth, currency)
        return f"Pulled forward: it blocks {standing.pulled_by}, worth {worth} a week"
    if standing.waits and not standing.late:
        return _in_time(standing)
    if standing.held_by:
        return f"Waits for {standing.held_by}, which must come first"
    return ""


def _in_time(standing: Standing) -> str:
    if not standing.goes_before:
        return f"Waits: its deadline leaves time until {standing.latest_start}"
    misses = f"Goes before {standing.goes_before}, after which it would end too late"
    return f"{misses}: it must start by {standing.latest_start}"


def _by_itself(standing: Standing, currency: str) -> str:
    if standing.late and standing.place > 1:
        return f"Ends {_late(standing)}: what stands above loses more by waiting"
    if standing.rate < 0:
        return "Waiting is worth more than doing: its cost of delay is negative"
    if standing.rate == 0:
        return "Nothing is lost while it waits"
    if not standing.duration:
        return "It takes no time, so nothing waits for it"
    return (
        _by_deadline(standing)
        or _over_time(standing, currency)
        or _by_ratio(standing, currency)
    )


def _by_deadline(standing: Standing) -> str:
    if standing.late:
        return f"Even if begun now it ends {_late(standing)}"
    left = standing.days_left
    if left is None:
        return ""
    if left > 0:
        return f"Its deadline leaves no more time after {standing.latest_start}"
    gone = "has passed" if left else "is today"
    return f"Its deadline {standing.deadline} {gone}: full cost of delay counts"


def _late(standing: Standing) -> str:
    return f"{standing.late:,.1f} weeks after its deadline {standing.deadline}"


def _over_time(standing: Standing, currency: str) -> str:
    """Say what holds of every place that no single move makes cheaper."""
    if not standing.moving:
        return ""
    now, then = standing.rate, standing.by_its_turn
    loses = f"Loses {tell_amount(now, currency)} a week now"
    if now != then:
        loses += f", {tell_amount(then, currency)} by its turn"
    if standing.place == 1:
        return f"{loses}: putting it off would cost more than it gains"
    return f"{loses}: further up it would push back what loses more"


def _by_ratio(standing: Standing, currency: str) -> str:
    if standing.tied_with:
        tied = f"Worth as much per week of work as {standing.tied_with}"
        return f"{tied}: today's order decides"
    which = "cost of delay per week of work"
    if standing.place == 1:
        return f"Highest {which}{'' if standing.awaits else ' among what may start'}"
    ratio = tell_amount(standing.rate / standing.duration, currency)
    return f"Next highest {which}: {ratio}"


def tell_amount(amount: float, currency: str) -> str:
    """Tell an amount, as money where there is a currency: «40,000 EUR», «3 points».

    Points may be point-weeks; one of them is told as one.
    """
    digits = 0 if abs(amount) >= _WHOLE or amount == int(amount) else 2
    unit = currency or "points"
    if amount == 1 and unit in ("points", "point-weeks"):
        unit = unit.removesuffix("s")
    return f"{amount:,.{digits}f} {unit}"
