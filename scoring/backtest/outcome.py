"""What was predicted of finished work, and what came of it."""

from dataclasses import dataclass
from datetime import date

from scoring.item import Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished item: predicted and actual duration, both above 0, in one unit.

    `span` is the range that was predicted, `size` what the item was called by (a
    T-shirt size), `finished` the day it was done. `revised` says that the prediction
    was changed after the work had begun.
    """

    key: str
    predicted: float
    actual: float
    span: Span | None = None
    size: str = ""
    finished: date | None = None
    revised: bool = False

    @property
    def ratio(self) -> float:
        """Tell how many times as long it took as was predicted."""
        return self.actual / self.predicted
