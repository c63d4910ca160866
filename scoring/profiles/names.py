"""The names of urgency profiles: ours, Kanban's, and which one an item has."""

from datetime import date
from types import MappingProxyType
from typing import Final

from scoring.item import Item
from scoring.urgency import DEADLINE, STANDARD

SHORT: Final = "short"
LONG: Final = "long"
RAMP: Final = "ramp"
PROFILES: Final = (STANDARD, DEADLINE, SHORT, LONG, RAMP)

# How long a profile takes where nobody says: a season, the two years in which a market
# is divided, the half year in which what is put off begins to hurt.
LIFE: Final = MappingProxyType({SHORT: 26.0, LONG: 104.0, RAMP: 26.0})

# Kanban's classes of service are a second vocabulary for the same shapes. What is
# expedited loses from the first day at a constant rate: its urgency is its amount.
SYNONYMS: Final = MappingProxyType(
    {
        "expedite": STANDARD,
        "linear": STANDARD,
        "fixed date": DEADLINE,
        "external deadline": DEADLINE,
        "short life cycle": SHORT,
        "long life cycle": LONG,
        "intangible": RAMP,
    }
)

# Less than a minute is no delay that anybody speaks of.
LATE: Final = 1e-4

_WEEK: Final = 7


def profile_named(text: str) -> str | None:
    """Find the profile that a word means; case, hyphens and spaces do not matter."""
    word = " ".join(text.replace("-", " ").replace("_", " ").split()).casefold()
    return word if word in PROFILES else SYNONYMS.get(word)


def profile_of(item: Item) -> str:
    """Tell an item's profile: unless it says one, a deadline makes it `deadline`."""
    if item.profile:
        return item.profile
    return STANDARD if item.deadline is None else DEADLINE


def changes(item: Item, today: date) -> bool:
    """Tell whether an item's cost of delay changes from now on."""
    return profile_of(item) in LIFE or weeks_until(item, today) > 0


def weeks_until(item: Item, today: date) -> float:
    """Count the weeks to the deadline that counts; 0 where none does or it is over.

    What a passed deadline has cost by now is lost whatever comes first.
    """
    if item.deadline is None or profile_of(item) == STANDARD:
        return 0.0
    return max(0.0, (item.deadline - today).days / _WEEK)


def days_left(item: Item, today: date) -> int | None:
    """Count the days to the deadline after which the full rate counts, if it has one.

    With a profile of its own an item's rate is never simply full.
    """
    if item.deadline is None or profile_of(item) != DEADLINE:
        return None
    return (item.deadline - today).days


def weeks_late(item: Item, ends: float, today: date) -> float:
    """Tell by how many weeks an item that ends then misses a deadline to come, or 0."""
    due = weeks_until(item, today)
    return ends - due if due and ends > due + LATE else 0.0
