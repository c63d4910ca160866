"""Workers in processes of their own: started, started again when they die, stopped."""

import logging
import secrets
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
# Who lived this long did not die of its start: the next wait is short again.
LIVED_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass(slots=True)
class Crew:
    """Keeps `size` processes running.

    `command` makes one's command from its number, from 1 on, and its name. Each process
    is to end when its stdin does: so it does not outlive us, however we end. `buried`
    is told the name of each that has ended.
    """

    size: int
    command: Callable[[int, str], Sequence[str]]
    buried: Callable[[str], None]
    first_wait: float = FIRST_WAIT_SECONDS
    _stopping: threading.Event = field(default_factory=threading.Event)
    _keepers: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Start all."""
        for number in range(1, self.size + 1):
            keeper = threading.Thread(
                target=self._keep, args=(number,), name=f"keeper-{number}", daemon=True
            )
            keeper.start()
            self._keepers.append(keeper)

    def wake(self) -> None:
        """Do nothing: other processes look into the books by themselves."""

    def stop(self) -> None:
        """End all; each may finish what it does, up to a limit."""
        self._stopping.set()
        for keeper in self._keepers:
            keeper.join(STOP_SECONDS + 5)

    def _keep(self, number: int) -> None:
        wait = self.first_wait
        while not self._stopping.is_set():
            name = f"worker-{number}-{secrets.token_hex(4)}"
            began = time.monotonic()
            code = self._run(number, name)
            if self._stopping.is_set():
                return
            lived = time.monotonic() - began
            wait = self.first_wait if lived > LIVED_SECONDS else wait
            _log.error("%s ended (%d); another starts in %.0f s", name, code, wait)
            self._bury(name)
            self._stopping.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _run(self, number: int, name: str) -> int:
        """Run one process to its end, or until we stop."""
        with subprocess.Popen(  # noqa: S603 - our own command
            self.command(number, name), stdin=subprocess.PIPE
        ) as process:
            while process.poll() is None and not self._stopping.wait(0.2):
                pass
            if process.stdin is not None:
                process.stdin.close()
            try:
                return process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.wait()

    def _bury(self, name: str) -> None:
        try:
            self.buried(name)
        except Exception:  # noqa: BLE001 - logged whole; the lease ends without us
            _log.exception("nobody was told that %s is gone", name)
