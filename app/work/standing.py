"""How a backlog stands after a rescore: its state in a word, the trouble in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.books.bars import FIELD, GRANT
from app.work.gathering import Gathered
from app.work.outcome import Outcome
from app.work.vanishing import GONE_AFTER, some

VANISHED = "vanished"


@dataclass(frozen=True, slots=True)
class Standing:
    """A state in a word, empty where all went well or the trouble says enough.

    `lack` says what the site's credential is not good for.
    """

    state: str
    trouble: str
    lack: str


def standing_of(outcome: Outcome, gathered: Gathered) -> Standing:
    """Say how a backlog stands after a rescore that reached its end."""
    trouble, state = _trouble(outcome, gathered), _state(outcome)
    if gathered.hidden:
        state = state if trouble else VANISHED
        trouble = "; ".join(filter(None, (trouble, _vanished(gathered.hidden))))
    return Standing(state, trouble, _lack(outcome))


def why_partial(backlog: str, hidden: Sequence[str], blind: str) -> str:
    """Say that we see only a part of a backlog, and what ends that."""
    return (
        f"{some(hidden)}: no longer visible to our account ({blind}), and not "
        "known to be deleted. Nothing is moved or written until they are seen "
        f"again, or cd3 reconcile {backlog} --accept says that they are gone"
    )


def _trouble(outcome: Outcome, gathered: Gathered) -> str:
    """Say in a sentence or two what did not go as it should; empty if all did."""
    said = [f"evidence.{name}: {why}" for name, why in gathered.troubles.items()]
    said += outcome.barred.values()
    if outcome.refused:
        first = outcome.refused[0]
        more = len(outcome.refused) - 1
        also = f" (and {more} more)" if more else ""
        said.append(f"{first.key}, {first.what}: {first.reason}{also}")
    return "; ".join(said)


def _vanished(hidden: Sequence[str]) -> str:
    """Say which issues are left out."""
    return (
        f"{some(hidden)}: no longer visible to our account, and not known to be "
        "deleted. The rest is ranked without; if still away after "
        f"{GONE_AFTER // timedelta(minutes=1)} minutes, gone for good"
    )


def _lack(outcome: Outcome) -> str:
    """Say what the site's credential is not good for; empty where for all of it."""
    grants = (why for what, why in outcome.barred.items() if what.startswith(GRANT))
    return "; ".join(grants)


def _state(outcome: Outcome) -> str:
    """Name what is barred; nothing where nothing is."""
    if any(what.startswith(FIELD) for what in outcome.barred):
        return "broken"
    return "blocked" if outcome.barred else ""
