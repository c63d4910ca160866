"""Loops of links are broken at the link that closed them last, and each says why."""

from random import Random

import pytest

from scoring.item import Cycle, Link
from scoring.ordering.cycles import Line, break_cycles


def closes(kept: list[Link], link: Link) -> bool:
    """Walk the kept links from the end of a new one, to see if its start is met."""
    seen, queue = {link.blocked}, [link.blocked]
    for key in queue:
        for other in kept:
            if other.blocker == key and other.blocked not in seen:
                seen.add(other.blocked)
                queue.append(other.blocked)
    return link.blocker in seen


def shortest(kept: list[Link], closing: Link) -> int:
    """Count the links of the shortest loop that a link would close."""
    reached, steps = {closing.blocked}, 1
    while closing.blocker not in reached:
        reached |= {
            link.blocked
            for link in kept
            if link.blocker in reached and age_of(link) < age_of(closing)
        }
        steps += 1
    return steps


def age_of(link: Link) -> int:
    return int(link.id)


def test_without_a_loop_every_link_is_kept() -> None:
    links = [Link("B", "C", "2"), Link("A", "B", "10"), Link("A", "C", "3")]
    kept, cycles = break_cycles(links)
    assert set(kept) == set(links)
    assert cycles == ()


def test_the_youngest_link_of_a_loop_is_dropped_with_its_witness() -> None:
    links = [Link("A", "B", "10432"), Link("B", "C", "999"), Link("C", "A", "1000")]
    kept, cycles = break_cycles(links)
    assert kept == [links[1], links[2]]
    assert cycles == (Cycle(("A", "B", "C", "A"), links[0]),)


def test_a_link_from_an_issue_to_itself_is_a_loop() -> None:
    link = Link("A", "A", "1")
    assert break_cycles([link]) == ([], (Cycle(("A", "A"), link),))


def test_numbers_come_before_texts_and_are_not_compared_as_text() -> None:
    oldest = Link("A", "B", "9")
    for younger in ("10", "0010", "x9", "", "\uff19"):
        link = Link("B", "A", younger)
        kept, cycles = break_cycles([link, oldest])
        assert kept == [oldest]
        assert [cycle.dropped for cycle in cycles] == [link]


def test_of_two_links_between_the_same_issues_the_older_stands() -> None:
    kept, cycles = break_cycles([Link("A", "B", "7"), Link("A", "B", "5")])
    assert kept == [Link("A", "B", "5")]
    assert cycles == ()


def test_a_very_long_number_is_an_id_like_any_other() -> None:
    old, young = Link("A", "B", "1" * 5000), Link("B", "A", "2" * 5000)
    assert break_cycles([young, old])[0] == [old]


@pytest.mark.parametrize("seed", range(4))
def test_equals_trying_each_link_by_age_on_random_graphs(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a seed repeats the graphs
    for _ in range(100):
        keys = "ABCDEFGH"[: random.randint(1, 8)]
        ids = random.sample(range(100), random.randint(1, 16))
        links = [Link(random.choice(keys), random.choice(keys), str(i)) for i in ids]
        first: dict[tuple[str, str], Link] = {}
        for link in sorted(links, key=lambda one: int(one.id)):
            first.setdefault((link.blocker, link.blocked), link)
        expected: list[Link] = []
        for link in first.values():
            if not closes(expected, link):
                expected.append(link)
        kept, cycles = break_cycles(links)
        assert kept == expected
        assert {c.dropped for c in cycles} == set(first.values()) - set(expected)
        for cycle in cycles:
            assert_witness(cycle, kept)
            assert len(cycle.path) == shortest(kept, cycle.dropped) + 1


def assert_witness(cycle: Cycle, kept: list[Link]) -> None:
    """The path begins with the dropped link and goes home over links that were kept."""
    steps = list(zip(cycle.path, cycle.path[1:], strict=False))
    pairs = {(link.blocker, link.blocked) for link in kept}
    assert steps[0] == (cycle.dropped.blocker, cycle.dropped.blocked)
    assert cycle.path[0] == cycle.path[-1]
    assert set(steps[1:]) <= pairs
    assert len(set(cycle.path)) == len(cycle.path) - 1


def test_a_ring_and_a_mesh_of_thousands_of_links_are_no_trouble() -> None:
    random = Random(5)  # noqa: S311 - a seed repeats the graph
    ring = [Link(str(i), str((i + 1) % 5000), str(i)) for i in range(5000)]
    mesh = [
        Link(str(random.randrange(3000)), str(random.randrange(3000)), str(i))
        for i in range(6000)
    ]
    assert [cycle.dropped for cycle in break_cycles(ring)[1]] == [ring[-1]]
    kept, cycles = break_cycles(mesh)
    assert cycles
    assert break_cycles(kept) == (kept, ())


def test_a_row_has_room_for_any_number_of_keys_at_one_place() -> None:
    """Each that comes between halves the room: after 256 it is made anew."""
    random, line = Random(6), Line()  # noqa: S311 - a seed repeats the keys
    line.add("A")
    line.add("Z")
    keys = ["A", "Z"]
    for number in range(1_000):
        line.put([f"K-{number}"], behind="A")
        keys.insert(1, f"K-{number}")
        if number % 7 == 0:
            moved = random.sample(keys[1:], min(3, len(keys) - 1))
            line.move(moved, behind="A")
            keys = ["A", *moved, *(key for key in keys[1:] if key not in moved)]
    assert sorted(keys, key=line.place.__getitem__) == keys
    assert len(set(line.place.values())) == len(keys)
    assert line.left_of(keys[1]) == "A"
    assert line.left_of("A") is None
