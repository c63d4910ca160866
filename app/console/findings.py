"""All that is found out about a spreadsheet: its order, and answers to questions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.console.questions import Questions
from app.console.trouble import CommandError
from scoring.explain import Explanation, Turn, break_evens, explain
from scoring.item import Item, Link, Mode
from scoring.moves import plan_moves, price_moves, sort_moves
from scoring.pin import PinPrice, price_pin
from scoring.plan import Move
from scoring.profiles.sending import price_moves_over_time, sort_moves_over_time
from scoring.sheet import Sheet
from scoring.teams import Schedule, queue_up, share_out
from scoring.uncertainty.confidence import Confidence, confidence_in
from scoring.weighing import Ranking, weigh_backlog
from scoring.what_if import Outcome, what_if

# Sureness and moves take seconds here, and minutes far beyond.
MOST_JUDGED: Final = 20_000
MOST_MOVED: Final = 20_000

# So many places of a row's explanation are told what would bring it there.
MOST_PLACES: Final = 200

# What each move saves is told where so many rows are priced over all of them.
_MOST_PRICED: Final = 2_000_000

# Reaching the top is told of at most so many, and of no more than a third of the rows.
_TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Explained:
    """One row's explanation, and what would bring it to the places around it."""

    told: Explanation
    places: tuple[Turn, ...] = ()


