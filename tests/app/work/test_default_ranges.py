"""Ranges that the mapping gives by default are in the order, and in what it says."""

from typing import Any

from app import clock
from app.books.database import Database
from app.books.mappings import Mappings
from app.books.rankings import Rankings
from connectors.sandbox.sample import sample_mapping
from scoring.ranking import summary_from_json
from scoring.summary import Summary
from scoring.uncertainty.confidence import confidence_in
from tests.app.work.errand import Errand, errand, small_seed

RANGES: dict[str, Any] = {
    "all": {"low": 0.5, "high": 4},
    "origin": "63 finished issues",
}


def summary(town: Errand) -> Summary:
    with town.books.reading() as session:
        found = Rankings().find(session, "harbour")
    assert found is not None
    return summary_from_json(found.summary)


def test_issues_without_a_range_get_the_default_one(books: Database) -> None:
    with errand(books, small_seed("HARB-2", "HARB-3", "HARB-6")) as town:
        town.set_up()
        before = summary(town)
        assert not any(row.item.duration_span for row in before.rows)
        mapping = sample_mapping() | {"default_ranges": RANGES}
        with books.writing() as session:
            Mappings().save(session, "harbour", mapping, by="a", now=clock.now())
        town.wake("mapping saved")
        assert town.run() == ["applied"]
        after = summary(town)
        assert len(before.rows) == 3
        likely = {row.item.key: row.item.duration for row in before.rows}
        for row in after.rows:
            span = row.item.duration_span
            assert span is not None
            assert span.high == 4 * likely[row.item.key]
            told = [one.formula for one in row.item.sources if one.role == "duration"]
            assert "by default, from 63 finished issues" in told[0]
        assert confidence_in(after, top=1).regret > 0
