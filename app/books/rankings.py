"""Keep each backlog's newest ranking, and the evidence read with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.books.tables import RankingRow


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranking as JSON (a Summary and its Evidence), and from what it was made.

    `keys` are all issues that were read for it; `backlog_version` says by which
    settings they were found.
    """

    backlog_id: str
    generation: int
    summary: Mapping[str, Any]
    evidence: Mapping[str, Any]
    keys: tuple[str, ...]
    mapping_version: int
    backlog_version: int
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """Which issues a ranking was made of, by key and by id, under which settings."""

    names: tuple[str, ...]
    backlog_version: int


class Rankings:
    """The rankings in the books."""

    def find(self, session: Session, backlog_id: str) -> Ranking | None:
        """Find a backlog's newest ranking."""
        row = session.get(RankingRow, backlog_id)
        return _ranking(row) if row else None

    def known(self, session: Session, backlog_id: str) -> Known | None:
        """Find only what the newest ranking knows of: its issues, and since when."""
        query = select(RankingRow.keys, RankingRow.backlog_version)
        row = session.execute(
            query.where(RankingRow.backlog_id == backlog_id)
        ).one_or_none()
        return Known(tuple(row.keys), row.backlog_version) if row else None

    def put(self, session: Session, ranking: Ranking) -> bool:
        """Keep a ranking; False where one of a later generation is kept already."""
        row = session.get(RankingRow, ranking.backlog_id, with_for_update=True)
        if row is None:
            row = RankingRow(backlog_id=ranking.backlog_id)
            session.add(row)
        elif row.generation > ranking.generation:
            return False
        row.generation = ranking.generation
        row.summary = dict(ranking.summary)
        row.evidence = dict(ranking.evidence)
        row.keys = list(ranking.keys)
        row.mapping_version = ranking.mapping_version
        row.backlog_version = ranking.backlog_version
        row.computed_at = ranking.computed_at
        session.flush()
        return True


def _ranking(row: RankingRow) -> Ranking:
    return Ranking(
        row.backlog_id,
        row.generation,
        row.summary,
        row.evidence,
        tuple(row.keys),
        row.mapping_version,
        row.backlog_version,
        row.computed_at,
    )
