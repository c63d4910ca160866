"""What field writes will echo, put in the books for a handful of issues at a time.

One transaction an issue would cost a long drain more than its writes do.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from app import clock
from app.books.echoes import Echo, Echoes
from scoring.plan import FieldWrite

# Half a second's worth of writes at Jira's own limit.
AHEAD: Final = 25


@dataclass(slots=True)
class Expecting:
    """Expects the echoes of issues that are written in this sequence."""

    echoes: Echoes
    site: str
    names: Mapping[str, str] = field(default_factory=dict)
    _next: dict[str, Sequence[FieldWrite]] = field(default_factory=dict)
    _rows: dict[str, list[int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, issues: Mapping[str, Sequence[FieldWrite]]) -> None:
        """Name all issues that will be written."""
        self._next = dict(issues)

    def skip(self, key: str) -> None:
        """Leave an issue out."""
        with self._lock:
            self._next.pop(key, None)

    def expect(self, key: str, writes: Sequence[FieldWrite]) -> list[int]:
        """Expect an issue's echoes, and those of the next ones; answer its rows."""
        with self._lock:
            if key not in self._rows:
                self._next.pop(key, None)
                ahead = {key: writes, **dict(islice(self._next.items(), AHEAD - 1))}
                for name in ahead:
                    self._next.pop(name, None)
                self._note(ahead)
            return self._rows.pop(key)

    def end(self) -> None:
        """Forget the echoes of issues that were not written after all."""
        with self._lock:
            left = [row for rows in self._rows.values() for row in rows]
            self._rows.clear()
        if left:
            self.echoes.withdraw(left)

    def _note(self, issues: Mapping[str, Sequence[FieldWrite]]) -> None:
        expected = [echo for key, w in issues.items() for echo in self._of(key, w)]
        rows = iter(self.echoes.expect(self.site, expected, now=clock.now()))
        for key, writes in issues.items():
            self._rows[key] = list(islice(rows, len(writes)))

    def _of(self, key: str, writes: Sequence[FieldWrite]) -> Iterable[Echo]:
        for one in writes:
            yield Echo(key, one.field, one.value, self.names.get(one.field, ""))
