"""Keep each backlog's newest ranking, and the evidence read with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.books.tables import RankingRow


@dataclass(frozen=True, slots=True)
class Ranking:
    """A ranking as JSON (a Summary and its Evidence), and from what it was made.

    `keys` are all issues that were read for it.
    """

    backlog_id: str
    generation: int
    summary: Mapping[str, Any]
    evidence: Mapping[str, Any]
    keys: tuple[str, ...]
    mapping_version: int
    computed_at: datetime


class Rankings:
    """The rankings in the books."""

    def find(self, session: Session, backlog_id: str) -> Ranking | None:
        """Find a backlog's newest ranking."""
        row = session.get(RankingRow, backlog_id)
        return _ranking(row) if row else None

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
        row.computed_at,
    )
