"""`python -m bench [NAME …]`: run benches, or all, and write docs/benchmarks.md.

Each bench runs in a process of its own and prints one JSON object; the page shows all
of it, with the machine and the day, so that nobody has to take a figure on trust. A
bench that is not named keeps the section that it has.
"""

import json
import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from app import clock
from bench.page import Found, read_sections, render, section

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
# In the order in which they are shown; `queue` runs the crews of `bench.workers` too.
BENCHES = (
    "intake",
    "queue",
    "latency",
    "drain",
    "reading",
    "order",
    "moves",
    "profiles",
    "uncertainty",
    "backtest",
)
LONGEST_SECONDS = 3_600


def main() -> int:
    """Run the benches that are named, or all; answer 1 if one of them failed."""
    unknown = set(sys.argv[1:]) - set(BENCHES)
    if unknown:
        print(f"no bench {sorted(unknown)}; there are {BENCHES}", file=sys.stderr)
        return 2
    failed = 0
    for name in sys.argv[1:] or BENCHES:
        print(f"python -m bench.{name} …", file=sys.stderr, flush=True)
        try:
            found = _run(name)
        except (subprocess.SubprocessError, ValueError) as error:
            print(f"bench.{name}: {error}", file=sys.stderr, flush=True)
            failed = 1
        else:
            _write(name, found)
    return failed


def _run(name: str) -> Found:
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", f"bench.{name}", "--json"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=LONGEST_SECONDS,
    )
    found: Found = json.loads(done.stdout)
    return found


def _write(name: str, found: Found) -> None:
    """Put a bench's section on the page, in place of the one it had."""
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    title = (import_module(f"bench.{name}").__doc__ or name).splitlines()[0].rstrip(".")
    sections = read_sections(page) | {
        name: section(
            name, title, found, day=clock.today().isoformat(), machine=_machine()
        )
    }
    PAGE.write_text(render(sections, BENCHES), encoding="utf-8")


def _machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    sys.exit(main())
