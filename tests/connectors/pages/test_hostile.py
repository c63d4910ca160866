"""Every page is the same tree whatever its texts say, and the texts stand in it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pages.discovery import build_discovery
from connectors.pages.page import Page
from connectors.pages.pestel import build_pestel
from connectors.pages.ranking import build_ranking
from connectors.pages.storage import MACROS
from connectors.sandbox.confluence.storage import parse
from scoring.item import Mode
from tests.connectors.pages.reading import read_back, tags, words
from tests.connectors.pages.stock import TODAY, evidence, origin, summary
from tests.connectors.pages.test_storage import ANY_TEXT, HOSTILE

AC = "{http://atlassian.com/content}"


def ranking(text: str) -> Page:
    return build_ranking(summary(text), origin(text))


def discovery(text: str) -> Page:
    return build_discovery(summary(text), evidence(text), origin(text))


def pestel(text: str) -> Page:
    return build_pestel(summary(text), evidence(text), origin(text))


BUILDERS: list[Callable[[str], Page]] = [ranking, discovery, pestel]
ALL = pytest.mark.parametrize("build", BUILDERS)


@ALL
@given(text=ANY_TEXT)
@settings(max_examples=40, deadline=None)
def test_c9_no_text_changes_the_tree(build: Callable[[str], Page], text: str) -> None:
    expected = tags(read_back(build("xplain").body))
    assert tags(read_back(build(f"x{text}").body)) == expected


@ALL
@given(text=ANY_TEXT)
@settings(max_examples=40, deadline=None)
def test_c4_no_page_of_ours_is_one_that_confluence_cannot_parse(
    build: Callable[[str], Page], text: str
) -> None:
    parse(build(text).body)  # as strict as what answers 400 «Error parsing xhtml»


@ALL
def test_c9_hostile_text_reaches_the_page_as_text(build: Callable[[str], Page]) -> None:
    page = build(f"{HOSTILE}\x00\x07\u202e")
    assert HOSTILE in words(read_back(page.body))
    assert HOSTILE in page.title
    assert not re.search("[\x00-\x08\u202e]", page.body + page.title)


@ALL
def test_c9_only_allowed_macros_are_written(build: Callable[[str], Page]) -> None:
    root = read_back(build(HOSTILE).body)
    names = {each.get(f"{AC}name") for each in root.iter(f"{AC}structured-macro")}
    assert names <= MACROS
    assert "xmlns" not in build("plain").body


@ALL
@given(text=ANY_TEXT)
@settings(max_examples=20, deadline=None)
def test_titles_fit_confluence(build: Callable[[str], Page], text: str) -> None:
    title = build(text * 40).title
    assert len(title) <= 255
    assert title == title.strip()
    assert title.endswith((": ranking", ": discovery", ": PESTEL"))


@ALL
def test_links_lead_to_the_site_alone(build: Callable[[str], Page]) -> None:
    root = read_back(build("javascript:alert(1)").body)
    found = {str(each.get("href")) for each in root.iter("a")}
    assert found
    assert all(url.startswith("http://127.0.0.1:8401/browse/") for url in found)


@ALL
def test_the_digest_knows_no_time(build: Callable[[str], Page]) -> None:
    assert build("plain").digest == build("plain").digest
    assert build("plain").digest != build("another").digest


def pages(at: datetime, day: int = 0, mode: Mode = Mode.MONEY) -> list[Page]:
    told = summary(today=TODAY + timedelta(days=day), mode=mode)
    made = origin(at=at)
    return [
        build_ranking(told, made),
        build_discovery(told, evidence(), made),
        build_pestel(told, evidence(), made),
    ]


def test_a_later_computation_of_the_same_is_the_same_page() -> None:
    first = pages(datetime(2026, 11, 23, 7, 30, tzinfo=UTC))
    later = pages(datetime(2026, 11, 25, 19, 1, tzinfo=UTC), day=2)
    for one, other in zip(first, later, strict=True):
        assert one.digest == other.digest
        assert one.body != other.body
        assert "2026-11-25 19:01 UTC" in other.body


def test_relative_pages_name_no_money() -> None:
    for page in pages(datetime(2026, 11, 23, tzinfo=UTC), mode=Mode.RELATIVE):
        assert not re.search("€|£|\\$|EUR|currency|money at", page.body)
        assert "point" in page.body


@given(text=st.text(st.characters(exclude_categories=()), min_size=1))
@settings(max_examples=30, deadline=None)
def test_a_hostile_key_leads_nowhere_else(text: str) -> None:
    told = summary(given=[(text, 5.0, 1.0, 1)])
    root = read_back(build_ranking(told, origin()).body)
    for each in root.iter("a"):
        assert str(each.get("href")).startswith("http://127.0.0.1:8401/browse/")
