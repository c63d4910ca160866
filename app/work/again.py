"""Which rank calls put those right that one call left out; pure."""

from collections.abc import Collection
from itertools import groupby

from scoring.plan import Move


def moves_again(move: Move, failed: Collection[str]) -> list[Move]:
    """Put each run of those that failed beside its neighbour that was moved.

    Behind the one before it, else before the one after it; where all failed, where
    they were to go.
    """
    moves = []
    place = 0
    for out, run in groupby(move.keys, key=lambda key: key in failed):
        keys = tuple(run)
        after = place + len(keys)
        if out and place > 0:
            moves.append(Move(keys, move.keys[place - 1], "after"))
        elif out and after < len(move.keys):
            moves.append(Move(keys, move.keys[after], "before"))
        elif out:
            moves.append(move)
        place = after
    return moves
