"""The public Titanium backlog becomes a site: real work and links, money made up."""

import csv
import gzip
import io
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.answers import SeedError
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.query import find_issues
from connectors.sandbox.titanium import COST_OF_DELAY, DURATION, titanium


def entry(key: str, created: str, resolved: str | None, **more: Any) -> dict[str, Any]:
    return {
        "key": key,
        "id": str(140_000 + int(key.partition("-")[2])),
        "project": key.partition("-")[0],
        "type": "Bug",
        "priority": "High",
        "status": "Closed" if resolved else "Open",
        "status_category": "done" if resolved else "new",
        "resolution": "Fixed" if resolved else None,
        "created": f"{created}T08:00:00.000+0000",
        "updated": f"{resolved or created}T09:00:00.000+0000",
        "resolved": f"{resolved}T09:00:00.000+0000" if resolved else None,
        "summary": f"Work\n on {key}",
        "labels": ["a b"],
        "assignee": None,
        "reporter": "u1",
        **more,
    }


ENTRIES = [
    entry("TIMOB-3", "2016-05-30", "2016-07-01"),
    entry("TIMOB-1", "2015-01-01", None, priority=None, assignee="u2"),
    entry("TIMOB-2", "2015-01-01", "2016-06-01"),
    entry("AC-9", "2016-06-01", None, priority="None"),
    entry("AC-10", "2016-06-02", None),
]
LINKS = [
    ("Blocks", "blocks", "TIMOB-1", "TIMOB-3"),
    ("Depends", "depends on", "AC-9", "TIMOB-1"),
    ("Blocks", "blocks", "TIMOB-1", "TIMOB-2"),
    ("Gantt", "is triggering", "TIMOB-3", "AC-9"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lines = "\n".join(json.dumps(one) for one in ENTRIES)
    (tmp_path / "issues.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["type", "outward_phrase", "from_key", "to_key"])
    writer.writerows(LINKS)
    (tmp_path / "links.csv.gz").write_bytes(gzip.compress(table.getvalue().encode()))
    return tmp_path


def test_what_was_open_on_the_day_stands_in_the_order_of_its_making(
    folder: Path,
) -> None:
    # Resolved on the day itself is no longer open, made on the day is.
    seed = titanium(folder, day=date(2016, 6, 1))
    assert [i["key"] for i in seed["issues"]] == ["TIMOB-1", "TIMOB-3", "AC-9"]
    links = {(one["type"], one["from"], one["to"]) for one in seed["links"]}
    assert links == {
        ("Blocks", "TIMOB-1", "TIMOB-3"),
        ("Depends", "AC-9", "TIMOB-1"),
        ("Gantt", "TIMOB-3", "AC-9"),
    }


def test_it_is_a_site_on_which_nothing_is_done(folder: Path) -> None:
    sandbox = create_sandbox(titanium(folder, day=date(2016, 6, 1)))
    try:
        site = sandbox.state
        assert find_issues(site, "statusCategory = Done") == []
        [issue] = find_issues(site, "key = TIMOB-3")
        assert issue.values["summary"] == "Work on TIMOB-3"
        assert issue.values["labels"] == ["a_b"]
        [names] = [t for t in site.link_types if t.name == "Blocks"]
        assert (names.outward, names.inward) == ("blocks", "is blocked by")
    finally:
        sandbox.close()


def test_made_up_numbers_say_so_and_can_be_made_again(folder: Path) -> None:
    seed = titanium(folder, seed=11)
    names = {field["id"]: field["name"] for field in seed["fields"]}
    assert names[COST_OF_DELAY] == "Cost of delay (made from seed 11)"
    assert "made from seed 11" in names[DURATION]
    again, other = titanium(folder, seed=11), titanium(folder, seed=12)
    assert again == seed
    assert [i["fields"] for i in other["issues"]] != [
        i["fields"] for i in seed["issues"]
    ]
    for issue in seed["issues"]:
        assert issue["fields"][COST_OF_DELAY] >= 0
        assert issue["fields"][DURATION] > 0


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=r"issues\.jsonl\.gz"):
        titanium(tmp_path)


DATA = os.environ.get("CD3_DATA", "")


@pytest.mark.skipif(not DATA, reason="CD3_DATA does not name the folder of public data")
@pytest.mark.parametrize(
    ("day", "count"), [(date(2014, 6, 1), 3823), (date(2016, 6, 1), 4677)]
)
def test_the_real_one_has_as_many_issues_as_were_counted(day: date, count: int) -> None:
    seed = titanium(Path(DATA) / "titanium", day=day)
    assert len(seed["issues"]) == count
    sandbox = create_sandbox(seed)
    assert len(sandbox.state.ranks.order) == count
    sandbox.close()
