"""JSON read key by key, where whatever is wrong is noted with a pointer to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

TEXT_LIMIT: Final = 255
LIST_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one place of the input, and what to do about it.

    `pointer` is a JSON pointer (RFC 6901), `code` a word for programs, `message` a
    sentence for people; `candidates` are what could stand there instead.
    """

    pointer: str
    code: str
    message: str
    candidates: tuple[str, ...] = ()


def step(pointer: str, key: str | int) -> str:
    """Append one key to a pointer, escaped as RFC 6901 says."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


@dataclass(slots=True)
class Notes:
    """The problems found so far, and the objects whose keys are still to be checked."""

    problems: list[Problem] = field(default_factory=list)
    opened: list["Pointed"] = field(default_factory=list)

    def finish(self) -> tuple[Problem, ...]:
        """Note the keys that nobody asked for, and give all problems."""
        for at in self.opened:
            at.note_unknown_keys()
        return tuple(self.problems)


class Pointed:
    """One JSON object: asked for a key, it answers with a fit value or notes why not.

    After a problem it answers with a harmless stand-in, so that one reading finds all
    problems; whoever reads looks at the notes before using what was read.
    """

    def __init__(self, raw: object, pointer: str, notes: Notes) -> None:
        self.pointer = pointer
        self._notes = notes
        self._asked: dict[str, None] = {}
        self._raw: dict[str, object] = {}
        if isinstance(raw, dict):
            self._raw = raw
            notes.opened.append(self)
        else:
            self.note(None, "type", "must be an object")
            self._notes = Notes()  # its keys are not missing: all of it is wrong

    def note(self, key: str | None, code: str, message: str) -> None:
        """Note a problem with a key, or with the object itself."""
        pointer = self.pointer if key is None else step(self.pointer, key)
        self._notes.problems.append(Problem(pointer, code, message))

    def count(self) -> int:
        """Count the problems noted so far, with this object or any other."""
        return len(self._notes.problems)

    def note_unknown_keys(self) -> None:
        """Note each key that was never asked for."""
        for key in self._raw:
            if key not in self._asked:
                known = ", ".join(self._asked)
                self.note(key, "unknown", f"is not known here; known keys: {known}")

    def has(self, key: str) -> bool:
        """Tell whether the key is there and not null."""
        self._asked[key] = None
        return self._raw.get(key) is not None

    def text(self, key: str, *, longest: int = TEXT_LIMIT) -> str:
        """Read a text that is not blank."""
        value = self._needed(key)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.note(key, "type", "must be a text that is not blank")
            return ""
        if len(value) > longest:
            self.note(key, "too_long", f"must have at most {longest} characters")
            return ""
        return value.strip()

    def maybe_text(self, key: str, *, longest: int = TEXT_LIMIT) -> str | None:
        """Read a text that may be left out."""
        return self.text(key, longest=longest) if self.has(key) else None

    def number(
        self, key: str, *, default: float | None = None, positive: bool = False
    ) -> float:
        """Read a finite number; a default makes it one that may be left out."""
        if default is not None and not self.has(key):
            return default
        value = self._needed(key)
        if value is None:
            return 1.0
        number = finite(value)
        if number is None:
            self.note(key, "type", "must be a number")
            return 1.0
        if positive and number <= 0:
            self.note(key, "range", "must be above 0")
        return number

    def flag(self, key: str) -> bool:
        """Read true or false; left out, it is false."""
        if not self.has(key):
            return False
        value = self._raw[key]
        if not isinstance(value, bool):
            self.note(key, "type", "must be true or false")
        return value is True

    def choice(
        self, key: str, allowed: Sequence[str], *, default: str | None = None
    ) -> str:
        """Read one of the allowed words; a default may stand for a missing one."""
        if default is not None and not self.has(key):
            return default
        value = self._needed(key)
        if value is not None and value not in allowed:
            self.note(key, "choice", f"must be one of {', '.join(allowed)}")
        return value if isinstance(value, str) and value in allowed else allowed[0]

    def open(self, key: str) -> "Pointed":
        """Open the object under a key."""
        value = self._needed(key)
        if value is None:
            return Pointed({}, step(self.pointer, key), Notes())
        return Pointed(value, step(self.pointer, key), self._notes)

    def maybe_open(self, key: str) -> "Pointed | None":
        """Open the object under a key that may be left out."""
        return self.open(key) if self.has(key) else None

    def maybe_inner(self, key: str) -> "Pointed | None":
        """Open the object under a key where a plain value may stand instead."""
        return self.open(key) if isinstance(self._raw.get(key), dict) else None

    def open_list(self, key: str, *, most: int) -> list["Pointed"]:
        """Open each object of a list."""
        value = self._needed(key)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > most:
            self.note(key, "type", f"must be a list of at most {most} objects")
            return []
        start = step(self.pointer, key)
        return [
            Pointed(raw, step(start, place), self._notes)
            for place, raw in enumerate(value)
        ]

    def keys(self) -> tuple[str, ...]:
        """Ask for every key there is: here the keys are names that people chose."""
        self._asked.update(dict.fromkeys(self._raw))
        if not 0 < len(self._raw) <= LIST_LIMIT:
            self.note(None, "size", f"must have between 1 and {LIST_LIMIT} entries")
        folded = [fold(key) for key in self._raw]
        if len(set(folded)) < len(folded):
            self.note(None, "duplicate", "names one entry twice, but for case or space")
        return tuple(self._raw)

    def _needed(self, key: str) -> object:
        if not self.has(key):
            self.note(key, "missing", "is missing")
        return self._raw.get(key)


def fold(name: str) -> str:
    """Make names comparable: no case, no space around."""
    return " ".join(name.split()).casefold()


def finite(value: object) -> float | None:
    """Read a number as JSON means it: finite, neither a truth value nor a text."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    return number if math.isfinite(number) else None
