"""Between our fences stands what we write; around them people's text, to the byte."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.fence import BrokenFenceError, anchor, cut, fenced, renewed, words_of
from connectors.sandbox.confluence.storage import normalise

MARK = "cd3-b1-ranking"
BEGIN, END = (f"<p>{anchor(f'{MARK}-{side}')}</p>" for side in ("begin", "end"))
CODE = (
    '<ac:structured-macro ac:name="code"><ac:plain-text-body>'
    "<![CDATA[a &nbsp; <b>]]></ac:plain-text-body></ac:structured-macro>"
)
PIECES = st.lists(
    st.sampled_from(
        [
            "<p>Ada &amp; Bob&nbsp;say</p>",
            "<table><tr><td>1</td></tr></table>",
            CODE,
            f"<p>{anchor('cd3-b2-ranking-begin')}</p>",
            '<ac:structured-macro ac:name="unheard" ac:macro-id="7"/>',
            "loose words ",
        ]
    ),
    max_size=4,
).map("".join)


@given(above=PIECES, inside=PIECES, below=PIECES)
def test_a_new_text_leaves_the_rest_as_confluence_keeps_it(
    above: str, inside: str, below: str
) -> None:
    kept = normalise(f"{above}{fenced(MARK, inside)}{below}", "77")
    region = cut(kept, MARK)
    after = renewed(region, MARK, "<p>new</p>")
    assert after.startswith(region.above)
    assert after.endswith(region.below)
    assert cut(after, MARK).inside == "<p>new</p>"
    # What stood around is all still there: word for word, and as it was kept.
    around = f"{region.above}{region.below}"
    assert words_of(around) == words_of(f"{above}{below}")


@given(inside=PIECES)
def test_confluence_changes_no_words(inside: str) -> None:
    kept = cut(normalise(fenced(MARK, inside), "77"), MARK).inside
    assert words_of(kept) == words_of(inside)


def test_a_word_more_or_less_is_seen_and_markup_is_not() -> None:
    assert words_of("<p>one two</p>") != words_of("<p>one too</p>")
    assert words_of("<p>one two</p>") == words_of("<h2>one <b>two</b></h2>")
    assert words_of(f"<p>one</p>{anchor('cd3-x')}") == words_of("<p>one</p>")


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "<p>nothing of ours</p>",
        BEGIN,
        END + BEGIN,
        BEGIN + BEGIN + END,
        f"{BEGIN}<p>x</p>{END}{BEGIN}<p>x</p>{END}",
        f"<table><tr><td>{BEGIN}<p>x</p></td></tr></table>{END}",
        BEGIN.replace("<p>", "<p>My note ") + END,
    ],
)
def test_torn_fences_are_told_not_guessed(stored: str) -> None:
    with pytest.raises(BrokenFenceError):
        cut(stored, MARK)


def test_a_fence_without_its_paragraph_is_known() -> None:
    bare = re.sub("</?p>", "", BEGIN) + "<p>x</p>" + re.sub("</?p>", "", END)
    assert cut(f"<p>Mine</p>{bare}", MARK).inside == "<p>x</p>"
