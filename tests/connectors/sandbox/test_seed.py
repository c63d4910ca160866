"""A backlog file becomes a site, and each of its slips is named by its place."""

import gzip
import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.answers import SeedError
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.load import load_seed
from connectors.sandbox.sample import sample
from connectors.sandbox.seed import plant
from connectors.sandbox.state import Site
from tests.connectors.sandbox.small_site import AREA, COST, MEETING, NOTE, SEED, SIZE


def planted(seed: dict[str, Any]) -> Site:
    site = Site()
    plant(site, seed)
    return site


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"key": "SEA-1"}, "stands twice"),
        ({"key": "ICE-1"}, "no project has the key «ICE»"),
        ({"type": "Epos"}, "no «Epos» among Story, Big bug"),
        ({"status": "Later"}, "no «Later» among To Do, Doing, Done"),
        ({"assignee": "nobody"}, "no account has the id nobody"),
        ({"timetracking": {"originalEstimate": "soon"}}, "«soon» is no time"),
        ({"fields": {"customfield_1": 1}}, "no field has the id customfield_1"),
        ({"fields": {COST: "much"}}, "is a number field, not «much»"),
        ({"fields": {NOTE: 5}}, "is a text field, not «5»"),
        ({"fields": {SIZE: "XL"}}, "has no option «XL», only S, M"),
        (
            {"fields": {AREA: {"value": "Sea", "child": "Crane"}}},
            "no «Crane» below Sea",
        ),
    ],
)
def test_a_slip_is_named_by_its_place(change: dict[str, Any], says: str) -> None:
    seed = deepcopy(SEED)
    seed["issues"].append({"key": "SEA-77", "type": "Story"} | change)
    with pytest.raises(SeedError, match=r"issues\[7\]") as caught:
        planted(seed)
    assert says in str(caught.value)


def test_a_link_needs_both_its_ends() -> None:
    seed = deepcopy(SEED)
    seed["links"].append({"type": "Blocks", "from": "SEA-1", "to": "SEA-99"})
    with pytest.raises(SeedError, match=r"links\[1\]"):
        planted(seed)


def test_a_category_must_be_one_of_three() -> None:
    seed = deepcopy(SEED)
    seed["statuses"][0]["category"] = "todo"
    with pytest.raises(SeedError, match="new, indeterminate or done"):
        planted(seed)


def test_a_missing_part_or_unknown_type_is_named() -> None:
    seed = deepcopy(SEED)
    del seed["issues"][0]["key"]
    with pytest.raises(SeedError, match="'key'"):
        planted(seed)
    seed = deepcopy(SEED)
    seed["fields"][0]["type"] = "money"
    with pytest.raises(SeedError, match="'money'"):
        planted(seed)


def test_short_values_are_kept_as_over_rest() -> None:
    site = planted(SEED)
    [issue] = [one for one in site.issues.values() if one.key == "SEA-1"]
    assert issue.values[SIZE] == "202"
    assert issue.values[AREA] == ["401", "411"]
    assert issue.values["timetracking"] == {"original": 100_800, "remaining": 100_800}
    assert issue.values[MEETING] == "2026-11-02T09:30:00.000+0000"


def test_done_issues_have_a_resolution() -> None:
    site = planted(SEED)
    done = [i.key for i in site.issues.values() if i.values.get("resolution")]
    assert done == ["SEA-4"]


def test_projects_alone_make_a_site() -> None:
    seed = {
        "projects": [{"id": "1", "key": "A", "name": "A"}],
        "issues": [{"key": "A-1"}],
    }
    assert [i.key for i in planted(seed).in_rank_order()] == ["A-1"]


def test_the_documents_example_is_a_site() -> None:
    text = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text("utf-8")
    example = text.partition("```json\n")[2].partition("```")[0]
    site = planted(json.loads(example))
    assert [issue.key for issue in site.in_rank_order()] == ["HARB-1", "HARB-2"]


def test_the_sample_is_a_site() -> None:
    sandbox = create_sandbox(sample(today=date(2026, 11, 23)))
    try:
        assert len(sandbox.state.issues) >= 60
        assert sandbox.state.links
    finally:
        sandbox.close()


def test_files_are_read_plain_and_compressed(tmp_path: Path) -> None:
    text = json.dumps(SEED).encode()
    (tmp_path / "a.json").write_bytes(text)
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(text))
    assert load_seed(tmp_path / "a.json") == SEED
    assert load_seed(tmp_path / "a.json.gz") == SEED


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"issues": []}'])
def test_a_file_that_is_no_backlog_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("a.json", "a.json.gz"):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(SeedError, match=r"a\.json"):
            load_seed(file)
    with pytest.raises(SeedError, match="absent"):
        load_seed(tmp_path / "absent.json")
