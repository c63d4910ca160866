"""One backlog and our copy of it: what every kind of reading needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from sqlalchemy.engine import Connection

from app.books.backlogs import Backlog
from app.books.copies import Copies
from app.books.database import Database
from app.books.marks import Marks
from app.books.snapshots import Snapshots
from app.books.unread import Unread
from app.work.fencing import OvertakenError
from connectors.clients import AnyJira
from scoring.mapping import Mapping as FieldMapping
from scoring.mapping import mapping_fields

# What every reading needs besides the mapped fields.
ALWAYS = ("summary", "status", "issuelinks", "updated")
NOTES = ("factors", "insights", "experiments")
MOST_ISSUES = 50_000
MOST_NOTES = 1_000
# The search's index lags by seconds, rarely by minutes.
OVERLAP = timedelta(minutes=5)


class TooManyIssuesError(Exception):
    """The JQL finds more than we rank together; nothing is written."""

    def __init__(self, jql: str, most: int) -> None:
        super().__init__(
            f"«{jql}» finds more than {most:,} issues; narrow it with a project, a "
            "status or an issue type"
        )


class VanishedFieldError(Exception):
    """The mapping names a field that we can no longer see: nothing is read or written.

    Read on, every issue would look empty and lose its score.
    """


@dataclass(frozen=True)
class Copying:
    """One backlog, the way to its Jira, and the books that hold its copy.

    `run` is the right to write: a later run's copy never gives way to an earlier's.
    """

    database: Database
    marks: Marks
    backlog: Backlog
    mapping: FieldMapping
    mapping_version: int
    jira: AnyJira
    run: int
    copies: Copies = field(default_factory=Copies)
    snapshots: Snapshots = field(default_factory=Snapshots)
    unread: Unread = field(default_factory=Unread)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction in which no later run begins."""
        with self.database.transaction() as connection:
            if not self.marks.may_close(connection, self.backlog.id, self.run):
                raise OvertakenError
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection to read from."""
        with self.database.engine.connect() as connection:
            yield connection

    @property
    def settings(self) -> tuple[int, int]:
        """By which settings the copy is made: the backlog's and mapping's versions."""
        return self.backlog.version, self.mapping_version

    @cached_property
    def fields(self) -> list[str]:
        """Name the fields that we read."""
        return sorted({*ALWAYS, *(use.field for use in mapping_fields(self.mapping))})

    @cached_property
    def notes(self) -> Mapping[str, str]:
        """Give the JQL of each kind of evidence that the mapping names."""
        uses = {name: getattr(self.mapping.evidence, name) for name in NOTES}
        return {name: use.jql for name, use in uses.items() if use is not None}

    def field_names(self) -> dict[str, str]:
        """Read the names of the site's fields, and refuse where one of ours is gone."""
        names = {known.id: known.name for known in self.jira.fields()}
        uses = mapping_fields(self.mapping)
        gone = {use.field: use.role for use in uses if use.field not in names}
        if gone:
            told = ", ".join(f"{name} ({role})" for name, role in gone.items())
            raise VanishedFieldError(
                f"the site shows no field {told} any more: give the account its sight "
                "back, or map another field"
            )
        return names
