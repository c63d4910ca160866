"""Keep the backlogs: what is ranked together, and what we may do about it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.books.tables import (
    BacklogRow,
    Base,
    CopyRow,
    MappingRow,
    MarkRow,
    PageRow,
    PlanRow,
    RankingRow,
    SnapshotRow,
    UnreadRow,
)
from scoring.item import Mode

Approval = Literal["automatic"]
Write = Literal["scores", "rank", "pages"]
PageKind = Literal["ranking", "discovery", "pestel"]
ALL_WRITES: tuple[Write, ...] = ("scores", "rank", "pages")
# Its last rescores failed for a reason that may pass; they are tried again.
RETRYING: Final = "retrying"
ALL_KINDS: tuple[PageKind, ...] = ("ranking", "discovery", "pestel")


@dataclass(frozen=True, slots=True)
class Policy:
    """What is done without asking, and what is written at all.

    `tolerance` is the share of our delay cost that may be given up so that fewer
    issues move. `notify_watchers` lets Jira mail each score that we write to the
    issue's watchers.
    """

    approval: Approval = "automatic"
    write: tuple[Write, ...] = ALL_WRITES
    tolerance: float = 0.0
    notify_watchers: bool = False


@dataclass(frozen=True, slots=True)
class PagesPlace:
    """Where in Confluence the pages go (a space's key), and which kinds."""

    space: str
    parent_id: str = ""
    kinds: tuple[PageKind, ...] = ALL_KINDS


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is ranked together; `currency` is empty in relative mode.

    `mapping_version` is the mapping in force; saving one does not raise `version`.
    `state` is `ok`, or why it is not ranked, with `state_reason` in plain words.
    """

    id: str
    site_id: str
    name: str
    jql: str
    mode: Mode
    currency: str
    created_at: datetime
    policy: Policy = Policy()
    pages: PagesPlace | None = None
    mapping_version: int | None = None
    version: int = 1
    state: str = "ok"
    state_reason: str = ""


class Backlogs:
    """The backlogs in the books."""

    def list(
        self,
        session: Session,
        *,
        site_id: str = "",
        after: str = "",
        limit: int = 200,
    ) -> tuple[Backlog, ...]:
        """List the backlogs by id, those after the given one, of one site or all."""
        query = select(BacklogRow).where(BacklogRow.id > after).order_by(BacklogRow.id)
        if site_id:
            query = query.where(BacklogRow.site_id == site_id)
        return tuple(_backlog(row) for row in session.scalars(query.limit(limit)))

    def ids_of(self, session: Session, site_id: str) -> tuple[str, ...]:
        """List the ids of all backlogs of a site."""
        query = select(BacklogRow.id).where(BacklogRow.site_id == site_id)
        return tuple(session.scalars(query.order_by(BacklogRow.id)))

    def find(
        self, session: Session, backlog_id: str, *, lock: bool = False
    ) -> Backlog | None:
        """Find a backlog; `lock` keeps others from changing it until the end.

        Not from adding what hangs on it. Its mark is locked before it: see `Marks`.
        """
        how = None
        if lock:
            mark = select(MarkRow.run).where(MarkRow.backlog_id == backlog_id)
            session.execute(mark.with_for_update())
            how = {"key_share": True}
        row = session.get(BacklogRow, backlog_id, with_for_update=how)
        return _backlog(row) if row else None

    def add(self, session: Session, backlog: Backlog) -> Backlog:
        """Add a backlog."""
        row = BacklogRow(
            id=backlog.id,
            site_id=backlog.site_id,
            created_at=backlog.created_at,
            version=backlog.version,
        )
        _write(row, backlog)
        session.add(row)
        session.flush()
        return backlog

    def change(self, session: Session, backlog: Backlog) -> Backlog:
        """Write a backlog's new values; raise the version."""
        row = session.get_one(BacklogRow, backlog.id)
        _write(row, backlog)
        row.version += 1
        session.flush()
        return replace(backlog, version=row.version)

    def note_state(
        self, session: Session, backlog_id: str, state: str, reason: str
    ) -> None:
        """Note how its rescores end; nobody's edit is made stale by it."""
        session.execute(
            update(BacklogRow)
            .where(BacklogRow.id == backlog_id)
            .values(state=state, state_reason=reason)
        )

    def drop(self, session: Session, backlog_id: str) -> None:
        """Forget a backlog with all that hangs on it; the audit stays."""
        children: tuple[type[Base], ...] = (
            PageRow,
            RankingRow,
            PlanRow,
            MarkRow,
            UnreadRow,
            CopyRow,
            SnapshotRow,
            MappingRow,
        )
        for rows in children:
            column = rows.__table__.c["backlog_id"]
            session.execute(delete(rows).where(column == backlog_id))
        session.delete(session.get_one(BacklogRow, backlog_id))
        session.flush()


def _backlog(row: BacklogRow) -> Backlog:
    kept = row.settings
    policy, pages = kept["policy"], kept["pages"]
    return Backlog(
        id=row.id,
        site_id=row.site_id,
        name=row.name,
        jql=kept["jql"],
        mode=Mode(kept["mode"]),
        currency=kept["currency"],
        created_at=row.created_at,
        policy=Policy(
            policy["approval"],
            tuple(policy["write"]),
            policy.get("tolerance", 0.0),
            policy.get("notify_watchers", False),
        ),
        pages=pages and _pages(pages),
        mapping_version=row.mapping_version,
        version=row.version,
        state=row.state,
        state_reason=row.state_reason,
    )


def _pages(kept: dict[str, Any]) -> PagesPlace:
    return PagesPlace(kept["space"], kept["parent_id"], tuple(kept["kinds"]))


def _write(row: BacklogRow, backlog: Backlog) -> None:
    pages = backlog.pages
    row.name = backlog.name
    row.settings = {
        "jql": backlog.jql,
        "mode": backlog.mode.value,
        "currency": backlog.currency,
        "policy": {
            "approval": backlog.policy.approval,
            "write": list(backlog.policy.write),
            "tolerance": backlog.policy.tolerance,
            "notify_watchers": backlog.policy.notify_watchers,
        },
        "pages": pages
        and {
            "space": pages.space,
            "parent_id": pages.parent_id,
            "kinds": list(pages.kinds),
        },
    }
