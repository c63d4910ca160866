"""How sure an order is, as far as its items have ranges: answers, and their making."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Final

from pydantic import BaseModel, Field

from app.books.rankings import Ranking
from scoring.ranking import summary_from_json
from scoring.uncertainty.confidence import Confidence, Sureness, confidence_in
from scoring.uncertainty.refinements import Input, Refinement, refinements

# So many take one to two seconds, and up to four where most are linked: more would be
# more than a request may take.
MOST_JUDGED: Final = 2_000
MOST_REFINED: Final = 50
_TOP: Final = 10
_MOST_KEPT: Final = 16


class SurenessAnswer(BaseModel):
    """How sure one item's place is; ranks are 1-based."""

    p_first: float = Field(description="The chance that it is worth most of all")
    p_top: float = Field(description="The chance that it is among the top ones")
    rank_low: int = Field(description="Nine in ten times its rank is at least this")
    rank_middle: int
    rank_high: int = Field(description="Nine in ten times its rank is at most this")

    @classmethod
    def of(cls, one: Sureness) -> "SurenessAnswer":
        """Write what was judged as an answer."""
        return cls(
            p_first=one.first,
            p_top=one.top,
            rank_low=one.low,
            rank_middle=one.middle,
            rank_high=one.high,
        )


class UncertaintyAnswer(BaseModel):
    """What the ranges make of the whole order, in the currency or in point-weeks."""

    top: int = Field(description="How many are the top ones")
    expected: float = Field(description="The expected delay cost of this order")
    regret: float = Field(
        description="How much less it would be if every number were known beforehand"
    )
    held: int = Field(
        default=0,
        description="How many linked items are too tangled to be ordered anew in each "
        "case: their ranks are estimates, and regret and worths at least what is told",
    )


class WorthAnswer(BaseModel):
    """What knowing one number of one item is worth."""

    key: str
    input: Input
    worth: float

    @classmethod
    def of(cls, one: Refinement) -> "WorthAnswer":
        """Write what was found as an answer."""
        return cls(key=one.key, input=one.input, worth=one.worth)


@dataclass(frozen=True, eq=False)
class Judgement:
    """How sure one computed order is, by key, and which numbers to refine."""

    items: dict[str, Sureness]
    whole: UncertaintyAnswer | None = None
    refine: tuple[Refinement, ...] = ()

    def of(self, key: str) -> SurenessAnswer | None:
        """Tell how sure one item's place is; None where nothing was judged."""
        one = self.items.get(key)
        return SurenessAnswer.of(one) if one else None

    def worths(self, key: str | None = None) -> Sequence[WorthAnswer]:
        """Tell what to refine first, of one item or of all."""
        chosen = [one for one in self.refine if key in (None, one.key)]
        most = len(chosen) if key else MOST_REFINED
        return [WorthAnswer.of(one) for one in chosen[:most]]


UNJUDGED: Final = Judgement({})


@dataclass(frozen=True, eq=False)
class Judgements:
    """Judges kept rankings when they are read, and remembers the last few.

    A judgement hangs on nothing but the ranking: each process may make its own.
    """

    _kept: OrderedDict[tuple[str, int, datetime], Judgement] = field(
        default_factory=OrderedDict
    )
    _lock: Lock = field(default_factory=Lock)

    def of(self, ranking: Ranking) -> Judgement:
        """Judge a ranking; one without ranges, or too large a one, is not judged."""
        if not _has_ranges(ranking):
            return UNJUDGED
        name = (ranking.backlog_id, ranking.generation, ranking.computed_at)
        with self._lock:
            if name not in self._kept:
                self._kept[name] = _judge(ranking)
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
            return self._kept[name]


def _has_ranges(ranking: Ranking) -> bool:
    rows = ranking.summary["rows"]
    return len(rows) <= MOST_JUDGED and any(
        row["item"]["cost_of_delay_span"] or row["item"]["duration_span"]
        for row in rows
    )


def _judge(ranking: Ranking) -> Judgement:
    summary = summary_from_json(ranking.summary)
    top = max(1, min(_TOP, len(summary.rows) // 3))
    found: Confidence = confidence_in(summary, top=top)
    return Judgement(
        items={one.key: one for one in found.items},
        whole=UncertaintyAnswer(
            top=found.top,
            expected=found.expected,
            regret=found.regret,
            held=found.held,
        ),
        refine=refinements(found, most=2 * len(found.items)),
    )
