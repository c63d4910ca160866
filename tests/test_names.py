"""Nobody else's package has one of our names, and our folders hide nobody's."""

from importlib.metadata import packages_distributions
from pathlib import Path

import alembic
import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["app", "connectors", "scoring", "webhooks"])
def test_no_dependency_brings_a_package_of_our_name(name: str) -> None:
    # An editable install lists nothing, a wheel lists us.
    assert set(packages_distributions().get(name, [])) <= {"cd3"}


def test_the_migrations_do_not_hide_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
    assert alembic.__file__ is not None


def test_the_locks_hold_hashes_and_no_address() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        lines = lock.read_text().splitlines()
        assert not [line for line in lines if "://" in line], lock.name
        pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert all("==" in line for line in pinned), lock.name
        assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)
