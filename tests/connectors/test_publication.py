"""Which page is ours, and what must be written, follows from what stands there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fence import fenced, words_of
from connectors.pages.page import Attachment, make_page
from connectors.publication import (
    FoundPage,
    Record,
    TargetError,
    anchor_of,
    digest_standing,
    files_to_send,
    find_anchor,
    is_edited,
    is_ours,
    is_overwritten,
    mark_of,
    message_of,
    next_text,
    read_record,
    record_as_it_stands,
    record_of,
    title_for,
    write_record,
)

CHART = Attachment("a.png", "image/png", b"1")
PAGE = make_page(
    kind="ranking", backlog="b1", title="T", body="<p>x</p>", attachments=(CHART,)
)
MARK = mark_of("b1", "ranking")
RECORD = Record(
    "b1",
    "ranking",
    PAGE.digest,
    3,
    "T",
    "77",
    {"a.png": CHART.digest},
    words_of(PAGE.body),
)
FOUND = FoundPage("77", "T", 3, record=RECORD)


def test_a_page_is_ours_by_its_property() -> None:
    assert is_ours(FOUND, "b1", "ranking")
    assert not is_ours(FOUND, "b2", "ranking")
    assert not is_ours(FOUND, "b1", "pestel")
    assert not is_ours(replace(FOUND, record=None), "b1", "ranking")


def test_a_copied_property_makes_no_page_ours() -> None:
    copy = replace(FOUND, id="78")
    assert not is_ours(copy, "b1", "ranking")
    assert is_ours(replace(copy, record=replace(RECORD, page="")), "b1", "ranking")


def test_an_unfinished_page_is_ours_by_its_anchor_or_its_message() -> None:
    bare = replace(FOUND, record=None)
    assert is_ours(replace(bare, anchor=""), "b1", "ranking")
    assert is_ours(replace(bare, message=message_of(PAGE)), "b1", "ranking")
    assert not is_ours(replace(bare, message=message_of(PAGE)), "b2", "ranking")
    assert not is_ours(replace(bare, message="Fixed a typo"), "b1", "ranking")


def test_a_higher_version_is_a_persons_unless_its_message_is_ours() -> None:
    assert not is_edited(FOUND, PAGE)
    higher = replace(FOUND, version=4)
    assert is_edited(higher, PAGE)
    assert is_edited(replace(higher, message="cd3 fixed"), PAGE)
    assert not is_edited(replace(higher, message=message_of(PAGE)), PAGE)


def test_the_text_that_stands_is_known_by_record_message_or_anchor() -> None:
    assert digest_standing(FOUND, PAGE) == PAGE.digest
    newer = replace(FOUND, version=4, message=f"{mark_of('b1', 'ranking')} {'f' * 64}")
    assert digest_standing(newer, PAGE) == "f" * 64
    bare = replace(FOUND, record=None)
    assert digest_standing(replace(bare, anchor="e" * 64), PAGE) == "e" * 64
    assert digest_standing(bare, PAGE) == ""


def test_only_new_bytes_are_sent() -> None:
    assert files_to_send(FOUND, PAGE) == []
    old = replace(FOUND, record=replace(RECORD, files={"a.png": "0"}))
    assert files_to_send(old, PAGE) == [CHART]
    assert files_to_send(replace(FOUND, record=None), PAGE) == [CHART]


def test_what_is_remembered_lets_a_renaming_and_an_edit_stay_known() -> None:
    theirs = replace(FOUND, title="Theirs", version=4)
    assert title_for(theirs, PAGE) == "Theirs"
    kept = record_as_it_stands(theirs, PAGE, fenced(MARK, "<p>y</p>"), over=True)
    assert (kept.title, kept.version, kept.words) == ("T", 3, RECORD.words)
    outside = f"<p>Theirs</p>{fenced(MARK, PAGE.body)}"
    heard = record_as_it_stands(theirs, PAGE, outside, over=False)
    assert (heard.version, heard.words) == (4, words_of(PAGE.body))
    over = record_of(theirs, PAGE, version=5, words="w")
    assert (over.title, over.version, over.words) == ("T", 5, "w")
    next_time = replace(theirs, version=5, record=over)
    assert title_for(next_time, PAGE) == "Theirs"
    assert not is_edited(next_time, PAGE)


@pytest.mark.parametrize(
    ("stored", "version", "lost"),
    [
        (f"<p>Mine.</p>{fenced(MARK, '<p>x</p>')}<p>Mine.</p>", 4, False),
        (fenced(MARK, '<p local-id="7">x</p>'), 4, False),
        (fenced(MARK, "<p>x, says Ada</p>"), 4, True),
        (fenced(MARK, ""), 4, True),
        ("<p>x</p>", 4, True),  # without fences nobody can tell
        (fenced(MARK, "<p>x, says Ada</p>"), 3, False),  # ours is the newest version
    ],
)
def test_only_words_within_the_fences_count_as_an_edit_of_ours(
    stored: str, version: int, *, lost: bool
) -> None:
    found = replace(FOUND, version=version)
    assert is_overwritten(found, PAGE, stored) is lost


def test_a_page_from_before_the_fences_gets_them_unless_a_person_edited_it() -> None:
    assert next_text(FOUND, PAGE, "<p>old</p>") == fenced(MARK, PAGE.body)
    with pytest.raises(TargetError, match="Restore version 3"):
        next_text(replace(FOUND, version=4), PAGE, "<p>old</p>")


@given(
    st.builds(
        Record,
        st.text(),
        st.text(),
        digest=st.text(),
        version=st.integers(0, 9999),
        title=st.text(),
        page=st.text(),
        files=st.dictionaries(st.text(), st.text(), max_size=3),
        words=st.text(),
    )
)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert read_record(write_record(record)) == record


@pytest.mark.parametrize("value", [None, 3, "cd3", [], {}, {"backlog": 1, "kind": "k"}])
def test_a_property_of_another_shape_is_no_record(value: object) -> None:
    assert read_record(value) is None


@pytest.mark.parametrize("digest", ["", "0" * 64])
@given(backlog=st.text(max_size=30), kind=st.sampled_from(["ranking", "pestel"]))
def test_an_anchor_is_found_again_and_only_its_own(
    digest: str, backlog: str, kind: str
) -> None:
    page = make_page(kind=kind, backlog=backlog, title="T", body="")
    body = f"<p>{kind}</p>{anchor_of(page, digest=digest)}<p/>"
    assert find_anchor(body, backlog, kind) == digest
    assert find_anchor(body, f"{backlog}x", kind) is None
    assert find_anchor("<p>cd3-b1-ranking-</p>", "b1", "ranking") is None


@given(st.text(max_size=64))
def test_a_mark_is_a_label_whatever_the_backlogs_id(backlog: str) -> None:
    mark = mark_of(backlog, "ranking")
    assert set(mark) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert mark.startswith("cd3-")
