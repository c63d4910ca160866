"""The figures that tests hold: as promised in the soak, loosely on a busy machine.

`make soak` has the machine for itself (`CD3_TEST_GATES=real`). CI's may be slow or
shared: there a gate only tells what works from what does not.
"""

import os

REAL = os.environ.get("CD3_TEST_GATES") == "real"

# The same machine is three times slower on one day than on another, and CI's has
# four tests at work on it: whoever waits for something waits that much longer before
# it counts as lost. Where it comes, nobody waits longer.
PATIENCE = 1 if REAL else 5


def gate(promised: float, *, loosely: float) -> float:
    """Choose the bound that counts here."""
    return promised if REAL else loosely


def busy() -> float:
    """Say how many processes wanted each core lately; 1 where that is none too many."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
