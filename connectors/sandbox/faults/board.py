"""Which faults are switched on, and how often each has struck."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from connectors.sandbox.faults.fault import Fault, read_fault


@dataclass(slots=True)
class _Switched:
    fault: Fault
    met: int = 0
    struck: int = 0


class Switchboard:
    """The faults that are on; safe to use from any thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._on: list[_Switched] = []
        self._dice = Random(1)  # noqa: S311 - the same shares in every run

    def switch(self, raws: Sequence[object]) -> None:
        """Switch on these faults and no others; FaultError changes nothing."""
        faults = [read_fault(raw) for raw in raws]
        with self._lock:
            self._on = [_Switched(fault) for fault in faults]
            self._dice = Random(1)  # noqa: S311 - as above

    def strike(
        self, method: str, path: str, accounts: tuple[str, ...]
    ) -> tuple[float, Fault | None]:
        """Tell what befalls a request: how many seconds of delay, and one fault."""
        delay = 0.0
        broken: Fault | None = None
        with self._lock:
            for one in self._on:
                if not one.fault.concerns(method, path, accounts):
                    continue
                late = one.fault.kind == "latency"
                if (late or broken is None) and self._strikes(one):
                    if late:
                        delay += float(one.fault.told["seconds"])
                    else:
                        broken = one.fault
        return delay, broken

    def told(self) -> list[dict[str, Any]]:
        """List the faults, and how many requests each met and struck."""
        with self._lock:
            return [
                {**one.fault.to_json(), "met": one.met, "struck": one.struck}
                for one in self._on
            ]

    def _strikes(self, one: _Switched) -> bool:
        one.met += 1
        fault = one.fault
        if one.met <= fault.skip:
            return False
        if fault.times is not None and one.struck >= fault.times:
            return False
        if fault.share < 1 and self._dice.random() >= fault.share:
            return False
        one.struck += 1
        return True
