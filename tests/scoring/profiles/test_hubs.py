"""An unscored issue between many and many is a row of its own, and changes nothing."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from scoring.item import Gap, Item, Link, Mode
from scoring.profiles.over_time import jobs_between, order_over_time
from scoring.weighing import weigh_backlog
from tests.scoring.profiles.instances import TODAY, cost, keeps, random_items

BEFORE, AFTER = 12, 9


def joined(seed: int, hubs: tuple[str, ...]) -> tuple[list[Item], list[Link]]:
    """A few dozen items; some wait for what waits, through the hubs, for others."""
    random = Random(seed)  # noqa: S311 - a seed repeats the backlog
    items = random_items(random, 30)
    chosen = [item.key for item in random.sample(items, BEFORE + AFTER)]
    links = [Link(key, hubs[0], "1") for key in chosen[:BEFORE]]
    links += [Link(a, b, "2") for a, b in pairwise(hubs)]
    links += [Link(hubs[-1], key, "3") for key in chosen[BEFORE:]]
    return items, links


def spelt_out(links: list[Link], hubs: tuple[str, ...]) -> list[Link]:
    firsts = [link.blocker for link in links if link.blocked == hubs[0]]
    lasts = [link.blocked for link in links if link.blocker == hubs[-1]]
    return [Link(a, b) for a in firsts for b in lasts]


@pytest.mark.parametrize("hubs", [("U",), ("U", "V", "W")], ids=["one", "a chain"])
@pytest.mark.parametrize("seed", range(5))
def test_the_order_is_as_good_as_with_all_links_spelt_out(
    seed: int, hubs: tuple[str, ...]
) -> None:
    items, links = joined(seed, hubs)
    found = order_over_time(items, links, today=TODAY, through=set(hubs))
    plain = spelt_out(links, hubs)
    other = order_over_time(items, plain, today=TODAY)
    assert sorted(found.keys) == sorted(item.key for item in items)
    assert keeps(found.keys, plain)
    by_key = {item.key: item for item in items}
    paid = cost([by_key[key] for key in found.keys])
    assert found.cost == pytest.approx(paid, rel=1e-4)
    assert found.cost == pytest.approx(other.cost, rel=0.01)
    assert found.lower_bound <= min(found.cost, other.cost)
    assert other.lower_bound <= found.cost
    keys = by_key.keys()
    for named in (found.pulled, found.held):
        assert keys >= named.keys()
        assert keys >= set(named.values())


@pytest.mark.parametrize("seed", range(3))
def test_a_tolerance_and_the_reasons_know_nothing_of_hubs(seed: int) -> None:
    items, links = joined(seed, ("U",))
    read: list[Item | Gap] = [*items, Gap("U", "no duration", place=99)]
    strict = weigh_backlog(read, links, today=TODAY, mode=Mode.MONEY, currency="EUR")
    near = strict.near_today(0.02)
    for ranking in (strict, near):
        assert keeps(ranking.order.keys, spelt_out(links, ("U",)))
        assert len(list(ranking.rows())) == len(items)
        assert sum(row.delay_cost for row in ranking.rows()) == pytest.approx(
            ranking.totals.order
        )
    assert near.totals.order <= strict.totals.order * 1.02 + 1e-6


def test_links_do_not_multiply() -> None:
    size = 1_000
    items = [Item(f"A-{n}", 1, 1, place=n) for n in range(2 * size)]
    items[0] = replace(items[0], profile="short")
    links = [Link(items[n].key, "U") for n in range(size)]
    links += [Link("U", items[n].key) for n in range(size, 2 * size)]
    jobs = jobs_between(items, links, [], {"U"})
    assert sum(map(len, jobs.graph.before)) == 2 * size
    assert (jobs.hubs, jobs.scored, jobs.size) == (1, 2 * size, 2 * size + 1)
    # Where they join few they are left out, so that rows move more freely.
    few = jobs_between(items, [links[0], links[-1]], [], {"U"})
    assert (few.hubs, few.size) == (0, 2 * size)
