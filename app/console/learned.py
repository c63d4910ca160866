"""Learned ranges in a file: what `cd3 backtest` writes there, `cd3 rank` reads."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson

from app.console.trouble import CommandError
from scoring.backtest.learned import Ranges, fill_spans, read_ranges, write_ranges
from scoring.item import Gap
from scoring.pointed import Notes, Pointed
from scoring.sheet import Sheet

_HOW: Final = "give a file that cd3 backtest --ranges wrote"


def place_for(file: str) -> Path:
    """Find where ranges go, before any work is done for them."""
    path = Path(file)
    if path.is_dir() or not path.parent.is_dir():
        raise CommandError(
            f"--ranges {file} cannot be written", hint="name a file in a folder"
        )
    return path


def save_ranges(path: Path, ranges: Ranges) -> None:
    """Write ranges as JSON, as a mapping's `default_ranges` holds them too."""
    told = orjson.dumps(write_ranges(ranges), option=orjson.OPT_INDENT_2)
    try:
        path.write_bytes(told + b"\n")
    except OSError as error:
        raise CommandError(
            f"--ranges {path} cannot be written: {error.strerror}",
            hint="check the path and the permissions",
        ) from error


def load_ranges(file: str) -> Ranges:
    """Read ranges; what cannot be read is a CommandError that names each place."""
    try:
        raw: object = orjson.loads(Path(file).read_bytes())
    except OSError as error:
        raise CommandError(
            f"--ranges {file} cannot be read: {error.strerror}", hint="check the path"
        ) from error
    except orjson.JSONDecodeError as error:
        raise CommandError(f"--ranges {file} is not JSON: {error}", hint=_HOW) from None
    notes = Notes()
    ranges = read_ranges(Pointed(raw, "", notes))
    if problems := notes.finish():
        told = [f"--ranges {file} cannot be used"]
        told += [f"  {one.pointer or '/'} {one.message}" for one in problems]
        raise CommandError("\n".join(told), hint=_HOW)
    return ranges


def with_ranges(sheet: Sheet, ranges: Ranges) -> Sheet:
    """Give rows without a range of durations the learned one, and say how many."""
    read = fill_spans(sheet.read, ranges, sheet.sizes)
    rows = sum(not isinstance(one, Gap) for one in read)
    given = sum(one is not was for one, was in zip(read, sheet.read, strict=True))
    told = f"{given:,} of {rows:,} scored rows have no range of durations of their own"
    if given:
        told += f": theirs comes from {ranges.origin or 'the file of --ranges'}"
    return replace(sheet, read=read, notes=(*sheet.notes, told))
