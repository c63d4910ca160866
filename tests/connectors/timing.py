"""A clock that sleepers move on, so that long waits take no time."""


class Timing:
    """Time that passes by sleeping only; `waited` is what was slept."""

    def __init__(self) -> None:
        self.waited: list[float] = []
        self._now = 1_000.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self._now += seconds

    def pass_by(self, seconds: float) -> None:
        self._now += seconds


def half() -> float:
    """Draw the middle of every range."""
    return 0.5
