"""All that is found out about a spreadsheet: its order, and answers to questions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.console.questions import Questions
from app.console.trouble import CommandError
from scoring.item import Item, Link, Mode
from scoring.pin import PinPrice, price_pin
from scoring.sheet import Sheet
from scoring.teams import Schedule, share_out
from scoring.uncertainty.confidence import Confidence, confidence_in
from scoring.weighing import Ranking, weigh_backlog
from scoring.what_if import Outcome, what_if

# Sureness takes seconds here, and minutes far beyond.
MOST_JUDGED: Final = 20_000

# Reaching the top is told of at most so many, and of no more than a third of the rows.
_TOP: Final = 10


@dataclass(frozen=True, eq=False)
class Findings:
    """The order, and what else there is to say of it; notes are for stderr.

    `confidence` is there where ranges are given, `schedule` where there are teams.
    """

    ranking: Ranking
    confidence: Confidence | None = None
    schedule: Schedule | None = None
    teams: int = 0
    outcomes: tuple[Outcome, ...] = ()
    pins: tuple[PinPrice, ...] = ()
    notes: tuple[str, ...] = ()


def find_out(sheet: Sheet, asked: Questions, *, today: date, currency: str) -> Findings:
    """Order a spreadsheet and answer the questions; bad ones are a CommandError."""
    best = weigh_backlog(
        sheet.read,
        sheet.links,
        today=today,
        mode=Mode.MONEY if currency else Mode.RELATIVE,
        currency=currency,
    )
    ranking = best.near_today(asked.tolerance) if asked.tolerance else best
    confidence, notes = _confidence(ranking)
    return Findings(
        ranking=ranking,
        confidence=confidence,
        schedule=_schedule(ranking, asked.teams) if asked.teams else None,
        teams=asked.teams,
        outcomes=tuple(_outcomes(best, asked)),
        pins=tuple(_pins(ranking, asked)),
        notes=notes,
    )


def _confidence(ranking: Ranking) -> tuple[Confidence | None, tuple[str, ...]]:
    """Judge the ranges, where there are any and not too many rows."""
    size = len(ranking.items)
    if not any(i.cost_of_delay_span or i.duration_span for i in ranking.items):
        return None, ()
    if size > MOST_JUDGED:
        told = f"ranges are judged for at most {MOST_JUDGED:,} rows; here are {size:,}"
        return None, (told,)
    top = max(1, min(_TOP, size // 3))
    today = "ranges are judged by the costs of delay that count today"
    notes = (today,) if ranking.course is not None else ()
    return confidence_in(ranking.summary(), top=top), notes


def _schedule(ranking: Ranking, teams: int) -> Schedule:
    """Let teams work off the order."""
    if ranking.course is not None:
        raise CommandError(
            "--teams prices constant costs of delay only",
            hint="leave out --teams, or the columns deadline and profile",
        )
    items = [ranking.items[ranking.place[key]] for key in ranking.order.keys]
    rated = [_at_rate(ranking, item) for item in items]
    return share_out(rated, list(_links(ranking)), teams=teams)


def _at_rate(ranking: Ranking, item: Item) -> Item:
    rate = ranking.rates.get(item.key)
    return replace(item, cost_of_delay=rate.rate) if rate else item


def _links(ranking: Ranking) -> Iterator[Link]:
    for key, them in ranking.blockers.items():
        yield from (Link(blocker, key) for blocker in them)


def _outcomes(best: Ranking, asked: Questions) -> Iterator[Outcome]:
    for wish in asked.wishes:
        item = _known(best, wish.key, "--what-if")
        try:
            yield what_if(best, wish.change(item))
        except ValueError as error:
            told = f"--what-if {wish.key}: {error}"
            raise CommandError(told, hint="give a smaller number") from error


def _pins(ranking: Ranking, asked: Questions) -> Iterator[PinPrice]:
    for key, place in asked.pins:
        yield price_pin(ranking, _known(ranking, key, "--price-pin").key, place)


def _known(ranking: Ranking, key: str, option: str) -> Item:
    if key in ranking.place:
        return ranking.items[ranking.place[key]]
    reason = next((gap.reason for gap in ranking.gaps if gap.key == key), "")
    if reason:
        raise CommandError(f"{option} {key}: it is not scored: {reason}")
    raise CommandError(
        f"{option} {key}: there is no such row", hint="check the key in the file"
    )
