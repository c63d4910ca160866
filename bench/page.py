"""The page of all benches: each bench's JSON as a section, renewed one by one.

Values in, text out.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

Found = dict[str, Any]

HEAD: Final = (
    "# Benchmarks\n\n"
    "Written by `make bench`; `python -m bench order` renews one section. Every ratio "
    "compares two things measured in the same run, in turns; absolute times only say "
    "what this machine did on this day.\n"
)
# Numbers from here on are shown without decimals.
_WHOLE: Final = 1_000
_BENCH: Final = re.compile(r"^`python -m bench\.(\w+)`", re.MULTILINE)


def read_sections(page: str) -> dict[str, str]:
    """Read a page's sections by the names of their benches; their order is kept."""
    found: dict[str, str] = {}
    for section in re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]:
        bench = _BENCH.search(section)
        if bench:
            found[bench[1]] = section.strip() + "\n"
    return found


def render(sections: Mapping[str, str], order: Sequence[str]) -> str:
    """Render the page, its sections in the order of the names; others are left out."""
    there = [sections[name] for name in order if name in sections]
    return "\n".join([HEAD, *there])


def section(name: str, title: str, found: Found, *, day: str, machine: str) -> str:
    """Render what one bench found."""
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    made_by = f"`python -m bench.{name}`, seed {found['seed']}; {versions}."
    lines = [f"## {title}", "", made_by, f"{day}, {machine}.", ""]
    for part in ("ratios", "figures"):
        lines += _part(found.get(part, {}), part.capitalize())
    return "\n".join(lines).strip() + "\n"


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
            lines += _part(value, f"{title}: {key}")
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
    if isinstance(value, int) or abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    return f"{value:.4g}"
