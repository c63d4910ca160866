"""What holds for every test: no unknown request, and no silent gap.

What a machine lacks is said at the end of a run, and a failure where it is required:
`CD3_TEST_REQUIRE=chromium,postgres,cc` (as `.ci/run` sets it) makes a test that is left
out for want of one of them a failed test.
"""

import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from connectors.transport import watched
from tests.contracts.overheard import FAULTS

# How long an example takes says how busy the machine is, not whether the code is right.
SLOW = (HealthCheck.too_slow,)
# CI judges a change, not the luck of a draw: what it draws hangs on the tests alone.
# Everywhere else each run draws anew.
settings.register_profile(
    "cd3",
    deadline=None,
    suppress_health_check=SLOW,
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("cd3")

# Marker of the tests → what they need, and how to get it on Debian.
NEEDS = {
    "browser": ("chromium", "apt-get install chromium"),
    "postgres": ("postgres", "apt-get install postgresql"),
    "compiler": ("cc", "apt-get install gcc libc6-dev"),
}


SOAKED = "make soak runs it"
# Longest first: what begins last must not be what everybody waits for.
LONG = (
    "tests/test_flow.py",
    "tests/app/work/test_mortal_workers.py",
    "tests/app/work/test_away_postgres.py",
    "tests/app/books/test_silent_postgres.py",
    "tests/test_lasting.py",
    "tests/app/work/test_coalescing.py",
    "tests/app/work/test_lanes.py",
    "tests/app/work/test_many_bulks.py",
    "tests/test_outages.py",
    "tests/app/books/test_mortal_receiver.py",
    "tests/app/work/test_stopped_site.py",
    "tests/app/work/test_snapshot.py",
    "tests/app/work/test_engine.py",
    "tests/app/books/test_postgres_in_trouble.py",
    "tests/app/books/test_intake_load.py",
    "tests/bench/test_latency.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first; all else keeps its order."""
    place = {name: at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


@pytest.fixture(scope="session", autouse=True)
def _all_that_is_said() -> Iterator[None]:
    """Check every request of every test as it leaves, whatever the test is about."""
    with watched(FAULTS.hear):
        yield


@pytest.fixture(autouse=True)
def _only_what_is_known(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    found = FAULTS.take()
    if request.node.get_closest_marker("made_up") is None:
        assert found == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # What waits for the soak is left out for its length, not for want of anything.
    if report.skipped and SOAKED not in str(report.longrepr):
        for marker, (need, how) in NEEDS.items():
            if item.get_closest_marker(marker) is not None:
                _note(report, need, how)
    return report


def _note(report: pytest.TestReport, need: str, how: str) -> None:
    # Reports come to whoever tells the end, from whichever process ran the test.
    report.__dict__["left_out_for"] = need
    if need in os.environ.get("CD3_TEST_REQUIRE", "").split(","):
        report.outcome = "failed"
        report.longrepr = f"{need} is required here and not there: {how}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        getattr(report, "left_out_for", "")
        for outcome in ("skipped", "failed", "error")
        for report in terminalreporter.stats.get(outcome, ())
    ]
    for marker, (need, how) in NEEDS.items():
        if count := told.count(need):
            terminalreporter.write_line(
                f"{count} {marker} tests were left out: this machine has no {need}. "
                f"To run them too: {how}"
            )
