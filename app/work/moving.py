"""Make a plan's rank calls: some gaps side by side, each call fenced, expected back."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app import clock
from app.books.bars import GRANT
from app.books.bars import RANK as RANK_IN
from app.books.echoes import RANK, Echo, Echoes
from app.work.again import moves_again
from app.work.barring import Barring, project_of
from app.work.fencing import OvertakenError
from app.work.gravest import raise_gravest
from app.work.holding import Holding
from app.work.outcome import Outcome, Refusal
from app.work.pausing import MakeWayError, Pause
from connectors.asking import asking
from connectors.clients import AnyJira
from connectors.errors import (
    ForbiddenError,
    NotGrantedError,
    PausedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.limits import is_endpoint
from scoring.moves import split_gaps
from scoring.plan import Move

# Gaps do not touch one another, so their calls may be under way together; more would
# have them wait for one another in Jira, which keeps the ranks of a site in one list.
RANKERS = 3
# How often those of a rank call that Jira left out are told again.
RANKED_AGAIN = 2


@dataclass(slots=True)
class Moving:
    """Moves the issues of one plan; `moved` are the keys that a call went out for.

    `stopped` ends all that is done for the plan, writes too. `may` says that we surely
    may rank, as we did a moment ago.
    """

    jira: AnyJira
    site: str
    echoes: Echoes
    fence: Callable[[], None]
    holding: Holding
    pause: Pause
    barring: Barring
    outcome: Outcome
    stopped: threading.Event
    may: bool = False
    moved: set[str] = field(default_factory=set)
    _no_more_moves: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def all(self, moves: Sequence[Move]) -> None:
        """Make the rank calls, a few gaps at a time, those first that come first.

        Those of one gap build on each other: where one is refused the rest of its gap
        would land in the wrong place, and is left out. Unless we surely may rank, the
        first gap goes alone to find out.
        """
        gaps = split_gaps(moves)
        alone = 0 if self.may else 1
        for gap in gaps[:alone]:
            self._fill(gap)
        with ThreadPoolExecutor(RANKERS, thread_name_prefix="rank") as pool:
            # Leaving the block waits for all.
            running = [pool.submit(self._fill, gap) for gap in gaps[alone:]]
        raise_gravest(running)

    def _fill(self, gap: Sequence[Move]) -> None:
        """Make the calls of one gap, unless another's told us to stop."""
        try:
            for move in gap:
                if self.stopped.is_set() or self._no_more_moves.is_set():
                    return
                if self.barring.holds_in(RANK_IN, _projects(move)):
                    return
                if not self._move(move):
                    return
        except (MakeWayError, UnreachableError):
            # Writes are another matter: another endpoint, and perhaps more urgent.
            self._no_more_moves.set()
            raise
        except BaseException:
            self.stopped.set()
            raise

    def _move(self, move: Move) -> bool:
        """Make one rank call; tell whether all of it was done.

        Of those that Jira left out each run is told again, beside its neighbour.
        """
        left = [move]
        failed: dict[str, str] = {}
        for number in range(1 + RANKED_AGAIN):
            failed = {}
            for one in left:
                came = self._rank(one)
                if came is None:
                    return False
                failed |= came
            left = moves_again(move, failed)
            if not left or number == RANKED_AGAIN:
                break
        for key, reason in failed.items():
            self.outcome.refused.append(Refusal(key, "rank", reason))
        return not failed

    def _rank(self, move: Move) -> dict[str, str] | None:
        """Make one rank call; answer whom it left out, nothing where it was refused."""
        self.pause.check()
        self.fence()
        expected = [Echo(key, RANK) for key in move.keys]
        rows = self.echoes.expect(self.site, expected, now=clock.now())
        with self._lock:
            self.outcome.rank_calls += 1
            self.moved.update(move.keys)
        try:
            with asking(self.fence):
                came = self.jira.rank(move)
        except UnauthorizedError:
            raise
        except OvertakenError:
            self.echoes.withdraw(rows)
            raise
        except UnreachableError as error:
            if not error.sent:
                self.echoes.withdraw(rows)
            if isinstance(error, PausedError) and is_endpoint(error.scope):
                self._rank_later(move, error)
                return None
            raise
        except RefusedError as error:
            self.echoes.withdraw(rows)
            self._rank_refused(move, error)
            return None
        self.barring.worked(GRANT + RANK_IN, *(RANK_IN + p for p in _projects(move)))
        failed = dict(came.failed)
        self.echoes.withdraw(
            [row for row, key in zip(rows, move.keys, strict=True) if key in failed]
        )
        with self._lock:
            self.outcome.moved += len(move.keys) - len(failed)
        return failed

    def _rank_later(self, move: Move, error: PausedError) -> None:
        """Leave the moves for when Jira takes rank calls again; the rest goes on."""
        self._no_more_moves.set()
        self.holding.come_back(error.retry_after or 0.0)
        self.outcome.refused.append(Refusal(move.keys[0], "rank", f"waits: {error}"))

    def _rank_refused(self, move: Move, error: RefusedError) -> None:
        if isinstance(error, NotGrantedError):
            self.barring.bar_grant(RANK_IN, str(error))
            return
        if isinstance(error, ForbiddenError):
            # A list: each project is asked for, not only the first that is barred.
            lost = [
                self.barring.bar_project(self.jira, RANK_IN, one, str(error))
                for one in _projects(move)
            ]
            if any(lost):
                return
            # Not by right of a project, so no other call would fare better.
            self._no_more_moves.set()
        self.outcome.refused.append(Refusal(move.keys[0], "rank", str(error)))


def _projects(move: Move) -> list[str]:
    return sorted({project_of(key) for key in move.keys})
