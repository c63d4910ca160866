"""Open one backlog for a command: its mapping, and the way to its Jira."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.mappings import Mappings
from app.books.sites import Sites
from app.console.books import opened_books
from app.console.trouble import CONFIGURATION, CommandError
from app.ground import connections_of, sealer_of
from app.settings import read_settings
from connectors.clients import AnyJira
from scoring.mapping import Mapping, MappingError, read_mapping

_MOST_NAMED = 10


@contextmanager
def opened_backlog(backlog_id: str) -> Iterator[tuple[Backlog, Mapping, AnyJira]]:
    """Open the books, find the backlog with its mapping, and the way to its Jira."""
    with opened_books() as database:
        settings = read_settings()
        backlog, mapping = _find(database, backlog_id)
        sealer = sealer_of(settings)
        sites = Sites(sealer)
        with database.reading() as session:
            site = sites.find(session, backlog.site_id)
            if site is None:
                raise _lost(f"the site of {backlog_id} is gone")
            secrets = sites.secrets(session, site.id)
        connections = connections_of(settings, database, sealer)
        try:
            yield backlog, mapping, connections(site, secrets)[0]
        finally:
            connections.close()


def _find(database: Database, backlog_id: str) -> tuple[Backlog, Mapping]:
    with database.reading() as session:
        backlog = Backlogs().find(session, backlog_id)
        if backlog is None:
            listed = Backlogs().list(session, limit=_MOST_NAMED)
            known = ", ".join(one.id for one in listed)
            raise CommandError(
                f"there is no backlog {backlog_id}",
                hint=f"known: {known}" if known else "make one over REST first",
            )
        saved = Mappings().newest(session, backlog_id)
    if saved is None:
        raise _lost(f"{backlog_id} has no mapping")
    try:
        return backlog, read_mapping(dict(saved.mapping))
    except MappingError as error:
        raise _lost(f"the mapping of {backlog_id} cannot be read: {error}") from error


def _lost(told: str) -> CommandError:
    return CommandError(told, hint="set it over REST first", code=CONFIGURATION)
