"""`python -m tests.soak`: the tests that have a long form, in their full length.

What follows the command is passed on to pytest, such as `-k random`. The settings are
told in docs/operating.md; whichever is set already keeps its value.
"""

import os
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
# Names of settings that tests read, and how long the long form is.
LENGTHS = {
    "CD3_TEST_GATES": "real",
    "CD3_TEST_KILLS": "50",
    "CD3_TEST_ROWS": "1000000",
    "CD3_TEST_SHEET_ROWS": "1000000",
    "CD3_TEST_BURST": "5000",
    "CD3_TEST_STEADY_SECONDS": "60",
    "CD3_TEST_SITES_SECONDS": "20",
    "CD3_TEST_PENDING": "100000",
    "CD3_TEST_SOAK_SECONDS": "3600",
    "CD3_TEST_EVENTS": "5000",
    "CD3_TEST_BULK": "5000",
    "CD3_TEST_EDITED_SECONDS": "30",
    "CD3_TEST_RESTARTED_SECONDS": "600",
    "CD3_TEST_RESTARTED_ISSUES": "5000",
}
LONG = (
    "tests/app/work/test_away_postgres.py",
    "tests/app/books/test_silent_postgres.py",
    "tests/app/work/test_mortal_workers.py",
    "tests/app/work/test_housekeeping.py",
    "tests/app/books/test_mortal_receiver.py",
    "tests/app/books/test_store_in_trouble.py",
    "tests/app/books/test_postgres_in_trouble.py",
    "tests/app/books/test_intake_load.py",
    "tests/app/work/test_lanes.py",
    "tests/app/work/test_many_bulks.py",
    "tests/app/work/test_coalescing.py",
    "tests/app/work/test_restarted_postgres.py",
    "tests/bench/test_latency.py",
    "tests/bench/test_sheet.py",
    "tests/bench/test_speed.py",
    "tests/test_lasting.py",
)
LONGEST_SECONDS = 7_200


def main() -> int:
    """Run them; answer pytest's exit code."""
    os.chdir(TOP)
    for name, length in LENGTHS.items():
        os.environ.setdefault(name, length)
    return pytest.main([f"--timeout={LONGEST_SECONDS}", *LONG, *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
