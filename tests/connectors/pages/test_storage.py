"""Text reaches a page as text: whatever it says, the tree is the one that was built."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.pages import storage
from connectors.pages.storage import Content, Element, clean, line, serialise
from tests.connectors.pages.reading import read_back, tags, words

HOSTILE = '</p><ac:structured-macro ac:name="html">]]>&"'
# All of Unicode, lone surrogates too, which Jira's JSON can carry.
ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    [HOSTILE, "a\x00\x07\x0b\x1f\x7f\x85b", "\ud800", "\u202eevil\u202c", "]]>" * 3]
)


BUILDERS: list[Callable[[str], Element]] = [
    storage.p,
    storage.heading,
    storage.status,
    storage.code,
    lambda text: storage.p(storage.strong(text), storage.faint(text), text),
    lambda text: storage.bullets([text, (text, storage.status(text))]),
    lambda text: storage.table([text, text], [[text, [text, storage.p(text)]]]),
    lambda text: storage.notice(storage.p(text), title=f"x{text}"),
    lambda text: storage.expand(text, storage.p(text), text),
    lambda text: storage.image(text, alt=text),
]


@pytest.mark.parametrize("build", BUILDERS)
@given(text=ANY_TEXT)
@settings(deadline=None)
def test_the_tree_is_the_same_for_every_text(
    build: Callable[[str], Element], text: str
) -> None:
    expected = tags(read_back(serialise([build("plain")])))
    assert tags(read_back(serialise([build(text)]))) == expected


@given(ANY_TEXT)
@settings(deadline=None)
def test_a_text_is_read_back_as_it_was_cleaned(text: str) -> None:
    for built in (storage.p(text), storage.code(text)):
        whole = read_back(serialise([built]))
        assert words(whole) == clean(text).replace("\u00a0", " ")


@given(ANY_TEXT)
@settings(deadline=None)
def test_a_clean_text_holds_nothing_that_xml_or_eyes_trip_over(text: str) -> None:
    found = clean(text)
    for letter in found:
        assert letter in "\t\n" or unicodedata.category(letter) not in {"Cc", "Cs"}
        assert letter not in "\ufffe\uffff"
        assert unicodedata.bidirectional(letter) not in {
            *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        }
    assert unicodedata.is_normalized("NFC", found)
    assert clean(found) == found


@given(ANY_TEXT, st.integers(1, 40))
@settings(deadline=None)
def test_a_text_is_no_longer_than_allowed(text: str, longest: int) -> None:
    assert len(clean(text, longest=longest)) <= longest
    one = line(text, longest=longest)
    assert len(one) <= longest
    assert len(one.splitlines()) <= 1


def test_what_is_left_out_and_what_stays() -> None:
    assert clean("a\x00b\tc\nd\x07\x9fe") == "ab\tc\nde"
    assert clean("\ud800x") == "\ufffdx"
    assert clean("e\u0301") == "é"
    assert clean("abc\u202egnp.exe") == "abcgnp.exe"
    for sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        assert clean(f"a{sign}b") == "ab"
    assert clean("x" * 9, longest=4) == "xxx…"


def test_prefixes_are_bare() -> None:
    body = serialise([storage.p("It is ", storage.status("done", "Green"), ".")])
    assert body == (
        '<p>It is <ac:structured-macro ac:name="status" ac:schema-version="1">'
        '<ac:parameter ac:name="title">done</ac:parameter>'
        '<ac:parameter ac:name="colour">Green</ac:parameter>'
        "</ac:structured-macro>.</p>"
    )
    assert serialise([]) == ""


def test_cdata_is_split_where_it_would_end() -> None:
    body = serialise([storage.code("a]]>b")])
    assert "<![CDATA[a]]]]><![CDATA[>b]]>" in body


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=c&d=%20#e",
        "http://127.0.0.1:8401/browse/HARB-1",
    ],
)
def test_links_lead_over_tls_or_to_the_own_site(url: str) -> None:
    made = storage.link(url, "there", own="http://127.0.0.1:8401")
    assert not isinstance(made, str)
    assert read_back(serialise([storage.p(made)])).find("p/a").get("href") == url  # type: ignore[union-attr]  # a missing link fails the test too


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://example.com/",
        "http://127.0.0.1:8401.example.com/",
        "http://127.0.0.1:84010/",
        "https://exam ple.com",
        'https://example.com/"onclick="x',
        "https://example.com\\@evil.example",
        "https:",
        "//example.com",
        " https://example.com",
        "https://example.com/\n",
        "data:text/html,x",
    ],
)
def test_other_addresses_stay_text(url: str) -> None:
    assert storage.link(url, "there", own="http://127.0.0.1:8401") == "there"


@given(ANY_TEXT)
@settings(deadline=None)
def test_no_text_becomes_a_link_elsewhere(url: str) -> None:
    made: Content = storage.link(url, "there", own="https://harbour.example")
    assert made == "there" or url.startswith("https://")


def test_only_an_issue_key_becomes_an_issue() -> None:
    assert storage.jira_issue("HARB-1 OR key = X") == "HARB-1 OR key = X"
    assert not isinstance(storage.jira_issue("HARB-1"), str)


def test_no_other_macro_can_be_written() -> None:
    with pytest.raises(ValueError, match="html"):
        storage.notice(storage.p("x"), kind="html")  # type: ignore[arg-type]  # what types already refuse


def test_entities_are_not_resolved() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "boom">]><x>&a;</x>'
    assert "boom" not in "".join(str(t) for t in storage.read(bomb).itertext())
