"""Payloads of every shape are understood, or ignored with a reason; none raises.

Each file in `payloads/` is of our own making, after the shapes that Jira Cloud and Data
Center send: what it is about, the event it says, and the body.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import pytest

from webhooks.events import Ignored, IssueChanged, LinkChanged, Unreadable, read_event

FOLDER = Path(__file__).parent / "payloads"
FILES = sorted(FOLDER.glob("*.json"))
NAMES = {
    IssueChanged: "issue changed",
    LinkChanged: "link changed",
    Ignored: "ignored",
    Unreadable: "unreadable",
}


def test_r19_the_corpus_is_large_and_has_all_kinds() -> None:
    assert len(FILES) >= 40
    kinds = [orjson.loads(file.read_bytes())["event"]["is"] for file in FILES]
    assert set(kinds) == set(NAMES.values())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_r19_each_shape_says_what_is_expected(file: Path) -> None:
    told: dict[str, Any] = orjson.loads(file.read_bytes())
    event = read_event(orjson.dumps(told["body"]))
    said = orjson.loads(orjson.dumps(asdict(event)))
    assert {"is": NAMES[type(event)], **said} == told["event"]
