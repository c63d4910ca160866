"""Compare a backlog's copy with Jira when somebody asks, and say what differs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app import clock
from app.books.copies import Copies
from app.books.database import Database
from app.books.marks import Marks
from app.books.snapshots import Snapshots
from app.work.copying import Copying
from app.work.narrow import OtherBucketError
from app.work.sweeping import Swept, compare
from app.work.task import Task, Tasks, signed_in

REASON = "reconcile"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What differs, by key, and what a rescore will do about it.

    `entered` belong now and did not, `missing` are found no longer, `moved` stand
    elsewhere, `changed` hold other values. `hidden` are those that Jira shows no
    longer although nobody deleted them; `accepted` counts those just given up.
    """

    backlog: str
    issues: int
    entered: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    accepted: int = 0
    whole: bool = False

    @property
    def found(self) -> int:
        """Count the differences."""
        return sum(map(len, (self.entered, self.missing, self.moved, self.changed)))


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Compares and marks; the reading and ranking is a worker's."""

    database: Database
    tasks: Tasks
    marks: Marks
    copies: Copies = field(default_factory=Copies)
    snapshots: Snapshots = field(default_factory=Snapshots)

    def reconcile(self, backlog: str, *, accept: bool = False) -> Reconciled | None:
        """Compare a backlog with Jira and mark it; None where it is not mapped.

        With `accept`, what Jira shows no longer is taken for gone. Raises what opening
        a task and the connectors raise.
        """
        task = self.tasks.open(backlog, 0, 0)
        if task is None:
            return None
        with signed_in(task.site):
            found = self._compare(self._copying(task))
        with self.database.transaction() as connection:
            accepted = self.copies.forget_hidden(connection, backlog) if accept else 0
            self.marks.touch(
                connection, [backlog], reason=REASON, now=clock.now(), urgent=True
            )
            hidden = tuple(self.copies.hidden(connection, backlog))
            issues = self.copies.count(connection, backlog)
        swept, names = found
        return Reconciled(
            backlog=backlog,
            issues=issues,
            entered=_keys(swept.entered, names),
            missing=_keys(swept.missing, names),
            moved=_keys(swept.moved, names),
            changed=_keys(swept.differing, names),
            hidden=hidden,
            accepted=accepted,
            whole=swept.known == 0,
        )

    def _copying(self, task: Task) -> Copying:
        return Copying(
            database=self.database,
            marks=self.marks,
            backlog=task.backlog,
            mapping=task.mapping,
            mapping_version=task.mapping_version,
            jira=task.jira,
            run=task.run,
        )

    def _compare(self, copying: Copying) -> tuple[Swept, dict[str, str]]:
        backlog = copying.backlog.id
        with copying.reading() as connection:
            known = self.snapshots.find(connection, backlog)
            places = self.copies.places(connection, backlog)
        if known is None or known.read_at is None:
            return Swept(), {}
        names = {place.id: place.key for place in places}
        try:
            swept = compare(copying, known, now=clock.now())
        except OtherBucketError:  # all is read anew, and every place with it
            return Swept(), names
        names |= {issue.id: issue.key for issue in swept.fresh}
        strangers = sorted(swept.entered)
        came = copying.jira.read_issues(strangers, ()) if strangers else ()
        return swept, names | {issue.id: issue.key for issue in came}


def _keys(ids: Iterable[str], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(sorted(names.get(one, f"#{one}") for one in ids))
