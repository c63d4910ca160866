"""Backlog files: JSON, plain or compressed."""

import gzip
from pathlib import Path
from typing import Any

import orjson

from connectors.sandbox.answers import SeedError


def load_seed(path: Path) -> dict[str, Any]:
    """Read a backlog file (.json or .json.gz)."""
    try:
        raw = path.read_bytes()
        seed = orjson.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (OSError, EOFError, orjson.JSONDecodeError) as error:
        raise SeedError(f"{path} cannot be read as a backlog file: {error}") from error
    if not isinstance(seed, dict) or "projects" not in seed:
        raise SeedError(f"{path} is no backlog file: it names no projects")
    return seed
