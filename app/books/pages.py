"""Keep which of our pages are on Confluence, and why others are not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.books.tables import PageRow


@dataclass(frozen=True, slots=True)
class KeptPage:
    """One page of a backlog; `page_version` is the version that we wrote last.

    `state` is a word for machines (`published`, `refused`, …), `reason` one sentence
    for people.
    """

    backlog_id: str
    kind: str
    page_id: str = ""
    title: str = ""
    page_version: int = 0
    digest: str = ""
    state: str = ""
    reason: str = ""
    published_at: datetime | None = None


class Pages:
    """The pages in the books."""

    def find(self, session: Session, backlog_id: str, kind: str) -> KeptPage | None:
        """Find one kind of page."""
        row = session.get(PageRow, (backlog_id, kind))
        return _page(row) if row else None

    def list(self, session: Session, backlog_id: str) -> tuple[KeptPage, ...]:
        """List a backlog's pages by kind; there are never more than kinds."""
        query = select(PageRow).where(PageRow.backlog_id == backlog_id)
        return tuple(
            _page(row) for row in session.scalars(query.order_by(PageRow.kind))
        )

    def put(self, session: Session, page: KeptPage) -> None:
        """Keep what became of a page."""
        row = session.get(PageRow, (page.backlog_id, page.kind), with_for_update=True)
        if row is None:
            row = PageRow(backlog_id=page.backlog_id, kind=page.kind)
            session.add(row)
        row.page_id = page.page_id
        row.title = page.title
        row.page_version = page.page_version
        row.digest = page.digest
        row.state = page.state
        row.reason = page.reason
        row.published_at = page.published_at
        session.flush()


def _page(row: PageRow) -> KeptPage:
    return KeptPage(
        backlog_id=row.backlog_id,
        kind=row.kind,
        page_id=row.page_id,
        title=row.title,
        page_version=row.page_version,
        digest=row.digest,
        state=row.state,
        reason=row.reason,
        published_at=row.published_at,
    )
