"""Publish a backlog's pages: built from values, written only where they changed."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from app.books.audit import Audit
from app.books.backlogs import Backlog
from app.books.database import Database
from app.books.pages import KeptPage, Pages
from app.work.fencing import Fence
from app.work.paging import Draft
from connectors.asking import asking
from connectors.confluence import Confluence
from connectors.errors import (
    ForbiddenError,
    NotFoundError,
    NotGrantedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)
from connectors.pages.page import Page
from connectors.publication import Published, TargetError, Untouched

_log = logging.getLogger(__name__)

SHORTENED = "shortened"
# A page this small is always tried whole.
SMALL = 100_000


@dataclass(frozen=True, slots=True)
class Publisher:
    """Brings pages to Confluence and keeps in the books what became of each."""

    database: Database
    pages: Pages
    audit: Audit = field(default_factory=Audit)

    def wrote_since(self, backlog: str, since: datetime) -> bool:
        """Say whether a page of the backlog was written since then."""
        with self.database.reading() as session:
            kept = self.pages.list(session, backlog)
        return any(page.published_at and page.published_at > since for page in kept)

    def publish(
        self,
        confluence: Confluence,
        backlog: Backlog,
        drafts: Sequence[Draft],
        *,
        now: datetime,
        fence: Fence,
    ) -> list[KeptPage]:
        """Publish each page; one that fails does not keep the others back.

        `UnauthorizedError` goes through, for nothing of this site would fare better.
        `UnreachableError` goes through in the end: the whole is tried again later;
        `OvertakenError` at once.
        """
        if backlog.pages is None:
            return []
        ends, trouble = [], None
        for draft in drafts:
            fence.check()
            try:
                with asking(fence.check):
                    ends.append(self._publish(confluence, backlog, draft, fence, now))
            except UnreachableError as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return ends

    def _publish(
        self,
        confluence: Confluence,
        backlog: Backlog,
        draft: Draft,
        fence: Fence,
        now: datetime,
    ) -> KeptPage:
        with self.database.reading() as session:
            kept = self.pages.find(session, backlog.id, draft.kind)
        before = kept or KeptPage(backlog.id, draft.kind)
        after = self._write(confluence, backlog, draft, before, now)
        if after != before:
            with fence.closing() as session:
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
                            "kind": draft.kind,
                            "version": after.page_version,
                            "reason": after.reason,
                        },
                    )
        return after

    def _write(
        self,
        confluence: Confluence,
        backlog: Backlog,
        draft: Draft,
        before: KeptPage,
        now: datetime,
    ) -> KeptPage:
        """Write the page, or a shorter one where Confluence takes no more."""
        refusal = RefusedError("no page was built")
        for page in _tries(draft, before):
            try:
                came = _bring(confluence, backlog, page, before)
            except UnauthorizedError:
                raise  # a smaller page would fare no better
            except RefusedError as error:
                _log.warning("page %s of %s: %s", draft.kind, backlog.id, error)
                refusal = error
                if not is_too_large(error):
                    break
            else:
                whole = page.share == 1
                return _published(backlog.id, page, before, came, now, whole=whole)
        return _refused(draft, before, refusal)


def _bring(
    confluence: Confluence, backlog: Backlog, page: Page, before: KeptPage
) -> Published | Untouched:
    place = backlog.pages
    assert place is not None  # noqa: S101 - `publish` has looked
    return confluence.publish(
        page, space=place.space, parent=place.parent_id, known_id=before.page_id
    )


def _tries(draft: Draft, before: KeptPage) -> Iterator[Page]:
    """Build the page, and shorter ones; not again what was too large the last time."""
    pages = draft.fitting()
    first = next(pages)
    shorter = next(pages, None) if before.state == SHORTENED else None
    if shorter is None or len(first.body) <= SMALL:
        yield first
    if shorter is not None:
        yield shorter
    yield from pages


def is_too_large(error: RefusedError) -> bool:
    """Say whether a smaller page might be taken: 413, or 400 in such words."""
    words = str(error).casefold()
    return error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or (
        error.status == HTTPStatus.BAD_REQUEST
        and ("too large" in words or "too long" in words)
    )


def _published(  # noqa: PLR0913 - what became of a page has these parts
    backlog: str,
    page: Page,
    before: KeptPage,
    came: Published | Untouched,
    now: datetime,
    *,
    whole: bool,
) -> KeptPage:
    written = isinstance(came, Published)
    return KeptPage(
        backlog_id=backlog,
        kind=page.kind,
        page_id=came.page_id,
        title=came.title,  # a person may have renamed it
        page_version=came.version,
        digest=page.digest,
        state="published" if whole else SHORTENED,
        reason=_reason(came, whole=whole),
        published_at=now if written else before.published_at or now,
    )


def _refused(draft: Draft, before: KeptPage, error: RefusedError) -> KeptPage:
    """Tell what a person must mend in the page's place from what else was refused."""
    token = isinstance(error, NotGrantedError)
    target = isinstance(error, TargetError | NotFoundError | ForbiddenError)
    state = "blocked" if target and not token else "refused"
    reason = f"Confluence refused the site's token: {error}" if token else str(error)
    kept = replace(before, state=state, reason=reason)
    return kept if kept.title else replace(kept, title=draft.build(1.0).title)


def _reason(came: Published | Untouched, *, whole: bool) -> str:
    said = [] if whole else ["Confluence takes no larger page: rows are left out"]
    if came.edited_by_person:
        said.append("a person edited our part of the page since our last version")
        if isinstance(came, Untouched):
            said.append("their text stands until the figures change")
        else:
            said.append(f"our text replaced theirs, version {came.version - 1}")
    return "; ".join(said)
