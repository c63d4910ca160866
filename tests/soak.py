"""`python -m tests.soak`: the tests that have a long form, in their full length.

What follows the command is passed on to pytest, such as `-k random`.
"""

import os
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
# Names of settings that tests read, and how long the long form is.
LENGTHS = {"CD3_TEST_KILLS": "50"}
LONG = ("tests/app/work/test_mortal_workers.py",)
LONGEST_SECONDS = 3_600


def main() -> int:
    """Run them; answer pytest's exit code."""
    os.chdir(TOP)
    for name, length in LENGTHS.items():
        os.environ.setdefault(name, length)
    return pytest.main([f"--timeout={LONGEST_SECONDS}", *LONG, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
