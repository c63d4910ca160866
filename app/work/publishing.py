"""Publish a backlog's pages: built from values, written only where they changed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.books.audit import Audit
from app.books.backlogs import Backlog
from app.books.database import Database
from app.books.pages import KeptPage, Pages
from connectors.confluence import Confluence
from connectors.errors import RefusedError, UnauthorizedError
from connectors.pages.page import Page
from connectors.publication import Published, Untouched

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Publisher:
    """Brings pages to Confluence and keeps in the books what became of each."""

    database: Database
    pages: Pages
    audit: Audit = field(default_factory=Audit)

    def publish(
        self,
        confluence: Confluence,
        backlog: Backlog,
        pages: Sequence[Page],
        *,
        now: datetime,
        may_write: Callable[[], bool],
    ) -> list[KeptPage]:
        """Publish each page; one that is refused does not keep the others back.

        `UnreachableError` goes through: the whole is tried again later.
        """
        if backlog.pages is None:
            return []
        ends = []
        for page in pages:
            if not may_write():
                break
            ends.append(self._publish(confluence, backlog, page, now))
        return ends

    def _publish(
        self, confluence: Confluence, backlog: Backlog, page: Page, now: datetime
    ) -> KeptPage:
        with self.database.reading() as session:
            kept = self.pages.find(session, backlog.id, page.kind)
        before = kept or KeptPage(backlog.id, page.kind)
        after = self._write(confluence, backlog, page, before, now)
        if after != before:
            with self.database.writing() as session:
                self.pages.put(session, after)
                if after.page_version != before.page_version:
                    if after.reason:
                        _log.warning("%s: %s", after.title, after.reason)
                    self.audit.add(
                        session,
                        now=now,
                        actor="cd3",
                        action="page_published",
                        object=f"backlogs/{backlog.id}",
                        detail={
                            "kind": page.kind,
                            "version": after.page_version,
                            "reason": after.reason,
                        },
                    )
        return after

    def _write(
        self,
        confluence: Confluence,
        backlog: Backlog,
        page: Page,
        before: KeptPage,
        now: datetime,
    ) -> KeptPage:
        place = backlog.pages
        assert place is not None  # noqa: S101 - `publish` has looked
        try:
            came = confluence.publish(
                page,
                space=place.space,
                parent=place.parent_id,
                known_id=before.page_id,
            )
        except UnauthorizedError:
            raise  # no page of this site would fare better
        except RefusedError as error:
            _log.warning("page %s of %s: %s", page.kind, backlog.id, error)
            return _refused(page, before, error)
        return _published(backlog.id, page, before, came, now)


def _published(
    backlog: str,
    page: Page,
    before: KeptPage,
    came: Published | Untouched,
    now: datetime,
) -> KeptPage:
    written = isinstance(came, Published)
    return KeptPage(
        backlog_id=backlog,
        kind=page.kind,
        page_id=came.page_id,
        title=came.title,  # a person may have renamed it
        page_version=came.version,
        digest=page.digest,
        state="published",
        reason=_reason(came),
        published_at=now if written else before.published_at or now,
    )


def _refused(page: Page, before: KeptPage, error: RefusedError) -> KeptPage:
    kept = replace(before, state="refused", reason=str(error))
    return kept if kept.title else replace(kept, title=page.title)


def _reason(came: Published | Untouched) -> str:
    if not came.edited_by_person:
        return ""
    if isinstance(came, Untouched):
        return "a person edited the page since our last version; their text stands"
    return "a person edited the page since our last version; our text replaced theirs"
