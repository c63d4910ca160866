"""A desk to run the command at."""

from pathlib import Path

import pytest

from tests.app.console.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)
