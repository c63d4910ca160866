"""`python -m bench`: run every bench and write docs/benchmarks.md.

Each bench runs in a process of its own and prints one JSON object; the page shows all
of it, with the machine and the day, so that nobody has to take a figure on trust.
"""

import json
import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from app import clock

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
# In the order in which they are shown; one that is not there yet is left out.
BENCHES = ("intake", "order", "moves", "profiles", "uncertainty", "backtest")
LONGEST_SECONDS = 3_600

Found = dict[str, Any]


def main() -> None:
    """Run the benches that are named, or all, and write the page."""
    wanted = [name for name in sys.argv[1:] if name in BENCHES] or list(BENCHES)
    there = [name for name in wanted if (ROOT / "bench" / f"{name}.py").exists()]
    sections = []
    for name in there:
        print(f"python -m bench.{name} …", file=sys.stderr, flush=True)
        sections.append(_section(name, _run(name)))
    if set(there) == {n for n in BENCHES if (ROOT / "bench" / f"{n}.py").exists()}:
        PAGE.write_text(_head() + "\n".join(sections), encoding="utf-8")
        print(f"wrote {PAGE.relative_to(ROOT)}", file=sys.stderr)
    else:
        print("\n".join(sections))


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


def _head() -> str:
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`. Every ratio compares two things measured in the same "
        "run, in turns; absolute times only say what this machine did on this day.\n\n"
        f"- Day: {clock.today().isoformat()}\n"
        f"- Machine: {platform.system()} {platform.machine()}, {os.cpu_count()} cores\n"
        f"- Python {platform.python_version()}\n\n"
    )


def _section(name: str, found: Found) -> str:
    title = (import_module(f"bench.{name}").__doc__ or name).splitlines()[0]
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    made_by = f"`python -m bench.{name}`, seed {found['seed']}, {versions}."
    lines = [f"## {title}", "", made_by, ""]
    for part in ("ratios", "figures"):
        lines += _part(found.get(part, {}), part.capitalize())
    return "\n".join(lines)


def _part(content: Any, title: str) -> list[str]:
    """Show a list of rows as a table, a mapping as a list, anything else as text."""
    if isinstance(content, list) and content and isinstance(content[0], dict):
        return [f"**{_words(title)}**", "", *_table(content), ""]
    if not isinstance(content, dict):
        return [f"- {_words(title)}: {_shown(content)}"]
    plain = {k: v for k, v in content.items() if not isinstance(v, dict | list)}
    lines = [f"- {_words(k)}: {_shown(v)}" for k, v in plain.items()]
    lines = [f"**{_words(title)}**", "", *lines, ""] if lines else []
    for key, value in content.items():
        if key not in plain:
            lines += _part(value, str(key))
    return lines


def _table(rows: list[Found]) -> list[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [
        "| " + " | ".join(map(_words, names)) + " |",
        "|" + " --- |" * len(names),
    ]
    cells = ([_shown(row.get(name, "")) for name in names] for row in rows)
    return [*lines, *("| " + " | ".join(row) + " |" for row in cells)]


def _words(name: object) -> str:
    return str(name).replace("_", " ")


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


if __name__ == "__main__":
    main()
