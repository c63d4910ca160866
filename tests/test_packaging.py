"""The wheel holds the whole product and works from any directory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUN = """
import sys
from app.console.main import main
sys.argv[0] = "cd3"
main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(  # noqa: S603 - our own build
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("cd3-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def cd3(site: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CD3_")}
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-P", "-c", RUN, *words],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(site)},
        check=False,
        capture_output=True,
        text=True,
    )


def test_only_our_four_packages_are_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
    packages = {name for name in top if not name.endswith(".dist-info")}
    assert packages == {"app", "connectors", "scoring", "webhooks"}


@pytest.mark.parametrize(
    "needed",
    [
        "app/migrations/env.py",
        "connectors/sandbox/sample.json",
        "connectors/sandbox/web/",
    ],
)
def test_what_is_not_python_is_in_it(wheel: Path, needed: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert any(name.startswith(needed) for name in archive.namelist())


def test_the_wheel_migrates_and_makes_keys_anywhere(
    installed: Path, tmp_path: Path
) -> None:
    migrated = cd3(installed, tmp_path, "migrate")
    assert migrated.returncode == 0, migrated.stderr
    assert (tmp_path / "cd3.db").exists()
    made = cd3(installed, tmp_path, "keys", "create", "me", "--role", "admin")
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("cd3_live_")
