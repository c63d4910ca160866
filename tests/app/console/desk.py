"""The command `cd3`, as a real process or in this one."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.console.main import main
from tests.gates import PATIENCE

# Backlogs that many a test orders.
HEAD = "key,cost_of_delay,duration"
RANGES = "duration_low,duration_high,cost_of_delay_low,cost_of_delay_high"
# By CD3: A 10, B 5, C 2.
THREE = f"{HEAD}\nC,2,1\nB,10,2\nA,10,1\n"
UNSURE = f"{HEAD},{RANGES}\nA,10,1,,,9,11\nB,9,1,,,6,30\nC,1,1,,,,\n"

CD3 = [str(Path(sys.executable).parent / "cd3")]


def cd3(*arguments: str, text: str | bytes = "") -> subprocess.CompletedProcess[str]:
    """Run the real command."""
    raw = text.encode() if isinstance(text, str) else text
    done = subprocess.run(  # noqa: S603 - our own command
        [*CD3, *arguments],
        input=raw,
        capture_output=True,
        check=False,
        timeout=60 * PATIENCE,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


@dataclass(frozen=True)
class Desk:
    """Runs the command in this process, on files of this test: it loads only once."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def write(self, text: str | bytes) -> str:
        file = self.folder / "backlog.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(file)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = self.capture.readouterr()
        return int(ended.value.code or 0), out, err

    def ranked(
        self, text: str | bytes, *options: str, told: str = ""
    ) -> dict[str, Any]:
        """Order a file; `told` is what stands on stderr."""
        code, out, err = self.run("rank", self.write(text), "--json", *options)
        assert (code, err) == (0, told)
        found: dict[str, Any] = json.loads(out)
        return found
