"""Work is the time in statuses In Progress, however often an issue comes back."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.backtest.history import (
    History,
    StatusChange,
    Stretch,
    Work,
    WorkingTime,
    spans_of_work,
    weeks_of,
)
from scoring.item import Gap

TODO, DOING, REVIEW, DONE, CLOSED = "1", "3", "4", "5", "6"
CATEGORIES = {
    TODO: "new",
    DOING: "indeterminate",
    REVIEW: "indeterminate",
    DONE: "done",
    CLOSED: "done",
}
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday


def history(*steps: tuple[float, str, str], created: float | None = -10) -> History:
    """Make a history of (day, from, to)."""
    return History(
        "AB-1",
        tuple(
            StatusChange(BEGIN + timedelta(days=d), was, now) for d, was, now in steps
        ),
        None if created is None else BEGIN + timedelta(days=created),
    )


def days(found: Work | Gap) -> list[tuple[float, float]]:
    assert isinstance(found, Work), found
    day = timedelta(days=1)
    return [((s.begins - BEGIN) / day, (s.ends - BEGIN) / day) for s in found.stretches]


@pytest.mark.parametrize(
    ("steps", "worked"),
    [
        ([(0, TODO, DOING), (7, DOING, DONE)], [(0, 7)]),
        # review is work too, and no break
        ([(0, TODO, DOING), (3, DOING, REVIEW), (7, REVIEW, DONE)], [(0, 7)]),
        # put aside and taken up again
        (
            [(0, TODO, DOING), (2, DOING, TODO), (9, TODO, DOING), (10, DOING, DONE)],
            [(0, 2), (9, 10)],
        ),
        # reopened
        (
            [(0, TODO, DOING), (1, DOING, DONE), (30, DONE, DOING), (32, DOING, DONE)],
            [(0, 1), (30, 32)],
        ),
        # reopened, and closed without more work
        (
            [(0, TODO, DOING), (1, DOING, DONE), (5, DONE, TODO), (9, TODO, DONE)],
            [(0, 1)],
        ),
        # from one done status to another
        ([(0, TODO, DOING), (1, DOING, DONE), (8, DONE, CLOSED)], [(0, 1)]),
        # created in progress, ten days before
        ([(4, DOING, DONE)], [(-10, 4)]),
        # two changes at one moment
        (
            [(0, TODO, DOING), (2, DOING, TODO), (2, TODO, DOING), (3, DOING, DONE)],
            [(0, 3)],
        ),
    ],
)
def test_hand_made_histories(
    steps: list[tuple[float, str, str]], worked: list[tuple[float, float]]
) -> None:
    found = spans_of_work(history(*steps), CATEGORIES)
    assert days(found) == worked
    assert isinstance(found, Work)
    whole = sum(end - begin for begin, end in worked) / 7
    assert weeks_of(found.stretches) == pytest.approx(whole)


@pytest.mark.parametrize(
    ("steps", "day"),
    [
        ([(0, TODO, DOING), (7, DOING, DONE)], 7),
        ([(0, TODO, DOING), (7, DOING, DONE), (20, DONE, CLOSED)], 7),
        ([(0, TODO, DOING), (7, DOING, DONE), (9, DONE, TODO), (12, TODO, DONE)], 12),
    ],
)
def test_finished_is_when_it_became_done_for_good(
    steps: list[tuple[float, str, str]], day: float
) -> None:
    found = spans_of_work(history(*steps), CATEGORIES)
    assert isinstance(found, Work)
    assert found.finished == BEGIN + timedelta(days=day)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (history(), "no change of status"),
        (history((0, TODO, DONE)), "never in progress"),
        # through it in the same moment
        (history((0, TODO, DOING), (0, DOING, DONE)), "never in progress"),
        (history((0, TODO, DOING)), "not finished"),
        (history((0, TODO, DOING), (1, DOING, DONE), (2, DONE, DOING)), "not finished"),
        (history((0, TODO, "99"), (1, "99", DONE)), "no longer has (id 99)"),
        (history((0, TODO, DOING), (4, TODO, DONE)), "hole in its history"),
        (history((4, DOING, DONE), created=None), "from the start"),
        (history((4, DOING, DONE), created=9), "from the start"),
    ],
)
def test_what_cannot_be_told_is_a_gap_that_says_why(made: History, said: str) -> None:
    found = spans_of_work(made, CATEGORIES)
    assert isinstance(found, Gap)
    assert said in found.reason
    assert (found.key, found.role) == ("AB-1", "actual")


def test_a_hole_between_two_kinds_of_waiting_does_not_matter() -> None:
    steps = ((0, TODO, DOING), (2, DOING, DONE), (5, TODO, DOING), (6, DOING, DONE))
    assert days(spans_of_work(history(*steps), CATEGORIES)) == [(0, 2), (5, 6)]


def test_zones_of_the_moments_do_not_matter() -> None:
    far = timezone(timedelta(hours=-11))
    steps = history((0, TODO, DOING), (7, DOING, DONE)).changes
    moved = (StatusChange(steps[0].at.astimezone(far), TODO, DOING), steps[1])
    found = spans_of_work(History("AB-1", moved), CATEGORIES)
    assert days(found) == [(0, 7)]


@settings(deadline=None, max_examples=50)
@given(st.permutations(range(6)))
def test_changes_may_come_in_any_order(order: list[int]) -> None:
    steps = [
        *((0, TODO, DOING), (2, DOING, REVIEW), (3, REVIEW, TODO)),
        *((8, TODO, DOING), (9, DOING, DONE), (11, DONE, CLOSED)),
    ]
    made = history(*(steps[place] for place in order))
    assert days(spans_of_work(made, CATEGORIES)) == [(0, 3), (8, 9)]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from([TODO, DOING, REVIEW, DONE]), min_size=1, max_size=12),
    st.lists(st.integers(1, 400), min_size=13, max_size=13),
)
def test_it_is_the_hours_that_an_hourly_look_finds_in_progress(
    visited: list[str], waits: list[int]
) -> None:
    statuses, hour = [TODO, *visited, DONE], timedelta(hours=1)
    at, steps = BEGIN, []
    for was, now, wait in zip(statuses, statuses[1:], waits, strict=False):
        at += wait * hour
        steps.append(StatusChange(at, was, now))
    seen = sum(
        wait
        for status, wait in zip(statuses[1:-1], waits[1:], strict=False)
        if status in (DOING, REVIEW)
    )
    found = spans_of_work(History("AB-1", tuple(steps), BEGIN), CATEGORIES)
    if isinstance(found, Gap):
        assert seen == 0
    else:
        assert weeks_of(found.stretches) * 168 == pytest.approx(seen)


OSLO = ZoneInfo("Europe/Oslo")


def hours_by_minutes(stretch: Stretch, working: WorkingTime) -> float:
    """Count working hours minute by minute, on the wall clock there."""
    minute, count = stretch.begins, 0
    while minute < stretch.ends:
        local = minute.astimezone(working.zone)
        time = local.hour + local.minute / 60
        count += local.weekday() < 5 and working.opens <= time < working.closes
        minute += timedelta(minutes=1)
    return count / 60


@pytest.mark.parametrize(
    ("begins", "ends", "hours"),
    [
        ((2, 9), (2, 17), 8),  # one day
        ((2, 9), (9, 9), 40),  # one week
        ((6, 16), (9, 10), 2),  # over a weekend
        ((2, 1), (2, 8), 0),  # at night
        ((7, 10), (8, 20), 0),  # Saturday to Sunday
        ((2, 12), (3, 12), 8),
    ],
)
def test_working_time_by_hand(
    begins: tuple[int, int], ends: tuple[int, int], hours: float
) -> None:
    first, last = (datetime(2026, 3, d, h, tzinfo=UTC) for d, h in (begins, ends))
    weeks = weeks_of([Stretch(first, last)], working=WorkingTime())
    assert weeks == pytest.approx(hours / 40)


@pytest.mark.parametrize("zone", [UTC, OSLO, ZoneInfo("Pacific/Auckland")])
@pytest.mark.parametrize(("start", "length"), [(0, 7000), (3111, 4567), (8000, 911)])
def test_working_time_is_what_a_look_each_minute_finds(
    zone: ZoneInfo, start: int, length: int
) -> None:
    # Over the end of summer time in Oslo, 2026-10-25.
    begins = datetime(2026, 10, 20, tzinfo=UTC) + timedelta(minutes=start)
    stretch = Stretch(begins, begins + timedelta(minutes=length))
    working = WorkingTime(zone, opens=9, closes=17)
    seen = hours_by_minutes(stretch, working)
    assert working.weeks(stretch) * 40 == pytest.approx(seen, abs=1e-9)
