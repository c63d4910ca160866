"""Apply a plan: moves first, then score fields; each write fenced and expected back."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app import clock
from app.books.echoes import RANK, Echo, Echoes
from app.work.outcome import Outcome, Refusal
from connectors.errors import ForbiddenError, RefusedError, UnauthorizedError
from connectors.jira import Jira
from scoring.moves import split_gaps
from scoring.plan import FieldWrite, Move

_log = logging.getLogger(__name__)

# A handful at once keeps well below Jira's burst limit of 50 PUTs a second.
WRITERS = 4


class OvertakenError(Exception):
    """A newer rescore of the backlog has begun; this one writes no more."""


@dataclass(slots=True)
class Applying:
    """Applies one plan to one site; `may_write` is the fence before every call."""

    jira: Jira
    site: str
    echoes: Echoes
    may_write: Callable[[], bool]
    outcome: Outcome = field(default_factory=Outcome)
    # Fields that Jira does not let us set: told once, not once an issue.
    _broken: set[str] = field(default_factory=set)
    _may_not_rank: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def move(self, moves: Sequence[Move]) -> None:
        """Make the rank calls one after the other.

        Those of one gap build on each other: where one is refused the rest of its gap
        would land in the wrong place, and is left out.
        """
        for gap in split_gaps(moves):
            for move in gap:
                if self._may_not_rank:
                    return
                if not self._move(move):
                    break

    def write(self, writes: Sequence[FieldWrite]) -> None:
        """Write the fields, one call an issue, a few issues at a time."""
        by_key: dict[str, list[FieldWrite]] = {}
        for one in writes:
            by_key.setdefault(one.key, []).append(one)
        with ThreadPoolExecutor(WRITERS, thread_name_prefix="write") as pool:
            # Leaving the block waits for all; the first error then goes on.
            running = [pool.submit(self._try, k, w) for k, w in by_key.items()]
        for one_issue in running:
            one_issue.result()

    def _try(self, key: str, writes: Sequence[FieldWrite]) -> None:
        """Write one issue, unless another's write told us to stop."""
        if self._stopped.is_set():
            return
        try:
            self._write(key, writes)
        except BaseException:
            self._stopped.set()
            raise

    def _fence(self) -> None:
        if not self.may_write():
            raise OvertakenError

    def _move(self, move: Move) -> bool:
        """Make one rank call; tell whether all of it was done."""
        self._fence()
        expected = [Echo(key, RANK) for key in move.keys]
        rows = self.echoes.expect(self.site, expected, now=clock.now())
        self.outcome.rank_calls += 1
        try:
            came = self.jira.rank(move)
        except UnauthorizedError:
            raise
        except RefusedError as error:
            self.echoes.withdraw(rows)
            self.outcome.refused.append(Refusal(move.keys[0], "rank", str(error)))
            # Without «Schedule issues» no other call would fare better.
            self._may_not_rank = isinstance(error, ForbiddenError)
            return False
        failed = dict(came.failed)
        self.echoes.withdraw(
            [row for row, key in zip(rows, move.keys, strict=True) if key in failed]
        )
        self.outcome.moved += len(move.keys) - len(failed)
        for key, reason in failed.items():
            self.outcome.refused.append(Refusal(key, "rank", reason))
        return not failed

    def _write(self, key: str, writes: Sequence[FieldWrite]) -> None:
        wanted = [one for one in writes if one.field not in self._broken]
        if not wanted:
            return
        self._fence()
        expected = [Echo(key, one.field, one.value) for one in wanted]
        rows = self.echoes.expect(self.site, expected, now=clock.now())
        try:
            self.jira.write_fields(key, {one.field: one.value for one in wanted})
        except UnauthorizedError:
            raise
        except RefusedError as error:
            self.echoes.withdraw(rows)
            self._refused(key, wanted, error)
            return
        with self._lock:
            self.outcome.written += len(wanted)

    def _refused(
        self, key: str, wanted: Sequence[FieldWrite], error: RefusedError
    ) -> None:
        broken = {one.field for one in wanted} & set(error.field_errors)
        with self._lock:
            self._broken |= broken
        for name in sorted(broken):
            _log.warning("field %s cannot be set: %s", name, error)
        what = ", ".join(sorted(broken)) or "fields"
        self.outcome.refused.append(Refusal(key, what, str(error)))
        rest = [one for one in wanted if one.field not in broken]
        if broken and rest:
            self._write(key, rest)
