"""`cd3 rank` orders a million rows of a spreadsheet in about a minute and 0.8 GB.

The time is the processor's: a busy machine has it too.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from app.console.rank import long_work
from tests.app.console.desk import CD3, HEAD
from tests.gates import gate

ROWS = int(os.environ.get("CD3_TEST_SHEET_ROWS", "20000"))
# What the command takes without any rows, and for each.
START_MB, KB_A_ROW = gate(200, loosely=400), 0.7


def test_many_rows_take_the_promised_time_and_memory(tmp_path: Path) -> None:
    file, out = tmp_path / "many.csv", tmp_path / "order.json"
    with file.open("w") as lines:
        lines.write(f"{HEAD}\n")
        lines.writelines(f"K{n},{n % 97 + 1},{n % 13 + 1}\n" for n in range(ROWS))
    told = tmp_path / "told.txt"
    seconds, most = _run([*CD3, "rank", str(file), "--json"], out, told)
    assert seconds <= gate(60, loosely=100)
    assert most <= START_MB + ROWS * KB_A_ROW / 1024
    note = f"cd3: ordering {ROWS:,} rows may take minutes\n"
    assert told.read_text().startswith(note) == (ROWS >= 200_000)
    ratios = [row["cd3"] for row in json.loads(out.read_bytes())["order"]]
    assert len(ratios) == ROWS
    assert ratios == sorted(ratios, reverse=True)


def test_long_work_is_told_before_it_begins() -> None:
    assert long_work(199_999) == ""
    assert long_work(200_000) == "ordering 200,000 rows may take minutes"


# A process begins with its parent's memory as its own highest: so a small one between.
MEASURED = """
import json, resource, subprocess, sys
out, told, *words = sys.argv[1:]
with open(out, "wb") as one, open(told, "wb") as other:
    subprocess.run(words, stdout=one, stderr=other, check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def _run(words: list[str], *files: Path) -> tuple[float, float]:
    """Run a command, stdout and stderr to files; tell its seconds and megabytes."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-I", "-c", MEASURED, *map(str, files), *words],
        check=True,
        capture_output=True,
    )
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes
