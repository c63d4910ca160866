"""What the books know of a site, as the intake asks it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.books.backlogs import Backlog, Backlogs
from app.books.copies import Copies
from app.books.database import Database
from app.books.mappings import Mappings
from app.books.sites import Sites
from app.books.snapshots import Snapshot, Snapshots
from app.work.concern import Watch
from app.work.intake import SiteView
from scoring.mapping import FieldUse, MappingError, mapping_fields, read_mapping


@dataclass(frozen=True, slots=True)
class SiteViews:
    """Reads a site's view from the books, afresh at each call."""

    database: Database
    sites: Sites
    backlogs: Backlogs
    mappings: Mappings
    copies: Copies = field(default_factory=Copies)
    snapshots: Snapshots = field(default_factory=Snapshots)

    def __call__(self, site_id: str, names: Collection[str]) -> SiteView:
        """Answer who we are on the site, which fields we write, what backlogs know.

        Of their issues only those that are named, by id or key.
        """
        with self.database.reading() as session:
            site = self.sites.find(session, site_id)
            backlogs = self._all(session, site_id)
            uses = {one.id: self._uses(session, one) for one in backlogs}
            known = self._known(session, list(uses), names)
            made = self.snapshots.of(session.connection(), list(uses))
        return SiteView(
            account=site.account_id if site else "",
            outputs=frozenset(
                use.field for found in uses.values() for use in found if use.output
            ),
            watches=[
                _watch(one, uses[one.id], known[one.id], made.get(one.id))
                for one in backlogs
            ],
        )

    def mapped(self) -> list[str]:
        """Name all backlogs that have a mapping: what the round by the clock visits."""
        with self.database.reading() as session:
            found = self._all(session)
        return [one.id for one in found if one.mapping_version is not None]

    def _all(self, session: Session, site_id: str = "") -> list[Backlog]:
        found: list[Backlog] = []
        after = ""
        while page := self.backlogs.list(session, site_id=site_id, after=after):
            found += page
            after = page[-1].id
        return found

    def _uses(self, session: Session, backlog: Backlog) -> tuple[FieldUse, ...]:
        saved = self.mappings.newest(session, backlog.id)
        if saved is None:
            return ()
        try:
            return mapping_fields(read_mapping(dict(saved.mapping)))
        except MappingError:  # the rescore says so where people look
            return ()

    def _known(
        self, session: Session, backlogs: Collection[str], names: Collection[str]
    ) -> dict[str, list[tuple[str, str]]]:
        known: dict[str, list[tuple[str, str]]] = {one: [] for one in backlogs}
        found = self.copies.knowing(session.connection(), backlogs, names)
        for backlog, number, key in found:
            known[backlog].append((number, key))
        return known


def _watch(
    backlog: Backlog,
    uses: Iterable[FieldUse],
    known: Iterable[tuple[str, str]],
    made: Snapshot | None,
) -> Watch:
    """Say what a backlog knows; until it was read by its newest settings, nothing."""
    read = made is not None and made.read_at is not None
    return Watch(
        backlog=backlog.id,
        keys=frozenset(key for _, key in known),
        ids=frozenset(number for number, _ in known),
        fields=frozenset(use.field for use in uses if not use.output),
        ranked=made is not None and read and made.backlog_version == backlog.version,
        projects=frozenset(made.projects if made else ()),
    )
