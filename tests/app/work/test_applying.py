"""A plan is applied to a real site that goes wrong: what fails alone waits alone."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count, pairwise

import pytest
from sqlalchemy import select, update

from app import clock
from app.books.database import Database
from app.books.echoes import Echoes
from app.books.held import DEAD, LONGEST, MOST_ATTEMPTS, WAITING, HeldWrites
from app.books.limits import SharedLimits
from app.books.marks import Marks
from app.books.tables import EchoRow, HeldWriteRow, SiteRow
from app.work.again import moves_again
from app.work.applying import Applying
from app.work.fencing import OvertakenError
from app.work.holding import Holding
from app.work.moving import RANKERS
from app.work.pausing import MakeWayError, Pause
from connectors.access import SiteAccess
from connectors.errors import UnreachableError, UnsignedError
from connectors.gate import Manners
from connectors.jira import Jira
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.sample import sample
from connectors.sandbox.serving import in_thread
from connectors.wire import Wire
from scoring.moves import apply_moves
from scoring.plan import FieldWrite, Move
from tests.gates import PATIENCE

SCORE = "customfield_10201"
# The site outlives a test; what is to be written must differ from what stands there.
VALUES = (1_000.0 + number for number in count())


@dataclass
class Stage:
    """A served site with its books, and ways to apply to it."""

    sandbox: Sandbox
    jira: Jira
    books: Database

    def applying(
        self,
        fence: Callable[[], None] = lambda: None,
        pause: Pause | None = None,
        *,
        may_rank: bool = False,
    ) -> Applying:
        return Applying(
            jira=self.jira,
            site="site",
            echoes=Echoes(self.books),
            fence=fence,
            holding=Holding(HeldWrites(self.books), "site", dice=lambda: 1.0),
            pause=pause or Pause(Marks(self.books), "one"),
            may_rank=may_rank,
        )

    def write(self, keys: list[str], value: float) -> Applying:
        made = self.applying()
        made.write([FieldWrite(key, SCORE, value, None) for key in keys])
        return made

    def keys(self) -> list[str]:
        jql = "project = HARB ORDER BY Rank ASC"
        return [issue.key for issue in self.jira.search(jql, fields=[])]

    def puts(self, key: str = "") -> int:
        return sum(
            one["method"] == "PUT" and one["path"].endswith(key)
            for one in self.sandbox.log.since(0)
        )

    def let_time_pass(self) -> None:
        """Let every wait be over."""
        past = clock.now() - timedelta(seconds=1)
        with self.books.transaction() as connection:
            connection.execute(update(HeldWriteRow).values(not_before=past))


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Sandbox, str]]:
    sandbox = create_sandbox(sample())
    with in_thread(sandbox) as url:
        yield sandbox, url


@pytest.fixture
def stage(served: tuple[Sandbox, str], books: Database) -> Iterator[Stage]:
    sandbox, url = served
    with books.writing() as session:
        session.add(
            SiteRow(id="site", name="Site", settings={}, created_at=clock.now())
        )
    us = next(one for one in sandbox.state.accounts if one.email)
    access = SiteAccess(
        url=url,
        confluence_url=f"{url}/wiki",
        email=us.email,
        token=us.token,
        allowed_hosts=frozenset({url.removeprefix("http://")}),
    )
    sandbox.faults.switch([])
    sandbox.log.reset()
    hasty = Manners(writes_per_second=1_000, failures=1_000)
    limits = SharedLimits(books, "site")
    with Wire(access, limits=limits, manners=hasty, jitter=lambda: 0.05) as wire:
        yield Stage(sandbox, Jira(wire), books)
    sandbox.faults.switch([])


def issue_of(key: str) -> str:
    return f"/rest/api/3/issue/{key}"


def score(stage: Stage, key: str) -> object:
    return stage.jira.issue(key, [SCORE]).fields[SCORE]


# One poisoned issue.


def test_j21_a_poisoned_issue_waits_alone_and_is_dead_in_the_end(stage: Stage) -> None:
    keys = stage.keys()[:6]
    poisoned, others = keys[2], [*keys[:2], *keys[3:]]
    fault = {"kind": "status", "status": 500, "path": issue_of(poisoned)}
    stage.sandbox.faults.switch([{**fault, "method": "PUT"}])
    store = HeldWrites(stage.books)
    waited = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        made = stage.write(keys, next(VALUES))
        assert set(made.written) == set(others)
        assert made.outcome.state == "partly_applied"
        held = store.of("site", keys)[poisoned]
        assert held.attempts == attempt
        assert held.state == (DEAD if attempt == MOST_ATTEMPTS else WAITING)
        waited.append(round((held.not_before - clock.now()) / timedelta(seconds=60)))
        # Sooner than that it is left alone, whatever its value.
        before = stage.puts(poisoned)
        again = stage.write([poisoned], next(VALUES))
        assert stage.puts(poisoned) == before
        assert again.outcome.refused[0].key == poisoned
        if attempt < MOST_ATTEMPTS:
            assert again.holding.later == held.not_before  # it comes back by itself
            stage.let_time_pass()
    assert timedelta(minutes=sum(waited[:-1])) < LONGEST
    assert all(one <= another for one, another in pairwise(waited))
    assert "given up after 8 attempts" in again.outcome.refused[0].reason
    assert again.holding.later is None
    # A day later it is tried once more, and forgotten when it works.
    stage.sandbox.faults.switch([])
    stage.let_time_pass()
    assert poisoned in stage.write([poisoned], next(VALUES)).written
    assert store.of("site", keys) == {}


def test_j21_an_issue_that_is_poisoned_among_the_first_is_counted_too(
    stage: Stage,
) -> None:
    keys = stage.keys()[:4]
    fault = {"kind": "status", "status": 500, "path": issue_of(keys[0])}
    stage.sandbox.faults.switch([{**fault, "method": "PUT"}])
    store = HeldWrites(stage.books)
    for attempt in range(1, 4):
        made, value = stage.applying(), next(VALUES)
        made.all([], [FieldWrite(key, SCORE, value, None) for key in keys], keys[:2])
        assert set(made.written) == set(keys[1:])
        assert store.of("site", keys)[keys[0]].attempts == attempt
        stage.let_time_pass()


def test_j21_the_others_lose_no_time(stage: Stage) -> None:
    keys = stage.keys()[:8]
    fault = {"kind": "status", "status": 500, "path": issue_of(keys[0])}
    stage.sandbox.faults.switch([{**fault, "method": "PUT"}])
    stage.write(keys, next(VALUES))
    log = [one for one in stage.sandbox.log.since(0) if one["method"] == "PUT"]
    # One call each, and three tries for the poisoned one.
    assert sorted(one["status"] for one in log) == [204] * 7 + [500] * 3


def test_when_nothing_is_written_it_is_the_sites_trouble(stage: Stage) -> None:
    keys = stage.keys()[:8]
    stage.sandbox.faults.switch([{"kind": "status", "status": 503, "method": "PUT"}])
    with pytest.raises(UnreachableError, match="503"):
        stage.write(keys, next(VALUES))
    assert HeldWrites(stage.books).of("site", keys) == {}  # no issue is blamed


def test_no_issue_is_blamed_where_no_token_was_to_be_had(stage: Stage) -> None:
    holding = Holding(HeldWrites(stage.books), "site")
    holding.written("AB-1")
    with pytest.raises(UnsignedError):
        holding.failed("AB-2", UnsignedError("POST /oauth/token: 503"))


def test_j4_an_issue_that_jira_wants_left_alone_comes_again(stage: Stage) -> None:
    keys = stage.keys()[:4]
    fault = {"kind": "rate_limited", "reason": "jira-per-issue-on-write"}
    where = {"path": issue_of(keys[1]), "times": 1, "retry_after": 60}
    stage.sandbox.faults.switch([{**fault, **where}])
    began = clock.now()
    made = stage.write(keys, next(VALUES))
    assert set(made.written) == {keys[0], keys[2], keys[3]}
    later = made.holding.later
    assert later is not None
    assert began + timedelta(seconds=50) < later
    assert later < clock.now() + timedelta(seconds=90)
    assert HeldWrites(stage.books).of("site", keys) == {}  # it is nobody's failure


# Somebody in the way.


@pytest.mark.parametrize("status", [409, 422])
def test_j15_in_the_way_is_read_again_and_tried_thrice(
    stage: Stage, status: int
) -> None:
    first, second, *_ = stage.keys()
    fault = {"kind": "status", "status": status, "method": "PUT"}
    stage.sandbox.faults.switch([{**fault, "path": issue_of(first), "times": 2}])
    made = stage.write([first, second], next(VALUES))
    assert set(made.written) == {first, second}, made.outcome
    assert stage.puts(first) == 3
    reads = [
        one
        for one in stage.sandbox.log.since(0)
        if one["method"] == "GET" and one["path"] == issue_of(first)
    ]
    assert len(reads) == 2


def test_j15_after_three_tries_it_is_dead_until_it_differs(stage: Stage) -> None:
    key = stage.keys()[3]
    fault = {"kind": "status", "status": 409, "path": issue_of(key)}
    stage.sandbox.faults.switch([{**fault, "method": "PUT"}])
    value = next(VALUES)
    made = stage.write([key], value)
    assert stage.puts(key) == 3
    assert not made.written
    held = HeldWrites(stage.books).of("site", [key])[key]
    assert (held.state, held.attempts) == (DEAD, 3)
    assert "409" in held.reason
    assert "given up" in stage.write([key], value).outcome.refused[0].reason
    assert stage.puts(key) == 3
    stage.sandbox.faults.switch([])
    assert stage.write([key], next(VALUES)).written  # another value is another matter
    assert HeldWrites(stage.books).of("site", [key]) == {}


# Unknown outcomes.


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset", "at": "start"},
        {"kind": "reset", "at": "body"},
        {"kind": "cut", "at": "head"},
        {"kind": "garbage"},
        {"kind": "two_lengths"},
        {"kind": "status", "status": 502},
    ],
    ids=["reset", "reset in body", "cut", "garbage", "two lengths", "502"],
)
def test_j8_a_field_is_looked_up_before_it_is_written_again(
    stage: Stage, fault: dict[str, object], *, applied: bool
) -> None:
    key = stage.keys()[4]
    before = stage.jira.issue(key, [SCORE]).fields[SCORE]
    value = float(str(before or 0)) + 1
    switched = {**fault, "applied": applied, "path": issue_of(key), "method": "PUT"}
    stage.sandbox.faults.switch([{**switched, "times": 1}])
    assert key in stage.write([key], value).written
    assert score(stage, key) == value
    assert stage.puts(key) == (1 if applied else 2)


# Side by side.


def distant(order: list[str], number: int) -> list[Move]:
    """Plan moves that do not touch one another, each its own gap."""
    return [Move((order[4 * n + 2],), order[4 * n], "after") for n in range(number)]


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_gaps_are_filled_side_by_side_once_the_first_is(stage: Stage) -> None:
    order = stage.keys()
    moves = distant(order, 1 + RANKERS)
    met, known = threading.Barrier(RANKERS, timeout=30 * PATIENCE), threading.local()
    alone: list[int] = []

    def rankers() -> int:
        names = [one.name for one in threading.enumerate()]
        return sum(name.startswith("rank") for name in names)

    def fence() -> None:
        if threading.current_thread() is threading.main_thread():
            alone.append(rankers())
        elif not hasattr(known, "met"):
            known.met = met.wait()  # whoever is alone waits in vain

    made = stage.applying(fence)
    made.move(moves)
    assert set(alone) == {0}
    assert made.outcome.rank_calls == made.outcome.moved == len(moves)
    assert stage.keys() == list(apply_moves(order, moves))


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_who_has_just_ranked_need_not_find_out_by_the_first_gap(stage: Stage) -> None:
    met, known = threading.Barrier(RANKERS, timeout=30 * PATIENCE), threading.local()

    def fence() -> None:
        if not hasattr(known, "met"):
            known.met = met.wait()

    order = stage.keys()
    moves = distant(order, RANKERS)
    made = stage.applying(fence, may_rank=True)
    made.move(moves)
    assert made.outcome.moved == len(moves)
    assert stage.keys() == list(apply_moves(order, moves))


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_a_gap_that_is_refused_leaves_the_others(stage: Stage) -> None:
    order = stage.keys()
    moves = distant(order, 4)
    moves[2] = Move(moves[2].keys, "HARB-9999", "after")
    made = stage.applying()
    made.move(moves)
    assert [one.key for one in made.outcome.refused] == list(moves[2].keys)
    assert made.outcome.moved == 3
    del moves[2]
    assert stage.keys() == list(apply_moves(order, moves))


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_what_changed_last_is_written_beside_the_first_move(stage: Stage) -> None:
    order, value = stage.keys(), next(VALUES)
    met, known = threading.Barrier(2, timeout=30 * PATIENCE), threading.local()

    def fence() -> None:
        if not hasattr(known, "met"):
            known.met = met.wait()

    made = stage.applying(fence)
    written = [FieldWrite(order[9], SCORE, value, None)]
    made.all(distant(order, 1), written, first=[order[9]])
    assert made.outcome.moved == made.outcome.written == 1
    assert score(stage, order[9]) == value


class Hurried(Pause):
    """Finds that somebody waits whenever it is asked."""

    def check(self) -> None:
        raise MakeWayError


def written_first(stage: Stage, count: int) -> tuple[list[str], list[FieldWrite]]:
    """Choose issues that changed last, and values for them and as many others."""
    value, keys = next(VALUES), stage.keys()[20 : 20 + 2 * count]
    return keys[:count], [FieldWrite(key, SCORE, value, None) for key in keys]


RANK = "/rest/agile/1.0/issue/rank"


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_what_changed_last_is_written_whoever_waits(stage: Stage) -> None:
    made = stage.applying(pause=Hurried(Marks(stage.books), "one"))
    first, writes = written_first(stage, 12)
    with pytest.raises(MakeWayError):
        made.all(distant(stage.keys(), 4), writes, first)
    assert set(made.written) == set(first)
    assert made.outcome.rank_calls == 0


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
@pytest.mark.parametrize("status", [503, 500])
def test_what_changed_last_is_written_though_nothing_can_be_ranked(
    stage: Stage, status: int
) -> None:
    stage.sandbox.faults.switch([{"kind": "status", "status": status, "path": RANK}])
    made = stage.applying()
    first, writes = written_first(stage, 20)
    with pytest.raises(UnreachableError, match=str(status)):
        made.all(distant(stage.keys(), 4), writes, first)
    assert set(made.written) == set(first)
    assert made.outcome.rank_calls == 1  # the others were not tried


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_j3_ranks_that_must_wait_hold_back_no_score(stage: Stage) -> None:
    limit = {"kind": "rate_limited", "reason": "jira-burst-based", "retry_after": 120}
    stage.sandbox.faults.switch([{**limit, "path": RANK}])
    began = clock.now()
    for tried in (1, 0):  # then the books know
        made, order = stage.applying(), stage.keys()
        first, writes = written_first(stage, 6)
        made.all(distant(order, 4), writes, first)
        assert set(made.written) == {one.key for one in writes}
        ranked = [one for one in stage.sandbox.log.since(0) if one["path"] == RANK]
        assert len(ranked) == tried
        stage.sandbox.log.reset()
        assert [one.what for one in made.outcome.refused] == ["rank"]
        assert made.outcome.state == "partly_applied"
        assert made.holding.later is not None
        assert began + timedelta(seconds=90) < made.holding.later
        assert made.holding.later < clock.now() + timedelta(seconds=300)


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_trouble_of_the_site_goes_before_making_way(stage: Stage) -> None:
    fault = {"kind": "status", "status": 503, "method": "PUT", "path": issue_of("*")}
    stage.sandbox.faults.switch([fault])
    made = stage.applying(pause=Hurried(Marks(stage.books), "one"))
    first, writes = written_first(stage, 6)
    with pytest.raises(UnreachableError, match="503"):
        made.all(distant(stage.keys(), 4), writes, first)


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_a_403_that_is_no_rights_matter_ends_the_moves(stage: Stage) -> None:
    stage.sandbox.faults.switch([{"kind": "status", "status": 403, "path": RANK}])
    made = stage.applying()
    made.move(distant(stage.keys(), 6))
    assert made.outcome.rank_calls == 1
    assert [one.what for one in made.outcome.refused] == ["rank"]


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_a_gap_that_finds_us_overtaken_ends_the_others(stage: Stage) -> None:
    calls, lock = count(), threading.Lock()

    def fence() -> None:
        with lock:
            number = next(calls)
        if number == 2:  # each call asks twice: the first of the second gap
            raise OvertakenError

    made = stage.applying(fence)
    with pytest.raises(OvertakenError):
        made.move(distant(stage.keys(), 12))
    assert made.outcome.rank_calls <= 2 * RANKERS


# Ranks that were done in part.


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_j16_only_those_left_out_are_told_again(stage: Stage) -> None:
    order = stage.keys()
    anchor, moved = order[0], tuple(order[5:11])
    out = [moved[0], moved[3], moved[4]]
    stage.sandbox.faults.switch([{"kind": "partial", "keys": out, "times": 1}])
    made = stage.applying()
    made.move([Move(moved, anchor, "before")])
    assert not made.outcome.refused
    assert made.outcome.moved == len(moved)
    assert made.outcome.rank_calls == 3  # one, and one for each run left out
    assert stage.keys()[:7] == [*moved, anchor]


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)
def test_j16_who_is_left_out_every_time_is_named(stage: Stage) -> None:
    order = stage.keys()
    moved = tuple(order[6:9])
    stage.sandbox.faults.switch([{"kind": "partial", "keys": [moved[1]]}])
    made = stage.applying()
    made.move([Move(moved, order[0], "before")])
    assert [one.key for one in made.outcome.refused] == [moved[1]]
    assert made.outcome.moved == 2
    assert made.outcome.rank_calls == 3
    assert stage.keys()[:3] == [moved[0], moved[2], order[0]]


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("failed", ["", "A", "D", "AB", "BC", "AD", "ABCD", "AC", "BD"])
def test_moves_again_restore_the_order(place: str, failed: str) -> None:
    move = Move(tuple("ABCD"), "X", "before" if place == "before" else "after")
    rows = list("WXYABCDZ")

    def make(one: Move, out: str = "") -> None:
        keys = [key for key in one.keys if key not in out]
        for key in keys:
            rows.remove(key)
        at = rows.index(one.anchor) + (one.place == "after")
        rows[at:at] = keys

    make(move, failed)
    for again in moves_again(move, failed):
        assert len(again.keys) <= 50
        make(again)
    wanted = "WABCDXYZ" if place == "before" else "WXABCDYZ"
    assert "".join(rows) == wanted
    assert replace(move).keys == tuple("ABCD")


# Echoes.


def test_echoes_are_expected_before_the_writes_and_for_no_other(stage: Stage) -> None:
    keys = stage.keys()
    made = stage.applying()
    writes = [FieldWrite(key, SCORE, next(VALUES), None) for key in keys]
    left, twice = iter(range(3)), threading.local()

    def thrice() -> None:
        """Let three issues through: each asks, and its call asks once more."""
        twice.asked = not getattr(twice, "asked", False)
        if twice.asked and next(left, None) is None:
            raise OvertakenError

    made.fence = thrice
    with pytest.raises(OvertakenError):
        made.write(writes)
    with stage.books.reading() as session:
        expected = set(session.scalars(select(EchoRow.issue_key)))
    assert expected == set(made.written) == made.tried
    assert len(expected) == 3


def test_what_jira_refused_is_not_expected(stage: Stage) -> None:
    keys = stage.keys()[:5]
    fault = {"kind": "status", "status": 400, "path": issue_of(keys[2])}
    stage.sandbox.faults.switch([{**fault, "method": "PUT"}])
    stage.write(keys, next(VALUES))
    with stage.books.reading() as session:
        expected = set(session.scalars(select(EchoRow.issue_key)))
    assert expected == {*keys[:2], *keys[3:]}