@dataclass(frozen=True, eq=False)
class Findings:
    """The order, and what else there is to say of it; notes are for stderr.

    `blocking` names the rows that each row without a score blocks, `broken` counts the
    links that the file's own order breaks. `confidence` is there where ranges are
    given, `schedule` where there are teams. `moves` are the fewest rows to move from
    the file's order, what saves most first, with what each `saves` where that is
    known; `calls` are the fewest calls of 50 rows. `left` says that a tolerance left
    the cheapest order, against which questions are answered all the same.
    """

    ranking: Ranking
    blocking: Mapping[str, Sequence[str]]
    broken: int = 0
    moves: tuple[Move, ...] = ()
    saves: tuple[float, ...] = ()
    calls: tuple[Move, ...] = ()
    left: bool = False
    confidence: Confidence | None = None
    schedule: Schedule | None = None
    teams: int = 0
    explained: tuple[Explained, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    pins: tuple[PinPrice, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unpriced(self) -> str:
        """Say why it is not told what each move saves, where there are moves."""
        if not self.moves or self.saves:
            return ""
        rows, calls = len(self.ranking.items), len(self.moves)
        return (
            "what each move saves is told where rows × calls are at most "
            f"{_MOST_PRICED:,}; here are {rows:,} × {calls:,}"
        )


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
    moves, saves, calls = _moves(ranking)
    confidence, notes = _confidence(ranking)
    return Findings(
        ranking=ranking,
        blocking=_blocking(ranking, sheet.links),
        broken=_broken(ranking),
        moves=moves,
        saves=saves,
        calls=calls,
        left=ranking.order.keys != best.order.keys,
        confidence=confidence,
        schedule=_schedule(ranking, asked),
        teams=asked.teams,
        explained=tuple(_explained(ranking, asked)),
        outcomes=tuple(_outcomes(best, asked)),
        pins=tuple(_pins(best, asked)),
        notes=(*_units(ranking), *_limits(ranking, asked), *notes),
    )


def _units(ranking: Ranking) -> Iterator[str]:
    """Say what the file's numbers are counted in, where dates make it matter."""
    if ranking.course is not None or ranking.rates:
        yield (
            "deadlines and profiles count in weeks: durations are taken as weeks, "
            "costs of delay as per week"
        )


def _limits(ranking: Ranking, asked: Questions) -> Iterator[str]:
    """Say what was not done, and why."""
    size = len(ranking.items)
    if size > MOST_MOVED:
        yield f"moves are planned for at most {MOST_MOVED:,} rows; here are {size:,}"
    if asked.tolerance and ranking.course is None and has_negative(ranking):
        yield "--tolerance is not used where a cost of delay is negative"


def has_negative(ranking: Ranking) -> bool:
    """Say whether waiting is worth something somewhere, so that shares mean little."""
    return any(_at_rate(ranking, item).cost_of_delay < 0 for item in ranking.items)


def blocks_of(ranking: Ranking) -> list[tuple[str, ...]]:
    """Name the rows that move together; a tolerance may part them."""
    return [] if ranking.kept else [b for b in ranking.order.blocks if len(b) > 1]


def _moves(
    ranking: Ranking,
) -> tuple[tuple[Move, ...], tuple[float, ...], tuple[Move, ...]]:
    """Plan the fewest moves and the fewest calls from the file's order to ours."""
    size = len(ranking.items)
    if size > MOST_MOVED:
        return (), (), ()
    today = [_at_rate(ranking, item) for item in ranking.items]
    keys = [item.key for item in today]
    moves = plan_moves(keys, ranking.order.keys)
    calls = plan_moves(keys, ranking.order.keys, aim="calls")
    items, over_time = ranking.items, ranking.course is not None
    if over_time:
        moves = sort_moves_over_time(items, moves, today=ranking.today, rated=today)
    else:
        moves = sort_moves(today, moves)
    if size * len(moves) > _MOST_PRICED:
        return moves, (), calls
    if over_time:
        return moves, price_moves_over_time(items, moves, today=ranking.today), calls
    return moves, price_moves(today, moves), calls


def _explained(ranking: Ranking, asked: Questions) -> Iterator[Explained]:
    """Explain rows, with what would bring each to the places around it."""
    if not asked.explained:
        return
    summary = ranking.summary()
    for key in asked.explained:
        told = explain(summary, key)
        if told is None:
            raise _unknown("--explain", key)
        turns = break_evens(summary, key, most=MOST_PLACES) if told.row else ()
        yield Explained(told, turns)


def _blocking(ranking: Ranking, links: Sequence[Link]) -> dict[str, list[str]]:
    """Find what rows without a score hold up."""
    found: dict[str, list[str]] = {gap.key: [] for gap in ranking.gaps}
    for link in links:
        if link.blocker in found and link.blocked != link.blocker:
            found[link.blocker].append(link.blocked)
    return {key: blocked for key, blocked in found.items() if blocked}


def _broken(ranking: Ranking) -> int:
    """Count the links that the file's order breaks."""
    place = ranking.place
    return sum(
        place[blocker] > place[key]
        for key, blockers in ranking.blockers.items()
        for blocker in blockers
    )


def _confidence(ranking: Ranking) -> tuple[Confidence | None, tuple[str, ...]]:
    """Judge the ranges, where there are any and not too many rows."""
    size = len(ranking.items)
    if not any(
        item.cost_of_delay_span or item.duration_span or item.driver_span
        for item in ranking.items
    ):
        return None, ()
    if size > MOST_JUDGED:
        told = f"ranges are judged for at most {MOST_JUDGED:,} rows; here are {size:,}"
        return None, (told,)
    top = max(1, min(_TOP, size // 3))
    today = "ranges are judged by the costs of delay that count today"
    notes = (today,) if ranking.course is not None else ()
    return confidence_in(ranking.summary(), top=top), notes


def _schedule(ranking: Ranking, asked: Questions) -> Schedule | None:
    """Let teams work off the order."""
    if not (asked.teams or asked.queues):
        return None
    option = "--queues" if asked.queues else "--teams"
    if ranking.course is not None:
        raise CommandError(
            f"{option} prices constant costs of delay only",
            hint=f"leave out {option}, or the columns deadline and profile",
        )
    items = [ranking.items[ranking.place[key]] for key in ranking.order.keys]
    rated = [_at_rate(ranking, item) for item in items]
    if not asked.queues:
        return share_out(rated, list(_links(ranking)), teams=asked.teams)
    if not any(item.team for item in items):
        raise CommandError(
            "--queues needs to know whose each row is", hint="fill a column team"
        )
    return queue_up(rated, list(_links(ranking)))


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
        raise CommandError(
            f"{option} {key}: it is not scored: {reason}",
            hint="correct its row in the file and ask again",
        )
    raise _unknown(option, key)


def _unknown(option: str, key: str) -> CommandError:
    return CommandError(
        f"{option} {key}: there is no such row", hint="check the key in the file"
    )
