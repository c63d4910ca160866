"""Gather what is finished: predicted durations, and real ones from Jira's history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final

from connectors.clients import AnyJira
from connectors.errors import ConnectorError
from connectors.jira_history import MOST_FIELDS, STATUS, Change, read_moment
from scoring.backtest.history import (
    ACTUAL,
    History,
    Work,
    WorkingTime,
    spans_of_work,
    weeks_of,
)
from scoring.backtest.outcome import Outcome
from scoring.item import Gap, Issue
from scoring.mapping import Mapping as FieldMapping
from scoring.reading.value import Unread, duration_scale, read_field
from scoring.roles import OptionValue
from scoring.values import value_fields

MOST_FINISHED: Final = 5_000
# Jira's history has other names for the two halves of time tracking.
_RECORDED_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "timetracking": ("timeoriginalestimate", "timeestimate")
}


@dataclass(frozen=True, slots=True)
class Finished:
    """Outcomes, and why other finished issues have none.

    `cut` says that there are more than `MOST_FINISHED`, of which the first were read.
    """

    outcomes: tuple[Outcome, ...]
    gaps: tuple[Gap, ...]
    cut: bool = False


def gather_finished(
    jira: AnyJira,
    jql: str,
    mapping: FieldMapping,
    *,
    working: WorkingTime | None = None,
) -> Finished:
    """Read finished issues and their histories; raises the connectors' errors.

    Actual durations are in calendar weeks, or in weeks of `working` time.
    """
    fields = [field for _, field, _ in value_fields(mapping.duration)]
    found = list(
        islice(jira.search(jql, fields=[*fields, "created"]), MOST_FINISHED + 1)
    )
    issues = found[:MOST_FINISHED]
    told = [name for field in fields for name in _RECORDED_AS.get(field, (field,))]
    changes = jira.history.changes(
        [issue.id for issue in issues], [STATUS, *told][:MOST_FIELDS]
    )
    categories = jira.history.categories() if issues else {}
    read = [
        _read(issue, mapping, changes.get(issue.id, ()), categories, working)
        for issue in issues
    ]
    return Finished(
        tuple(one for one in read if isinstance(one, Outcome)),
        tuple(one for one in read if isinstance(one, Gap)),
        cut=len(found) > len(issues),
    )


def _read(
    issue: Issue,
    mapping: FieldMapping,
    changes: Sequence[Change],
    categories: Mapping[str, str],
    working: WorkingTime | None,
) -> Outcome | Gap:
    predicted = _predicted(issue, mapping)
    if isinstance(predicted, Gap):
        return predicted
    steps = tuple(c.of_status() for c in changes if c.field == STATUS)
    work = spans_of_work(History(issue.key, steps, _created(issue)), categories)
    if isinstance(work, Gap):
        return replace(work, summary=issue.summary)
    actual = weeks_of(work.stretches, working=working)
    if actual <= 0:
        return Gap(issue.key, "was worked on in no working time", role=ACTUAL)
    return replace(
        predicted,
        actual=actual,
        finished=work.finished.date(),
        revised=_revised(work, changes),
    )


def _predicted(issue: Issue, mapping: FieldMapping) -> Outcome | Gap:
    """Read the duration as the backlog's mapping does; the actual one is to follow."""
    read = read_field(
        mapping.duration, issue.fields, duration_scale(mapping.sprint_weeks)
    )
    if isinstance(read, Unread):
        told = f"duration {read.reason}"
        return Gap(issue.key, told, issue.summary, role="duration", field=read.field)
    size = read.text if isinstance(mapping.duration, OptionValue) else ""
    return Outcome(issue.key, read.value, read.value, span=read.span, size=size)


def _created(issue: Issue) -> datetime | None:
    try:
        return read_moment(issue.fields.get("created"))
    except ConnectorError:
        # Rarely needed: only where the first status was one of work already.
        return None


def _revised(work: Work, changes: Sequence[Change]) -> bool:
    """Say whether the prediction was changed when the work had begun already."""
    begun = work.stretches[0].begins
    return any(change.field != STATUS and change.at > begun for change in changes)
