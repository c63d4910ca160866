"""Blockers are the nearest scored ones, found through issues without a score."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from scoring.blockers import scored_blockers
from scoring.item import Cycle, Link
from scoring.ordering.cycles import break_cycles

SCORED, THROUGH = {"A", "B", "C"}, {"U", "V"}
PAIRS = list(product("ABCUVX", repeat=2))


def nearest(links: list[Link], key: str) -> set[str]:
    """All scored keys that reach the key over unscored ones only."""
    found: set[str] = set()
    ends = {key}
    for _ in range(len(links) + 1):
        new = {link.blocker for link in links if link.blocked in ends}
        found |= new & SCORED
        ends |= new & THROUGH
    return found - {key}


@given(st.lists(st.sampled_from(PAIRS), max_size=9))
def test_every_chain_of_unscored_issues_is_followed(
    pairs: list[tuple[str, str]],
) -> None:
    links = [Link(*pair, id=str(n)) for n, pair in enumerate(pairs)]
    found = scored_blockers(links, [], SCORED, THROUGH)
    for key in SCORED:
        assert set(found.get(key, ())) == nearest(links, key)


def test_a_link_left_out_of_a_loop_does_not_count() -> None:
    kept, dropped = Link("A", "B", "1"), Link("B", "A", "2")
    cycle = Cycle(("A", "B", "A"), dropped)
    found = scored_blockers([kept, dropped], [cycle], SCORED, THROUGH)
    assert found == {"B": ("A",)}


@given(st.lists(st.sampled_from(PAIRS), max_size=12))
def test_what_is_dropped_to_break_a_loop_is_dropped_however_often_it_was_said(
    pairs: list[tuple[str, str]],
) -> None:
    links = [Link(*pair, id=str(n)) for n, pair in enumerate(pairs) if "X" not in pair]
    kept, cycles = break_cycles(links)
    found = scored_blockers(links, cycles, SCORED, THROUGH)
    assert found == scored_blockers(kept, [], SCORED, THROUGH)
    for key in SCORED:
        assert key not in nearest(kept, key)
        assert set(found.get(key, ())) == nearest(kept, key)


def test_a_thousand_blockers_of_a_thousand_through_one_issue_are_named_once() -> None:
    links = [Link(f"A-{n}", "U") for n in range(1_000)]
    links += [Link("U", f"B-{n}") for n in range(1_000)]
    scored = {key for link in links for key in (link.blocker, link.blocked)} - {"U"}
    found = scored_blockers(links, [], scored, {"U"})
    assert len(found) == 1_000
    assert len({id(them) for them in found.values()}) == 1
    assert set(found["B-0"]) == {f"A-{n}" for n in range(1_000)}
