"""Distributions in two pieces, a row each, as functions of a standard normal score.

The likely value is the median, and each half is one of a normal distribution: the
two-piece normal (Fechner 1897; Wallis, «The two-piece normal, binormal, or double
Gaussian distribution», Statistical Science 29, 2014), pieced together at the median
instead of the mode, which keeps every quantile a formula.

Nothing is made up beyond the far ends: three standard deviations (one case in 741)
each way end the tails.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.normal import Floats, chance_below, density

Real = TypeVar("Real", bound=np.floating[Any])

# Standard deviations after which a tail ends.
END: Final = 3.0


@dataclass(frozen=True, eq=False)
class Spreads:
    """One distribution a row, as a function of a standard normal score.

    A score z stands for `likely` + z × `down` (below 0) or `up` (above); where `scaled`
    holds, for `likely` × exp(the same). Values stay between `floor` and `ceiling`. A
    row whose `down` and `up` are 0 is certain.
    """

    likely: Floats
    down: Floats
    up: Floats
    floor: Floats
    ceiling: Floats
    scaled: NDArray[np.bool_]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.likely)

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Say which rows have no range."""
        certain: NDArray[np.bool_] = (self.down == 0) & (self.up == 0)
        return certain

    def take(self, rows: NDArray[np.intp] | slice) -> "Spreads":
        """Pick some rows."""
        return Spreads(
            self.likely[rows],
            self.down[rows],
            self.up[rows],
            self.floor[rows],
            self.ceiling[rows],
            self.scaled[rows],
        )

    def at(self, scores: Floats) -> Floats:
        """Turn scores into values, a row each; `scores` has one row or as many."""
        return self.drawn(scores.T).T

    def drawn(self, scores: NDArray[Real]) -> NDArray[Real]:
        """Turn scores into values of the same precision, a column each."""
        values = np.clip(np.broadcast_to(scores, (len(scores), len(self))), -END, END)
        kind = values.dtype
        likely = self.likely.astype(kind)
        values *= np.where(values < 0, self.down.astype(kind), self.up.astype(kind))
        if self.scaled.all():
            values[:] = np.exp(values, out=values) * likely
            return values
        rows = np.flatnonzero(self.scaled)
        multiples = np.exp(values[:, rows]) * likely[rows]
        values += likely
        np.clip(values, self.floor.astype(kind), self.ceiling.astype(kind), out=values)
        values[:, rows] = multiples
        return values

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """Give the scores at which each row's values end."""
        with np.errstate(divide="ignore", invalid="ignore"):
            low = (self.floor - self.likely) / self.down
            high = (self.ceiling - self.likely) / self.up
        low = np.where(self.scaled | np.isnan(low), -END, np.maximum(low, -END))
        high = np.where(self.scaled | np.isnan(high), END, np.minimum(high, END))
        return low, high

    @cached_property
    def smooth(self) -> bool:
        """Say that no row takes any one value with more than a tail's chance."""
        low, high = self.ends
        whole = (self.down > 0) & (self.up > 0) & (low == -END) & (high == END)
        return bool(whole.all())

    def below(self, values: Floats) -> Floats:
        """Give each row's chance of a value at most this, one value a row."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            off = np.where(
                self.scaled,
                np.log(np.maximum(values, 0.0) / self.likely),
                values - self.likely,
            )
            width = np.where(off < 0, self.down, self.up)
            z = np.where(off == 0, np.where(self.up > 0, 0.0, np.inf), off / width)
        low, high = self.ends
        chance = np.where(z >= high, 1.0, chance_below(z))
        chance[(z < low) | (values < self.floor)] = 0.0
        chance[values >= self.ceiling] = 1.0
        return chance

    @cached_property
    def means(self) -> Floats:
        """Give each row's mean, the drawn-in tails included."""
        low, high = self.ends
        part = (low, 0.0 * low, self.down), (0.0 * high, high, self.up)
        found = self.likely + sum(_shift(*half) for half in part)
        if self.scaled.any():
            grown = self.likely * sum(_growth(*half) for half in part)
            found = np.where(self.scaled, grown, found)
        return np.where(self.certain, self.likely, found)


def _shift(low: Floats, high: Floats, width: Floats) -> Floats:
    """Integrate z × width over one half, its tail drawn in to the outer end.

    The inner end is 0, where the tail's term vanishes by itself.
    """
    inner = density(low) - density(high)
    tails = low * chance_below(low) + high * chance_below(-high)
    found: Floats = width * (inner + tails)
    return found


def _growth(low: Floats, high: Floats, width: Floats) -> Floats:
    """Integrate exp(z × width) over one half, its tail drawn in to the outer end."""
    inside = chance_below(high - width) - chance_below(low - width)
    outer = np.where(low < 0, low, high)
    tail = np.exp(outer * width) * chance_below(-np.abs(outer))
    found: Floats = np.exp(0.5 * width * width) * inside + tail
    return found
