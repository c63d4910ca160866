"""Links lead through what is outside the backlog; what an item waits for is told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.awaiting import also_waits, awaited, passed_through
from scoring.blockers import scored_blockers
from scoring.item import Gap, Item, Link, Mode
from scoring.ordering.cycles import break_cycles
from scoring.ranking import rank_backlog
from scoring.summary import Row

TODAY = date(2026, 11, 23)
BEST = "Highest cost of delay per week of work"
PAIRS = st.tuples(st.sampled_from("ABCUVXYZ"), st.sampled_from("ABCUVXYZ"))


def rows(read: list[Item | Gap], *pairs: tuple[str, str]) -> list[Row]:
    """Rank A, worth 1 a week, and B, worth 10; say nothing else of the rest."""
    links = [
        Link(blocker, blocked, f"{n}") for n, (blocker, blocked) in enumerate(pairs)
    ]
    items: list[Item | Gap] = [Item("B", 10, 1), Item("A", 1, 1, place=1)]
    summary = rank_backlog(
        [*items, *read], links, today=TODAY, mode=Mode.MONEY, currency="EUR"
    )
    return list(summary.rows)


@pytest.mark.parametrize("days", [None, 7])
@pytest.mark.parametrize("read", [[], [Gap("U", "no duration", place=2)]])
def test_a_chain_is_kept_through_what_has_no_score(
    read: list[Item | Gap], days: int | None
) -> None:
    """With a deadline beside it the order is one over time."""
    if days:
        dated = Item("D", 1e-3, 1, place=9, deadline=date(2026, 12, 21))
        read = [*read, dated]
    first, second, *_ = rows(read, ("A", "U"), ("U", "B"))
    assert (first.item.key, second.item.key) == ("A", "B")
    assert (second.blockers, second.waits_for) == (("A",), ("U",))
    assert first.why == "Pulled forward: it blocks B, worth 10 EUR a week"
    where = "not scored" if read and read[0].key == "U" else "outside the backlog"
    told = "Waits for A, which must come first; also waits for U"
    assert second.why == f"{told} ({where})"


def test_an_outside_blocker_is_told_and_moves_nothing() -> None:
    first, second = rows([], ("X", "B"), ("A", "Y"))
    assert first.why == f"{BEST}; also waits for X (outside the backlog)"
    assert (first.waits_for, second.waits_for) == (("X",), ())


def test_a_loop_through_the_outside_is_broken_and_not_waited_for() -> None:
    first, second = rows([], ("A", "U"), ("U", "A"), ("U", "B"))
    assert [first.item.key, second.item.key] == ["A", "B"]
    assert (first.waits_for, second.waits_for) == ((), ("U",))


def test_many_blockers_are_counted() -> None:
    told = also_waits("First", ["U", "V", "X", "Y", "Z"], {"V"})
    assert told.endswith(
        "; also waits for U (outside the backlog), V (not scored), "
        "X (outside the backlog) and 2 more"
    )


@given(st.lists(PAIRS, max_size=12))
def test_what_joins_nothing_is_left_out_without_a_link_lost(
    pairs: list[tuple[str, str]],
) -> None:
    links = [Link(a, b, f"{n}") for n, (a, b) in enumerate(pairs)]
    kept, cycles = break_cycles(links)
    through = passed_through(kept, set("ABC"), {"U"})
    assert "U" in through
    assert not through & set("ABC")
    by_all = scored_blockers(kept, [], set("ABC"), set("UVXYZ"))
    assert scored_blockers(kept, [], set("ABC"), through) == by_all
    for key in through - {"U"}:
        assert any(link.blocker == key for link in kept)
        assert any(link.blocked == key for link in kept)
    told = awaited(links, cycles, set("ABC"))
    direct = {(k.blocker, k.blocked) for k in kept}
    assert {(b, key) for key, them in told.items() for b in them} == {
        (a, b) for a, b in direct if b in "ABC" and a not in "ABC"
    }
