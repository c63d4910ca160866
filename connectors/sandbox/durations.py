"""Spans of working time in Jira's words: «3d 4h», days of 8 hours, weeks of 5 days."""

import re
from typing import Final

SECONDS: Final = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([wdhm])", re.IGNORECASE)
_WHOLE: Final = re.compile(rf"(?:{_PART.pattern}\s*)+", re.IGNORECASE)


def read_duration(text: str) -> int | None:
    """Read seconds; a bare number is minutes, nonsense is `None`."""
    trimmed = text.strip()
    if re.fullmatch(r"\d+", trimmed):
        return int(trimmed) * SECONDS["m"]
    if not _WHOLE.fullmatch(trimmed):
        return None
    parts = _PART.findall(trimmed)
    return round(sum(float(count) * SECONDS[unit.lower()] for count, unit in parts))


def write_duration(seconds: int) -> str:
    """Write seconds as Jira shows them."""
    parts = []
    for unit, size in SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"
