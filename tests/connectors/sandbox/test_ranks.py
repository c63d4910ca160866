"""Ranks are texts whose order is the order of the issues, whatever is ranked where."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from connectors.sandbox.ranking import rank_issues
from connectors.sandbox.ranks import (
    DIGITS,
    LONGEST,
    Ranks,
    between,
    next_rank,
    read_rank,
    spread,
    write_rank,
)
from tests.connectors.sandbox.small_site import small_site

KEYS = [f"i{number}" for number in range(6)]
FRACTIONS = st.text(DIGITS, min_size=1, max_size=12).map(lambda d: d.rstrip("0"))
CALLS = st.lists(
    st.tuples(
        st.permutations(KEYS).map(lambda keys: keys[:2]),
        st.sampled_from(["before", "after"]),
    ),
    max_size=60,
)


def made(keys: list[str]) -> Ranks:
    ranks = Ranks()
    ranks.extend(keys)
    return ranks


def by_text(ranks: Ranks) -> list[str]:
    return sorted(ranks.ranks, key=lambda key: ranks.ranks[key])


def test_first_ranks_look_as_jiras_do() -> None:
    assert [write_rank(digits) for digits in spread(4)] == [
        "0|i00007:",
        "0|i0000f:",
        "0|i0000n:",
        "0|i0000v:",
    ]


@given(FRACTIONS, FRACTIONS)
def test_there_is_room_between_any_two(one: str, other: str) -> None:
    low, high = sorted((one, other))
    if low == high:
        return
    middle = between(low, high)
    assert low < middle < high
    assert not middle.endswith("0")
    assert write_rank(low) < write_rank(middle) < write_rank(high)


@given(FRACTIONS.filter(bool))
def test_there_is_room_behind_any(low: str) -> None:
    assert write_rank(low) < write_rank(next_rank(low))
    assert read_rank(write_rank(low)) == low


@given(CALLS)
def test_random_ranking_equals_a_plain_list(
    calls: list[tuple[list[str], str]],
) -> None:
    ranks, model = made(KEYS), list(KEYS)
    for (moved, anchor), place in calls:
        was = list(model)
        model.remove(moved)
        model.insert(model.index(anchor) + (place == "after"), moved)
        said = ranks.put(moved, anchor, "after" if place == "after" else "before")
        assert ranks.order == by_text(ranks) == model
        up = model.index(moved) < was.index(moved)
        assert said == (None if model == was else "higher" if up else "lower")


def test_ranking_into_one_gap_for_ever_spreads_all_anew() -> None:
    ranks = made(KEYS)
    for number in range(1000):
        ranks.put(KEYS[1 + number % 2], KEYS[0], "after")
        assert max(map(len, ranks.ranks.values())) <= LONGEST
    assert ranks.order == by_text(ranks)
    assert {rank[:2] for rank in ranks.ranks.values()} == {"1|"}


def test_new_issues_stand_last_even_where_the_last_digits_are_used_up() -> None:
    ranks = Ranks()
    ranks.load([("a", "0|zzzzzx:"), ("b", "0|zzzzzz:zzz")])
    for number in range(50):
        ranks.append(f"new{number}")
    assert by_text(ranks) == ranks.order == ["a", "b", *(f"new{n}" for n in range(50))]


def test_two_who_rank_at_once_leave_one_order() -> None:
    with small_site() as (sandbox, _):
        site = sandbox.state
        keys = [issue.key for issue in site.in_rank_order()]
        bot = site.accounts.by_id["bot"]

        def shuffle(step: int) -> None:
            for number in range(200):
                moved, anchor = keys[number * step % 7], keys[(number + step) % 7]
                if moved != anchor:
                    rank_issues(site, bot, [moved], anchor, "before")

        threads = [threading.Thread(target=shuffle, args=(n,)) for n in (2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(150)
        ranks = [site.ranks.of(issue.id) for issue in site.in_rank_order()]
        assert ranks == sorted(set(ranks))
        assert {issue.key for issue in site.in_rank_order()} == set(keys)
