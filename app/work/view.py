"""What the books know of a site, as the intake asks it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.mappings import Mappings
from app.books.rankings import Rankings
from app.books.sites import Sites
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
    rankings: Rankings

    def __call__(self, site_id: str) -> SiteView:
        """Answer who we are on the site, which fields we write, what backlogs know."""
        with self.database.reading() as session:
            site = self.sites.find(session, site_id)
            backlogs = self._all(session, site_id)
            uses = {one.id: self._uses(session, one) for one in backlogs}
            watches = [self._watch(session, one, uses[one.id]) for one in backlogs]
        return SiteView(
            account=site.account_id if site else "",
            outputs=frozenset(
                use.field for found in uses.values() for use in found if use.output
            ),
            watches=watches,
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

    def _watch(
        self, session: Session, backlog: Backlog, uses: Iterable[FieldUse]
    ) -> Watch:
        known = self.rankings.known(session, backlog.id)
        names = known.names if known else ()
        return Watch(
            backlog=backlog.id,
            keys=frozenset(name for name in names if not name.isdigit()),
            ids=frozenset(name for name in names if name.isdigit()),
            fields=frozenset(use.field for use in uses if not use.output),
            # Until it was ranked by its newest settings, anything may concern it.
            ranked=known is not None and known.backlog_version == backlog.version,
        )
