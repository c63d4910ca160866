"""Outcomes for tests, in few words."""

from datetime import date, timedelta

from hypothesis import strategies as st

from scoring.backtest.outcome import Outcome
from scoring.item import Span

FIRST = date(2026, 1, 5)


def outcome(
    predicted: float,
    actual: float,
    *,
    span: tuple[float, float] | None = None,
    size: str = "",
    day: int | None = None,
) -> Outcome:
    return Outcome(
        key="X",
        predicted=predicted,
        actual=actual,
        span=Span(*span) if span else None,
        size=size,
        finished=None if day is None else FIRST + timedelta(days=day),
    )


# Powers of two and small whole numbers: scaling by two rounds nothing.
durations = st.integers(1, 64).map(float)
ties = st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0])
pairs = st.lists(st.tuples(durations | ties, durations | ties), min_size=1, max_size=40)
