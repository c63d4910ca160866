"""A machine that lacks something hears of it, and fails where it is required."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE = """
import pytest

@pytest.mark.browser
def test_in_a_browser():
    pytest.skip("there is none")

@pytest.mark.compiler
def test_of_a_failing_disk():
    pytest.skip("there is none")

@pytest.mark.compiler
def test_of_a_long_run():
    pytest.skip("takes a minute; make soak runs it")

def test_of_data():
    pytest.skip("no data")
"""


def run(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_sample.py").write_text(SAMPLE)
    (folder / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n  browser: a browser\n  compiler: cc\n"
    )
    words = ["-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    return subprocess.run(  # noqa: S603 - pytest on our own sample
        [sys.executable, *words, "test_sample.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def test_what_was_left_out_is_said_with_how_to_get_it(tmp_path: Path) -> None:
    done = run(tmp_path, CD3_TEST_REQUIRE="")
    assert done.returncode == 0
    assert "1 browser tests were left out" in done.stdout
    assert "apt-get install chromium" in done.stdout
    assert "1 compiler tests were left out" in done.stdout


def test_where_it_is_required_a_skip_is_a_failure(tmp_path: Path) -> None:
    done = run(tmp_path, CD3_TEST_REQUIRE="chromium,postgres,cc")
    assert done.returncode == 1
    assert "2 failed" in done.stdout
    assert "2 skipped" in done.stdout  # data is nobody's duty, nor is a long run
