"""Run one uvicorn process for an app of ours, and load it from another process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from connectors.sandbox.serving import free_port

TOP: Final = Path(__file__).parents[1]
START_SECONDS: Final = 60
STOP_SECONDS: Final = 20
LOAD_SECONDS: Final = 300


@contextmanager
def serving(factory: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve the app that a factory makes; answers its port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", factory]
    command += ["--loop", "uvloop", "--http", "httptools", "--port", str(port)]
    command += ["--no-access-log", "--log-level", "warning", "--no-server-header"]
    with subprocess.Popen(  # noqa: S603 - our own apps
        command, cwd=TOP, env={**_surroundings(), **environment}
    ) as process:
        try:
            _wait_for(port, process)
            yield port
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()


def load(port: int, name: str, count: int, seconds: float, *more: int) -> Any:
    """Send deliveries from a process of its own; answers what `bench.load` found."""
    words = [str(port), name, str(count), str(seconds), *map(str, more)]
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench.load", *words],
        cwd=TOP,
        check=True,
        stdout=subprocess.PIPE,
        timeout=LOAD_SECONDS,
    )
    return json.loads(done.stdout)


def _surroundings() -> dict[str, str]:
    """Leave the settings of whoever runs the bench out of it."""
    return {k: v for k, v in os.environ.items() if not k.startswith("CD3_")}


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("the server under the bench did not start; see its words above")
