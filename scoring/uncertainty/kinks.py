"""Expected values of what is straight between kinks, such as what an order saves.

As one number of one item varies, the cost of every order is a straight line, and that
of the best order the lowest of all lines. So the saving is convex and made of straight
pieces. It is looked at on a grid of scores, with its slope, and once more where the
tangents of neighbours meet: where there is one kink between two, that is where, and the
tangents are the function itself. With many kinks it lies a third of the way up from
the tangents to the chord; a sixth is never far off. Over straight pieces the
expectation is exact, by partial moments.
"""

from collections.abc import Callable

import numpy as np

from scoring.uncertainty.normal import Floats, density, quick_chance_below
from scoring.uncertainty.spreads import Spreads

# A function and its slope at some values, a row each number.
Convex = Callable[[Floats], tuple[Floats, Floats]]


def average(spreads: Spreads, steps: int, convex: Convex) -> Floats:
    """Average a convex function of each row's value.

    It is looked at twice, at `looks(steps)` values of each row in all.
    """
    scores = grid_scores(spreads, steps)
    values = spreads.at(scores)
    meeting = _meeting(values, *convex(values))
    scores = np.sort(
        np.concatenate([scores, _scores_of(spreads, scores, meeting)], axis=1), axis=1
    )
    values = spreads.at(scores)
    return expectation(spreads, scores, values, *convex(values))


def looks(steps: int) -> int:
    """Count the values at which a function is looked at."""
    return 3 * steps + 2


def grid_scores(spreads: Spreads, steps: int) -> Floats:
    """Choose scores from each row's lowest value to its highest, the middle included.

    An even number of steps, half of them on each side.
    """
    low, high = spreads.ends
    part = np.linspace(0.0, 1.0, steps // 2 + 1)
    left = low[:, None] * part[::-1]
    right = high[:, None] * part[1:]
    return np.concatenate([left, right], axis=1)


def expectation(
    spreads: Spreads, scores: Floats, values: Floats, gains: Floats, slopes: Floats
) -> Floats:
    """Average a convex function of each row's value, known at some of its scores.

    `values` are those of the scores, `gains` the function there and `slopes` its slope.
    """
    left, right = slice(None, -1), slice(1, None)
    low, high = scores[:, left], scores[:, right]
    middle = _scores_of(spreads, scores, _meeting(values, gains, slopes))
    at_low = values[:, left], gains[:, left], slopes[:, left]
    at_high = values[:, right], gains[:, right], slopes[:, right]
    tangents = _straight(spreads, low, middle, *at_low)
    tangents += _straight(spreads, middle, high, *at_high)
    chords = _straight(spreads, low, high, *_chords(values, gains))
    tails = [quick_chance_below(end) for end in (scores[:, 0], -scores[:, -1])]
    found: Floats = (tangents + (chords - tangents) / 6).sum(axis=1)
    found += tails[0] * gains[:, 0] + tails[1] * gains[:, -1]
    return np.maximum(found, 0.0)


def _chords(values: Floats, gains: Floats) -> tuple[Floats, Floats, Floats]:
    """Join neighbours by straight lines: points and slopes."""
    width = values[:, 1:] - values[:, :-1]
    rise = gains[:, 1:] - gains[:, :-1]
    slopes = np.divide(rise, width, out=np.zeros_like(rise), where=width > 0)
    return values[:, :-1], gains[:, :-1], slopes


def _meeting(values: Floats, gains: Floats, slopes: Floats) -> Floats:
    """Find where the tangents of neighbours meet."""
    low, high = values[:, :-1], values[:, 1:]
    turn = slopes[:, 1:] - slopes[:, :-1]
    behind = gains[:, 1:] - slopes[:, 1:] * (high - low)  # the right tangent at `low`
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        step = (gains[:, :-1] - behind) / turn
    step = np.where(turn > 0, step, high - low)
    return np.clip(low + step, low, high)


def _scores_of(spreads: Spreads, scores: Floats, meeting: Floats) -> Floats:
    """Turn values back into scores, within their steps."""
    low, high = scores[:, :-1], scores[:, 1:]
    width = _width(spreads, low, high)
    likely, scaled = spreads.likely[:, None], spreads.scaled[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.where(
            scaled,
            np.log(np.maximum(meeting, 0.0) / np.where(scaled, likely, 1.0)),
            meeting - likely,
        )
        found = far / width
    found = np.where(np.isfinite(found), found, high)
    return np.clip(found, low, high)


def _width(spreads: Spreads, low: Floats, high: Floats) -> Floats:
    below = low + high < 0
    return np.where(below, spreads.down[:, None], spreads.up[:, None])


def _straight(  # noqa: PLR0913, PLR0917 - a line by its point and slope, and from where to where
    spreads: Spreads,
    low: Floats,
    high: Floats,
    values: Floats,
    gains: Floats,
    slopes: Floats,
) -> Floats:
    """Average a straight line from score to score, not beyond the middle."""
    width = _width(spreads, low, high)
    likely, scaled = spreads.likely[:, None], spreads.scaled[:, None]
    chance = quick_chance_below(high) - quick_chance_below(low)
    grown = np.where(scaled, width, 0.0)
    moved = quick_chance_below(high - grown) - quick_chance_below(low - grown)
    scaled_sum = likely * np.exp(0.5 * grown * grown) * moved
    plain_sum = likely * chance + width * (density(low) - density(high))
    mean = np.where(scaled, scaled_sum, plain_sum)
    found: Floats = gains * chance + slopes * (mean - values * chance)
    return found
