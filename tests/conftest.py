"""What a machine lacks: said at the end of a run, and a failure where it is required.

`CD3_TEST_REQUIRE=chromium,postgres` (as `.ci/run` sets it) makes a test that is left
out for want of one of them a failed test.
"""

import os
from collections.abc import Generator

import pytest

# Marker of the tests → what they need, and how to get it on Debian.
NEEDS = {
    "browser": ("chromium", "apt-get install chromium"),
    "postgres": ("postgres", "apt-get install postgresql"),
}
LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped:
        for marker, (need, how) in NEEDS.items():
            if item.get_closest_marker(marker) is not None:
                _note(item, report, need, how)
    return report


def _note(item: pytest.Item, report: pytest.TestReport, need: str, how: str) -> None:
    left_out = item.config.stash[LEFT_OUT]
    left_out[need] = left_out.get(need, 0) + 1
    if need in os.environ.get("CD3_TEST_REQUIRE", "").split(","):
        report.outcome = "failed"
        report.longrepr = f"{need} is required here and not there: {how}"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for marker, (need, how) in NEEDS.items():
        if count := config.stash[LEFT_OUT].get(need):
            terminalreporter.write_line(
                f"{count} {marker} tests were left out: this machine has no {need}. "
                f"To run them too: {how}"
            )
