"""Our commands and modules as processes, forked off one that has loaded them.

To start CD3 costs some seconds of a processor, nearly all of them for imports, and the
tests start hundreds. A forked process is one like any other: it has a number of its
own, is killed, stopped and waited for. What the command does at its own start is seen
where it is started for good: `tests/app/console`, `tests/app/demo`, the packaging.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from io import BufferedWriter
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING

from tests.gates import PATIENCE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

TOP = Path(__file__).parents[1]
CD3 = Path(sys.executable).with_name("cd3")

Says = tuple[Path | None, Path | None]

# The name of a setting: whoever has it loads all that it needs itself.
ANEW = "CD3_TEST_ANEW"

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.preloaded"])


class Started:
    """A process; it answers to the names that `subprocess.Popen` has."""

    def __init__(
        self,
        words: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path = TOP,
        told: bool = False,
        says: Says = (None, None),
    ) -> None:
        """Run `cd3 …` or `python -m module …`; with ANEW in `env` as at any start.

        With `told`, `stdin` is a pipe to it, else it has none. What it says on stdout
        and stderr is appended to these files, where they are given.
        """
        with chdir(TOP):  # where it finds what to load
            forkserver.ensure_running()
        ours, pipe = _context.Pipe(duplex=False) if told else (None, None)
        self._process = _context.Process(
            target=_become,
            args=(tuple(words), dict(env or os.environ), cwd, ours, says),
            daemon=True,
        )
        self._process.start()
        self.stdin: BufferedWriter | None = None
        if ours is not None and pipe is not None:
            ours.close()
            self.stdin = BufferedWriter(os.fdopen(os.dup(pipe.fileno()), "wb", 0))
            pipe.close()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(words: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> str:
    """Run a command to its end, which must be a good one; answer what it printed."""
    said, complaint = cwd / f"stdout-{os.getpid()}", cwd / f"stderr-{os.getpid()}"
    try:
        command = Started(words, env=env, cwd=cwd, says=(said, complaint))
        code = command.wait(90 * PATIENCE)
        if code:
            raise subprocess.CalledProcessError(
                code, list(words), said.read_text(), complaint.read_text()
            )
        return said.read_text()
    finally:
        said.unlink(missing_ok=True)
        complaint.unlink(missing_ok=True)


def _become(
    words: tuple[str, ...],
    env: dict[str, str],
    cwd: Path,
    stdin: "Connection | None",
    says: Says,
) -> None:
    """Be the command, in the process that was forked off."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    if stdin is not None:
        os.dup2(stdin.fileno(), 0)
        stdin.close()
        sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it is open already
    for number, file in enumerate(says, start=1):
        if file is not None:
            with file.open("ab") as opened:
                os.dup2(opened.fileno(), number)
    if ANEW in env or "LD_PRELOAD" in env:  # which only a program's start heeds
        os.execve(words[0], words, env)  # noqa: S606 - our own command
    if words[:2] == (sys.executable, "-m"):
        sys.argv = list(words[2:])
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
    else:
        from app.console.main import main  # noqa: PLC0415 - loaded where it runs

        assert words[0] == str(CD3)
        sys.argv = list(words)
        main()
