"""Add to a `.env` file what it lacks; what stands there stays, comments too."""

import os
import re
import tempfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

_PLAIN: Final = re.compile(r"[\w:/@.,+%=?&-]*", re.ASCII)
_SETS: Final = r"^[ \t]*(export[ \t]+)?{name}[ \t]*=.*(\n|\Z)"


def read_env(text: str) -> dict[str, str]:
    """Read the settings of a `.env` file, their names in capitals as we write them."""
    values = dotenv_values(stream=StringIO(text))
    return {name.upper(): value or "" for name, value in values.items()}


def with_values(text: str, values: Mapping[str, str]) -> str:
    """Set each value: in the place of the line that sets it now, else at the end."""
    for name, value in values.items():
        line = f"{name}={_quoted(value)}\n"
        place = re.compile(_SETS.format(name=name), re.IGNORECASE | re.MULTILINE)
        if place.search(text):
            text = place.sub(line.replace("\\", r"\\"), text)
        else:
            ended = not text or text.endswith("\n")
            text += line if ended else "\n" + line
    return text


def write_private(path: Path, text: str) -> None:
    """Write the file whole or not at all, for its owner's eyes only."""
    target = path.resolve()  # a link stays a link
    handle, made = tempfile.mkstemp(dir=target.parent, prefix=".env.")  # mode 600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(target)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
