"""What comes of ordering a group of linked items in many cases."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.uncertainty.normal import Floats

Ints = NDArray[np.intp]


class Arranged(NamedTuple):
    """Cases are rows, places columns.

    `order` names the member at each place; `ratios` are those of the chunks that the
    places belong to, and never rise along a row.
    """

    order: Ints
    ratios: Floats
