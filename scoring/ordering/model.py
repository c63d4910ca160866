"""The linear programme of Chudak & Hochbaum (1999), as rows.

One variable for each pair that no link decides says which of the two comes first. The
best whole-number solution costs as much as the best order, although nothing asks for
transitivity (Ambühl & Mastrolilli 2009).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.ordering.search import Block, closed_before

MOST_ROWS = 60_000

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


class Rows(NamedTuple):
    """Up to three signed variables a row, and what they may come to together.

    Where a row has but two, the third sign is 0.
    """

    columns: Ints
    signs: Floats
    limits: Floats


class Model(NamedTuple):
    """Minimise `costs` · x + `fixed` under rows.

    `pairs` holds for each variable the two jobs; 1 means that the first comes first.
    """

    pairs: list[tuple[int, int]]
    costs: Floats
    fixed: float
    rows: Rows


def model_of(block: Block) -> Model | None:
    """Set the programme up; None where it has too many rows."""
    jobs, before, idle = block.jobs, closed_before(block), _idle(block)
    size = len(jobs)
    number: dict[tuple[int, int], int] = {}
    fixed = sum(job.weight * job.duration for job in jobs)
    costs = []
    for second in range(size):
        for first in range(second):
            ahead = jobs[first].duration * jobs[second].weight
            if before[second] >> first & 1:
                fixed += ahead
                continue
            if idle[first] and idle[second]:
                continue
            behind = jobs[second].duration * jobs[first].weight
            number[first, second] = len(number)
            fixed += behind
            costs.append(ahead - behind)
    rows = []
    for row in _rows(block, number):
        rows.append(row)
        if len(rows) > MOST_ROWS:
            return None
    table = np.array(rows, dtype=np.float64).reshape(-1, 5)
    third = np.zeros((len(table), 1))
    return Model(
        list(number),
        np.array(costs),
        fixed,
        Rows(
            np.hstack([table[:, [0, 2]], third]).astype(np.int32),
            np.hstack([table[:, [1, 3]], third]),
            table[:, 4],
        ),
    )


def _idle(block: Block) -> list[bool]:
    """Mark jobs that take no time and block nothing.

    Which of two such jobs comes first costs nothing, and whatever it would have to
    follow from, their blockers' pairs follow from as well.
    """
    blocking = {other for earlier in block.needs for other in earlier}
    return [
        not chunk.duration and job not in blocking
        for job, chunk in enumerate(block.jobs)
    ]


def _rows(
    block: Block, number: dict[tuple[int, int], int]
) -> Iterator[tuple[int, int, int, int, int]]:
    """Let what precedes a blocker precede what it blocks: one row a link and job."""
    for job, earlier in enumerate(block.needs):
        for blocker in earlier:
            for other in range(len(block.jobs)):
                one = number.get((min(other, blocker), max(other, blocker)))
                two = number.get((min(other, job), max(other, job)))
                if one is None or two is None:
                    continue
                a = 1 if other < blocker else -1
                b = 1 if other < job else -1
                yield one, a, two, -b, (b < 0) - (a < 0)


def with_rows(model: Model, rows: Rows) -> Model:
    """Add rows."""
    old = model.rows
    return model._replace(
        rows=Rows(
            np.concatenate([old.columns, rows.columns]),
            np.concatenate([old.signs, rows.signs]),
            np.concatenate([old.limits, rows.limits]),
        )
    )
