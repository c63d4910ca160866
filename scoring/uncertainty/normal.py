"""The normal distribution on arrays: chances of scores, and scores of chances."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# The score that one in ten exceeds.
TENTH: Final = NormalDist().inv_cdf(0.9)

_FAR: Final = 8.5
_STEPS: Final = 8_192
_SCORES: Final = np.linspace(-_FAR, _FAR, _STEPS + 1)


def chance_below(scores: Floats) -> Floats:
    """Give the chance of a score below each one, exactly, one after the other."""
    flat = [math.erfc(-z / math.sqrt(2)) / 2 for z in scores.ravel().tolist()]
    return np.array(flat, dtype=np.float64).reshape(scores.shape)


# Beyond the table there is nothing, so that what is certain is exactly so.
_CHANCES: Final = chance_below(_SCORES)
_CHANCES[[0, -1]] = 0.0, 1.0


def quick_chance_below(scores: Floats) -> Floats:
    """Give the same from a table, to within 2e-7: numpy has no error function."""
    found: Floats = np.interp(scores, _SCORES, _CHANCES)
    return found


def density(scores: Floats) -> Floats:
    """Give the density at each score."""
    found: Floats = np.exp(-0.5 * scores * scores) / math.sqrt(2 * math.pi)
    return found


@lru_cache(maxsize=16)
def middles(count: int) -> Floats:
    """Cut the distribution into parts of equal chance; give each one's median score."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((part + 0.5) / count) for part in range(count)])


@lru_cache(maxsize=8)
def nodes(count: int, end: float) -> tuple[Floats, Floats]:
    """Choose scores, and how much each counts, to average smooth functions of a score.

    Gauss's rule on each side of 0, where functions may have a kink, with an even
    `count` of scores in all. What lies beyond `end` counts at the end.
    """
    at, weights = np.polynomial.legendre.leggauss(count // 2)
    scores = (at + 1.0) * end / 2.0
    inside = weights * density(scores)
    tail = NormalDist().cdf(-end)
    inside *= (0.5 - tail) / inside.sum()
    right, counts = np.append(scores, end), np.append(inside, tail)
    return (
        np.concatenate((-right[::-1], right)),
        np.concatenate((counts[::-1], counts)),
    )
