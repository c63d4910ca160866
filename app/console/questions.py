"""What a person asks of a ranked spreadsheet beside its order, read from options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.console.trouble import CommandError
from scoring.item import Item
from scoring.numerals import read_number
from scoring.plannable import as_read
from scoring.what_if import Change

MOST_TEAMS: Final = 1_000
MOST_ASKED: Final = 100
_NAMES: Final = ("cost_of_delay", "duration", "gain")
_CHANGE: Final = "write it like PAY-7:cost_of_delay=500,duration=+1,gain=900"
_PIN: Final = "write it like PAY-7:1"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or how much is added to the one that is there."""

    value: float
    added: bool = False

    def beside(self, now: float) -> float:
        """Tell what the number would be."""
        return now + self.value if self.added else self.value


@dataclass(frozen=True, slots=True)
class Wish:
    """One --what-if: a key and other numbers for it."""

    key: str
    numbers: Mapping[str, Number]

    def change(self, item: Item) -> Change:
        """Tell the numbers that the item would have in the file.

        What is added to a likely number shifts its range along.
        """
        read = as_read(item)
        cost, duration = (self.numbers.get(name) for name in _NAMES[:2])
        gain = self.numbers.get("gain", Number(0.0)).value
        weeks = duration.beside(read.duration) if duration else None
        if weeks is not None and weeks <= 0:
            raise CommandError(
                f"--what-if {self.key}: a duration of {weeks:g} is not more than 0",
                hint=f"its duration is {read.duration:g} now",
            )
        new = cost.beside(read.cost_of_delay) if cost else None
        shifted = frozenset(name for name, one in self.numbers.items() if one.added)
        return Change(self.key, new, weeks, gain, shifted)


@dataclass(frozen=True, slots=True)
class Questions:
    """All that is asked; `teams` is 0 where nobody asks for several.

    `queues` says that each team of the file works off its own rows.
    """

    tolerance: float = 0.0
    teams: int = 0
    queues: bool = False
    wishes: tuple[Wish, ...] = ()
    pins: tuple[tuple[str, int], ...] = ()
    explained: tuple[str, ...] = ()


def read_questions(  # noqa: PLR0913 - one for each option
    *,
    tolerance: float = 0.0,
    teams: int = 0,
    queues: bool = False,
    what_if: Sequence[str] = (),
    price_pin: Sequence[str] = (),
    explain: Sequence[str] = (),
) -> Questions:
    """Read the options' texts; what cannot be read is a CommandError."""
    if not 0 <= tolerance < 1:
        told = f"--tolerance {tolerance:g} is no share of the delay cost"
        raise CommandError(told, hint="give 0.001 for a thousandth")
    if not 0 <= teams <= MOST_TEAMS:
        raise CommandError(
            f"--teams {teams} cannot be planned", hint=f"give 1 to {MOST_TEAMS:,}"
        )
    if teams and queues:
        raise CommandError(
            "--teams and --queues are two answers to one question",
            hint="give one of them",
        )
    count = len(what_if) + len(price_pin) + len(explain)
    if count > MOST_ASKED:
        raise CommandError(
            f"{count} questions are too many at once", hint=f"ask at most {MOST_ASKED}"
        )
    return Questions(
        tolerance=tolerance,
        teams=teams,
        queues=queues,
        wishes=tuple(map(_wish, what_if)),
        pins=tuple(map(_pin, price_pin)),
        explained=tuple(explain),
    )


def _wish(text: str) -> Wish:
    key, colon, rest = text.rpartition(":")
    numbers: dict[str, Number] = {}
    for part in rest.split(","):
        name, equals, number = (one.strip() for one in part.partition("="))
        if not (colon and equals) or name not in _NAMES or name in numbers:
            raise CommandError(f"--what-if {text} cannot be read", hint=_CHANGE)
        numbers[name] = _number(text, number)
    return Wish(key.strip(), numbers)


def _number(text: str, written: str) -> Number:
    value = read_number(written)
    if isinstance(value, str):
        raise CommandError(f"--what-if {text}: a number {value}", hint=_CHANGE)
    return Number(value, added=written[0] in "+-−")


def _pin(text: str) -> tuple[str, int]:
    key, colon, place = text.rpartition(":")
    if not colon or not place.strip().isascii() or not place.strip().isdigit():
        raise CommandError(f"--price-pin {text} cannot be read", hint=_PIN)
    if not 1 <= int(place) <= 10**9:
        raise CommandError(f"--price-pin {text}: places count from 1", hint=_PIN)
    return key.strip(), int(place)
