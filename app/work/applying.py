"""Apply a plan: moves and score fields, each write fenced and expected back."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app.books.bars import EDIT, FIELD, GRANT
from app.books.echoes import Echoes
from app.work.barring import Barring, project_of
from app.work.expecting import Expecting
from app.work.fencing import OvertakenError
from app.work.gravest import raise_gravest
from app.work.holding import Holding
from app.work.hushing import Hush
from app.work.moving import Moving
from app.work.outcome import Outcome, Refusal
from app.work.pausing import Pause
from connectors.asking import asking
from connectors.clients import AnyJira
from connectors.errors import (
    ForbiddenError,
    NotGrantedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from scoring.plan import FieldWrite, Move

# As many as a wire ever lets through at once; it decides how many that are.
WRITERS = 8


@dataclass(slots=True)
class Applying:
    """Applies one plan to one site; `fence` is asked before each attempt, and raises.

    `tried` are the keys of issues that a call went out for, `written` the values that
    Jira took, by key: of an issue that was tried and not written, nobody knows.
    """

    jira: AnyJira
    site: str
    echoes: Echoes
    fence: Callable[[], None]
    holding: Holding
    pause: Pause
    # What people call the fields, by id: Data Center's echoes tell nothing else.
    names: Mapping[str, str] = field(default_factory=dict)
    barring: Barring = field(default_factory=Barring)
    hush: Hush | None = None
    may_rank: bool = False
    outcome: Outcome = field(default_factory=Outcome)
    written: dict[str, dict[str, object]] = field(default_factory=dict)
    _first: frozenset[str] = frozenset()
    _tried: set[str] = field(default_factory=set)
    _moving: Moving = field(init=False)
    _expecting: Expecting = field(init=False)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Let the outcome tell what is barred; expect what field writes will echo."""
        self.outcome.barred = self.barring.told
        self._expecting = Expecting(self.echoes, self.site, self.names)
        self._moving = Moving(
            self.jira,
            self.site,
            self.echoes,
            self.fence,
            self.holding,
            self.pause,
            self.barring,
            self.outcome,
            self._stopped,
            may=self.may_rank,
        )

    def move(self, moves: Sequence[Move]) -> None:
        """Make the rank calls, those first that come first."""
        self._moving.all(moves)

    def all(
        self,
        moves: Sequence[Move],
        writes: Sequence[FieldWrite],
        first: Collection[str],
    ) -> None:
        """Make moves and writes; the writes of some issues first, beside the moves.

        Those are made whoever waits, and whatever becomes of the moves. All else makes
        way for newer changes.
        """
        self._first = frozenset(first)
        self.pause.begin()
        with ThreadPoolExecutor(2, thread_name_prefix="first") as pool:
            urgent = [one for one in writes if one.key in self._first]
            both = [pool.submit(self.write, urgent), pool.submit(self.move, moves)]
        raise_gravest(both)
        self.pause.begin()
        self.write([one for one in writes if one.key not in self._first])

    def write(self, writes: Sequence[FieldWrite]) -> None:
        """Write the fields, one call an issue, a few issues at a time.

        An issue that fails alone is held and tried again on its own.
        """
        if not writes:
            return
        by_key: dict[str, list[FieldWrite]] = {}
        for one in writes:
            by_key.setdefault(one.key, []).append(one)
        self.holding.begin(by_key)
        self._expecting.begin(by_key)
        try:
            with ThreadPoolExecutor(WRITERS, thread_name_prefix="write") as pool:
                # Leaving the block waits for all; the first error then goes on.
                running = [pool.submit(self._try, k, w) for k, w in by_key.items()]
        finally:
            self._expecting.end()
        for one_issue in running:
            one_issue.result()
        self.holding.end()

    @property
    def tried(self) -> set[str]:
        """Name the issues that a call went out for."""
        return self._tried | self._moving.moved

    @property
    def unsure(self) -> set[str]:
        """Name the issues of which we do not know what a call made of them.

        Jira does not tell the rank that a moved issue got.
        """
        return (self._tried - self.written.keys()) | self._moving.moved

    def _try(self, key: str, writes: Sequence[FieldWrite]) -> None:
        """Write one issue, unless another's write told us to stop."""
        if self._stopped.is_set():
            return
        if self.barring.holds_in(EDIT, [project_of(key)]):
            self._expecting.skip(key)
            return
        if reason := self.holding.reason(key, writes):
            self._expecting.skip(key)
            self._leave(key, reason)
            return
        try:
            self._write(key, writes)
        except BaseException:
            self._stopped.set()
            raise

    def _write(self, key: str, writes: Sequence[FieldWrite]) -> None:
        wanted = [one for one in writes if not self.barring.holds(FIELD + one.field)]
        if not wanted:
            return
        if key not in self._first:
            self.pause.check()
        self.fence()
        with self._lock:
            self._tried.add(key)
        rows = self._expecting.expect(key, wanted)
        try:
            with asking(self.fence):
                self._put(key, {one.field: one.value for one in wanted})
        except UnauthorizedError:
            raise
        except OvertakenError:
            self.echoes.withdraw(rows)
            raise
        except UnreachableError as error:
            if not error.sent:
                self.echoes.withdraw(rows)
            self._leave(key, self.holding.failed(key, error))
            return
        except RefusedError as error:
            self.echoes.withdraw(rows)
            self._refused(key, wanted, error)
            return
        self.holding.written(key)
        self.barring.worked(
            GRANT + EDIT, EDIT + project_of(key), *(FIELD + one.field for one in wanted)
        )
        with self._lock:
            self.outcome.written += len(wanted)
            self.written[key] = {one.field: one.value for one in wanted}

    def _put(self, key: str, values: Mapping[str, object]) -> None:
        """Write one issue, without mail to its watchers where we may spare them."""
        project = project_of(key)
        if self.hush is None or not self.hush.may(project):
            self.jira.write_fields(key, values)
            return
        try:
            self.jira.write_fields(key, values, quiet=True)
        except NotGrantedError:
            raise
        except ForbiddenError:
            # Perhaps for want of the right; if not, the next answer says why.
            self.jira.write_fields(key, values)
            self.hush.refused(project)

    def _leave(self, key: str, reason: str) -> None:
        self.outcome.refused.append(Refusal(key, "fields", reason))

    def _refused(
        self, key: str, wanted: Sequence[FieldWrite], error: RefusedError
    ) -> None:
        if isinstance(error, NotGrantedError):
            self.barring.bar_grant(EDIT, str(error))
            return
        if isinstance(error, ForbiddenError) and self.barring.bar_project(
            self.jira, EDIT, project_of(key), str(error)
        ):
            return
        broken = {one.field for one in wanted} & set(error.field_errors)
        for name in sorted(broken):
            self.barring.bar_field(name, error.field_errors[name])
        rest = [one for one in wanted if one.field not in broken]
        if not broken:
            self.holding.refused(key, wanted, error)
            self.outcome.refused.append(Refusal(key, "fields", str(error)))
        elif rest:
            self._write(key, rest)
