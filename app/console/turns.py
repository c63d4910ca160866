"""What would bring an item to another place, in words."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scoring.explain import Turn


def tell_turn(turn: "Turn") -> str:
    """Say which value would do it, or why none does."""
    values = [
        f"with {name} {value:,.4g} {unit}"
        for name, value, unit in (
            ("a cost of delay of", turn.cost_of_delay, "a week"),
            ("a duration of", turn.duration, "weeks"),
        )
        if value is not None
    ]
    told = " or ".join(values)
    if turn.held_by:
        told = f"stands the link with {turn.held_by}"
    return "; ".join(part for part in (told, turn.note) if part) or "is no value known"
