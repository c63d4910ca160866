"""A crew's processes start again when they die, and end when it ends."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.work.crew import Crew
from tests.world import wait_for

# Notes its id and lives until its stdin ends, as a leashed worker does.
LIVES = (
    "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n');"
    "sys.stdin.buffer.read()"
)


@dataclass
class Yard:
    """A crew, the ids of all processes it ever had, and who was buried."""

    file: Path
    buried: list[str] = field(default_factory=list)

    def command(self, _number: int, _name: str) -> list[str]:
        return [sys.executable, "-S", "-c", LIVES, str(self.file)]

    def ids(self) -> list[int]:
        return [int(line) for line in self.file.read_text().split()]


@pytest.fixture
def yard(tmp_path: Path) -> Yard:
    (tmp_path / "ids").touch()
    return Yard(tmp_path / "ids")


@pytest.fixture
def crew(yard: Yard) -> Iterator[Crew]:
    crew = Crew(2, yard.command, yard.buried.append, first_wait=0.05)
    crew.start()
    wait_for(lambda: len(yard.ids()) == 2, seconds=20)
    yield crew
    crew.stop()


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_who_dies_is_buried_and_another_starts(crew: Crew, yard: Yard) -> None:
    os.kill(yard.ids()[0], signal.SIGKILL)
    wait_for(lambda: len(yard.ids()) == 3, seconds=20)
    assert len(yard.buried) == 1
    assert yard.buried[0].startswith("worker-")
    assert crew.size == 2


def test_all_end_with_the_crew(crew: Crew, yard: Yard) -> None:
    crew.stop()
    assert not any(map(is_there, yard.ids()))
    assert yard.buried == []


def test_a_burial_that_fails_stops_nobody(yard: Yard) -> None:
    def fail(_name: str) -> None:
        raise OSError("the books do not answer")

    crew = Crew(1, yard.command, fail, first_wait=0.05)
    crew.start()
    wait_for(lambda: len(yard.ids()) == 1, seconds=20)
    os.kill(yard.ids()[0], signal.SIGKILL)
    wait_for(lambda: len(yard.ids()) == 2, seconds=20)
    crew.stop()


def test_a_wait_grows_while_they_die_young() -> None:
    dies = [sys.executable, "-S", "-c", "raise SystemExit(3)"]
    when: list[float] = []
    crew = Crew(1, lambda *_: dies, lambda _name: when.append(time.monotonic()), 0.4)
    crew.start()
    wait_for(lambda: len(when) == 3, seconds=20)
    crew.stop()
    assert when[1] - when[0] >= 0.4
    assert when[2] - when[1] >= 0.8
