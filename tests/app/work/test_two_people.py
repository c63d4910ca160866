"""J20: of two people's edits the later counts; what a person writes into our own
field is written over, and stated so (docs/mapping.md)."""

from itertools import permutations

import httpx
import pytest

from app.books.database import Database
from connectors.sandbox.sample import COST_OF_DELAY
from tests.app.work.errand import PERSON, SCORE, US, Errand, errand

KEY = "HARB-52"


def another(town: Errand) -> httpx.Client:
    """Sign in as somebody else who may edit."""
    other = next(
        one
        for one in town.site.state.accounts
        if one.email not in {PERSON, US} and one.may("EDIT_ISSUES", "HARB")
    )
    login = (other.email, other.token)
    return httpx.Client(base_url=town.url, auth=login, trust_env=False)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_j20_of_two_edits_within_a_second_the_later_counts_however_they_are_told(
    books: Database, order: tuple[int, ...]
) -> None:
    with errand(books) as town, another(town) as other:
        town.set_up()
        town.edit(KEY, 450_000)
        town.hear(*town.told())
        town.run()
        town.settle()
        expected = 2 * town.score(KEY)
        town.edit(KEY, 100_000)
        body = {"fields": {COST_OF_DELAY: 900_000}}
        other.put(f"/rest/api/3/issue/{KEY}", json=body).raise_for_status()
        told = town.told()
        town.hear(*(told[number] for number in order))
        assert town.run() == ["applied"]
        assert town.score(KEY) == pytest.approx(expected)
        assert town.written() == [KEY]  # once, not once a person
        town.hear(*town.told())
        assert town.run() == []  # and it ends there


def test_j20_an_edit_between_our_reading_and_our_writing_is_scored_next(
    books: Database,
) -> None:
    with errand(books) as town:
        town.set_up()
        town.edit(KEY, 450_000)
        first = town.told()
        town.edit(KEY, 900_000)
        town.hear(*first)
        town.run()  # Jira is read as it is now
        after = town.score(KEY)
        town.hear(*town.told())
        town.run()
        assert town.score(KEY) == pytest.approx(after)


def test_j20_a_score_that_a_person_writes_is_written_over(books: Database) -> None:
    with errand(books) as town:
        town.set_up()
        ours = town.score(KEY)
        town.put(KEY, {SCORE: ours + 1_000})
        town.hear(*town.told())
        assert town.run() == ["applied"]
        assert town.score(KEY) == pytest.approx(ours)
        assert town.written() == [KEY]
        town.hear(*town.told())
        assert town.run() == []
