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
    the neighbour above where both have the same CD3.
    """

    place: int
    rate: float
    duration: float
    latest_start: date | None = None
    waits: bool = False
    pulled_by: str | None = None
    pulled_worth: float = 0.0
    held_by: str | None = None
    tied_with: str | None = None


def say_why(standing: Standing, currency: str) -> str:
    """Say why an item stands where it stands; the strongest reason only."""
    return _by_others(standing, currency) or _by_itself(standing, currency)


def _by_others(standing: Standing, currency: str) -> str:
    if standing.pulled_by:
        worth = tell_amount(standing.pulled_worth, currency)
        return f"Pulled forward: it blocks {standing.pulled_by}, worth {worth} a week"
    if standing.waits:
        return f"Waits: its deadline leaves time until {standing.latest_start}"
    if standing.held_by:
        return f"Waits for {standing.held_by}, which must come first"
    return ""


def _by_itself(standing: Standing, currency: str) -> str:
    if standing.rate < 0:
        return "Waiting is worth more than doing: its cost of delay is negative"
    if standing.rate == 0:
        return "Nothing is lost while it waits"
    if not standing.duration:
        return "It takes no time, so nothing waits for it"
    if standing.latest_start:
        return f"Its deadline leaves no more time after {standing.latest_start}"
    return _by_ratio(standing, currency)


def _by_ratio(standing: Standing, currency: str) -> str:
    if standing.tied_with:
        tied = f"Worth as much per week of work as {standing.tied_with}"
        return f"{tied}: today's order decides"
    which = "cost of delay per week of work"
    if standing.place == 1:
        return f"Highest {which} among what may start"
    ratio = tell_amount(standing.rate / standing.duration, currency)
    return f"Next highest {which}: {ratio}"


def tell_amount(amount: float, currency: str) -> str:
    """Tell an amount, as money where there is a currency: «40,000 EUR», «3 points»."""
    digits = 0 if abs(amount) >= _WHOLE or amount == int(amount) else 2
    points = "point" if amount == 1 else "points"
    return f"{amount:,.{digits}f} {currency or points}"
