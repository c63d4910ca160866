"""What Confluence keeps says the same as what was sent, and settles at once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.confluence.storage import normalise, parse

LETTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
)
TEXT = st.text(LETTERS, max_size=12)


def escape(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
    )


def macro(name: str, inside: str) -> str:
    return (
        f'<ac:structured-macro ac:name="{escape(name)}"><ac:rich-text-body>{inside}'
        "</ac:rich-text-body></ac:structured-macro>"
    )


def cdata(text: str) -> str:
    split = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<ac:plain-text-body><![CDATA[{split}]]></ac:plain-text-body>"


BODIES = st.recursive(
    TEXT.map(escape) | TEXT.map(cdata) | st.just("<hr/>") | st.just("a&nbsp;b&mdash;c"),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        inner.map(lambda one: f"<p>{one}</p>"),
        inner.map(lambda one: f"<table><tr><td>{one}</td></tr></table>"),
        st.tuples(TEXT, inner).map(lambda two: macro(*two)),
    ),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None)
@given(BODIES)
def test_the_words_stay_and_a_second_time_changes_nothing(body: str) -> None:
    kept = normalise(body, "1")
    assert words(kept) == words(body)
    assert normalise(kept, "1") == kept


def words(body: str) -> str:
    return "".join(map(str, parse(body).itertext()))


@settings(max_examples=50, deadline=None)
@given(BODIES)
def test_elements_stay_but_for_the_bodies_of_tables(body: str) -> None:
    def tags(text: str) -> list[str]:
        return [str(one.tag) for one in parse(text).iter() if one.tag != "tbody"]

    assert tags(normalise(body, "1")) == tags(body)


def test_an_empty_body_stays_empty() -> None:
    assert normalise("", "1") == ""


def test_attributes_come_back_in_another_order() -> None:
    sent = (
        '<ac:image ac:alt="a" ac:width="7"><ri:attachment ri:filename="f"/></ac:image>'
    )
    kept = normalise(sent, "1")
    assert kept.index("ac:width") < kept.index("ac:alt")


def test_entities_inside_cdata_are_text() -> None:
    assert words(cdata("&nbsp;&amp;")) == "&nbsp;&amp;"
    assert "&nbsp;&amp;" in normalise(cdata("&nbsp;&amp;"), "1")
