"""How long an issue was really worked on, from the changes of its status.

Work is the time spent in a status of the category In Progress, whatever the status is
called: review and waiting for others count where their status is of that category. The
times of an issue that was reopened add up. Time is calendar time unless working time is
asked for.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from scoring.item import Gap

# Jira's keys of the categories of statuses; `undefined` is the fourth.
IN_PROGRESS: Final = "indeterminate"
DONE: Final = "done"

ACTUAL: Final = "actual"
_WEEK: Final = timedelta(weeks=1)
_WORKING_DAYS: Final = 5
_MONDAY: Final = datetime(2001, 1, 1)  # noqa: DTZ001 - wall clocks are compared
_HOUR: Final = timedelta(hours=1)
_NOTHING: Final = timedelta()


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One step of an issue from a status to another, by id; `at` has a zone."""

    at: datetime
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class History:
    """All status changes of one issue, in any order, and when it was created."""

    key: str
    changes: tuple[StatusChange, ...]
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time without a break in which an issue was worked on."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """When an issue was worked on, oldest first, and when it was done for good."""

    stretches: tuple[Stretch, ...]
    finished: datetime


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Monday to Friday, `opens` to `closes` o'clock where the people are.

    A week of it is five such days. What is done at night counts nothing.
    """

    zone: tzinfo = UTC
    opens: float = 9.0
    closes: float = 17.0

    def weeks(self, stretch: Stretch) -> float:
        """Measure a stretch in working weeks."""
        week = _WORKING_DAYS * self._day
        return (self._until(stretch.ends) - self._until(stretch.begins)) / week

    @property
    def _day(self) -> timedelta:
        return (self.closes - self.opens) * _HOUR

    def _until(self, moment: datetime) -> timedelta:
        """Sum the working time from a Monday long ago up to a moment."""
        clock = moment.astimezone(self.zone).replace(tzinfo=None)
        days, time = divmod(clock - _MONDAY, timedelta(days=1))
        weeks, weekday = divmod(days, 7)
        whole = weeks * _WORKING_DAYS + min(weekday, _WORKING_DAYS)
        if weekday >= _WORKING_DAYS:
            return whole * self._day
        return whole * self._day + min(
            max(time - self.opens * _HOUR, _NOTHING), self._day
        )


def weeks_of(
    stretches: Iterable[Stretch], *, working: WorkingTime | None = None
) -> float:
    """Sum stretches in calendar weeks, or in weeks of working time."""
    if working is not None:
        return sum(working.weeks(stretch) for stretch in stretches)
    whole = sum((stretch.ends - stretch.begins for stretch in stretches), _NOTHING)
    return whole / _WEEK


def spans_of_work(history: History, categories: Mapping[str, str]) -> Work | Gap:
    """Find when a finished issue was worked on, or say why nobody can tell.

    `categories` are those of all statuses, by status id. An issue that was created in
    a status In Progress was worked on from then.
    """
    changes = sorted(history.changes, key=lambda change: change.at)
    if not changes:
        return _gap(history, "has no change of status in its history")
    if categories.get(changes[-1].now) != DONE:
        return _gap(history, "is not finished: its last status is not of Done")
    stays = list(_stays(history, changes))
    why = _doubt(history, changes, stays, categories)
    if why:
        return _gap(history, why)
    worked = (s for s in stays if categories[s.status] == IN_PROGRESS)
    stretches = tuple(_joined(worked))
    if not stretches:
        return _gap(history, "was never in progress: it went straight to Done")
    return Work(stretches, _finished(changes, categories))


@dataclass(frozen=True, slots=True)
class _Stay:
    status: str
    begins: datetime
    ends: datetime


def _stays(history: History, changes: list[StatusChange]) -> Iterator[_Stay]:
    """List the stays in each status that lasted; the last one has not ended."""
    first = changes[0]
    begins = [history.created or first.at, *(change.at for change in changes)]
    statuses = [first.was, *(change.now for change in changes)]
    for status, start, change in zip(statuses, begins, changes, strict=False):
        if start < change.at:
            yield _Stay(status, start, change.at)


def _doubt(
    history: History,
    changes: list[StatusChange],
    stays: list[_Stay],
    categories: Mapping[str, str],
) -> str:
    """Say what makes the history unfit to be summed, or nothing."""
    for stay in stays:
        if stay.status not in categories:
            return f"was in a status that Jira no longer has (id {stay.status})"
    for before, after in pairwise(changes):
        kinds = {categories.get(before.now), categories.get(after.was)}
        if len(kinds) > 1 and IN_PROGRESS in kinds:
            return f"has a hole in its history before {after.at:%Y-%m-%d}"
    first = changes[0]
    known = history.created is not None and history.created <= first.at
    if not known and categories.get(first.was) == IN_PROGRESS:
        return "was in progress from the start, and when that was is not known"
    return ""


def _joined(stays: Iterable[_Stay]) -> Iterator[Stretch]:
    """Join stays that follow each other without a break."""
    held: Stretch | None = None
    for stay in stays:
        if held is not None and held.ends == stay.begins:
            held = Stretch(held.begins, stay.ends)
            continue
        if held is not None:
            yield held
        held = Stretch(stay.begins, stay.ends)
    if held is not None:
        yield held


def _finished(changes: list[StatusChange], categories: Mapping[str, str]) -> datetime:
    """Tell when the issue became Done and stayed so."""
    finished = changes[-1].at
    for change in reversed(changes):
        if categories.get(change.now) != DONE:
            break
        finished = change.at
    return finished


def _gap(history: History, reason: str) -> Gap:
    return Gap(history.key, reason, role=ACTUAL)
