"""What one run may not do, and what it learns of that: told once, not once an issue."""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from app.books.bars import EDIT, FIELD, GRANT, MAIL, RANK, Bar
from app.work.rights import holds
from connectors.clients import AnyJira

_log = logging.getLogger(__name__)

_RIGHTS: Final = {EDIT: "EDIT_ISSUES", RANK: "SCHEDULE_ISSUES"}
_NAMES: Final = {EDIT: "Edit issues", RANK: "Schedule issues"}
_WRITES: Final = {EDIT: "no scores are written", RANK: "nothing is ranked"}


def project_of(key: str) -> str:
    """Take the project's key from an issue's."""
    return key.rpartition("-")[0]


@dataclass(slots=True)
class Barring:
    """The bars of one backlog during one run.

    `known` hold now; those that are due are tried, and `lifted` where that works.
    `told` is what this run met or left out, with why.
    """

    known: dict[str, str] = field(default_factory=dict)
    due: frozenset[str] = frozenset()
    fresh: dict[str, str] = field(default_factory=dict)
    lifted: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    _asked: dict[str, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, bars: Iterable[Bar]) -> "Barring":
        """Begin with what is in the books."""
        found = [bar for bar in bars if not bar.what.startswith(MAIL)]
        return cls(
            known={bar.what: bar.reason for bar in found if not bar.due},
            due=frozenset(bar.what for bar in found if bar.due),
        )

    def holds(self, what: str) -> bool:
        """Say whether something is barred; it is then told of, once."""
        with self._lock:
            reason = self.fresh.get(what) or self.known.get(what, "")
            if reason:
                self.told[what] = reason
            return bool(reason)

    def holds_in(self, kind: str, projects: Iterable[str]) -> bool:
        """Say whether a kind of write is barred, in one of the projects or at all."""
        held = [
            self.holds(what) for what in (GRANT + kind, *(kind + p for p in projects))
        ]
        return any(held)

    def worked(self, *whats: str) -> None:
        """Note that something goes (again)."""
        for what in self.due.intersection(whats):
            with self._lock:
                self.lifted.add(what)

    def bar_field(self, name: str, words: str) -> None:
        """Bar a field that Jira does not let us set."""
        self._bar(
            f"{FIELD}{name}",
            f"field {name} cannot be set: {words} In Jira, let its context cover the "
            "project and add it to the edit screen of the issue type (cd3 doctor says "
            "which), or map another field. It is tried again in an hour, or as soon as "
            "the mapping is saved",
        )

    def bar_grant(self, kind: str, words: str) -> None:
        """Bar what our credential is not good for, wherever it would be tried."""
        self._bar(
            GRANT + kind,
            f"{_WRITES[kind]}: {words}. It is tried again in an hour, or as soon as "
            "the site is saved",
        )

    def bar_project(self, jira: AnyJira, kind: str, project: str, words: str) -> bool:
        """Bar a project whose right is gone; a 403 may be one issue's own matter.

        So it is where Jira does not tell whether the right is there.
        """
        what = kind + project
        with self._lock:
            if what not in self._asked:
                self._asked[what] = holds(jira, _RIGHTS[kind], project) is False
        if self._asked[what]:
            self._bar(
                what,
                f"project {project}: permission lost, «{_NAMES[kind]}»: {words} Let an "
                f"admin of {project} give it back. It is tried again in an hour, or as "
                "soon as cd3 doctor finds it there",
            )
        return self._asked[what]

    def _bar(self, what: str, reason: str) -> None:
        with self._lock:
            if what in self.fresh:
                return
            self.fresh[what] = self.told[what] = reason
        _log.warning("%s", reason)
