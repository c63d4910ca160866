"""A stored page is shown as HTML that reads well, loses nothing and runs nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from connectors.sandbox.confluence.macros import Surroundings
from connectors.sandbox.confluence.storage import normalise
from connectors.sandbox.confluence.view import render

AROUND = Surroundings(
    files={"cd3.png": "/ui/files/1"},
    pages={"Other": "/ui/pages/2"},
    issues={"AB-1": "Berth <booking>"},
)


def shown(body: str) -> html.HtmlElement:
    return html.fragment_fromstring(render(body, AROUND), create_parent="div")


def macro(name: str, *parts: str, **parameters: str) -> str:
    told = "".join(
        f'<ac:parameter ac:name="{key}">{value}</ac:parameter>'
        for key, value in parameters.items()
    )
    inside = "".join(parts)
    return f'<ac:structured-macro ac:name="{name}">{told}{inside}</ac:structured-macro>'


def rich(body: str) -> str:
    return f"<ac:rich-text-body>{body}</ac:rich-text-body>"


def test_text_and_tables_stay() -> None:
    page = shown("<h2>A &amp; B</h2><table><tr><td colspan='2'>1</td></tr></table>tail")
    assert page.findtext("h2") == "A & B"
    assert page.xpath("string(.//td[@colspan='2'])") == "1"
    assert page.text_content().endswith("tail")


def test_a_status_is_a_coloured_lozenge() -> None:
    page = shown(macro("status", title="HIGH", colour="Red"))
    (lozenge,) = page.xpath(".//span")
    assert (lozenge.text, lozenge.get("class")) == ("HIGH", "lozenge lozenge-red")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("info", "info"), ("tip", "tip"), ("note", "note"), ("warning", "warning")],
)
def test_panels_have_a_title_and_a_body(name: str, kind: str) -> None:
    page = shown(macro(name, rich("<p>Body</p>"), title="Title"))
    (panel,) = page.xpath(f".//div[contains(@class, 'panel-{kind}')]")
    assert panel.text_content() == "TitleBody"


def test_a_flat_table_of_contents_stands_on_one_line() -> None:
    for page, flat in (
        (shown(macro("toc", type="flat") + "<h1>One</h1>"), True),
        (shown(macro("toc") + "<h1>One</h1>"), False),
    ):
        assert bool(page.xpath(".//ul[contains(@class, 'toc-flat')]")) is flat


def test_the_contents_lead_to_the_headings() -> None:
    page = shown(macro("toc", maxLevel="2") + "<h1>One</h1><h2>Two</h2><h3>No</h3>")
    links = page.xpath(".//nav//a")
    assert [link.text for link in links] == ["One", "Two"]
    for link in links:
        (heading,) = page.xpath(f".//*[@id='{link.get('href')[1:]}']")
        assert heading.text == link.text


def test_the_contents_name_headings_inside_panels_too() -> None:
    page = shown(macro("toc") + macro("info", rich("<h2>In</h2>")) + "<h2>Out</h2>")
    for link in page.xpath(".//nav//a"):
        assert page.xpath(f"string(.//*[@id='{link.get('href')[1:]}'])") == link.text


def test_expand_code_jira_tasks_and_images() -> None:
    page = shown(
        macro("expand", rich("<p>hidden</p>"), title="More")
        + macro("code", "<ac:plain-text-body><![CDATA[a < b]]></ac:plain-text-body>")
        + macro("jira", key="AB-1")
        + macro("jira", jqlQuery="project = AB")
        + "<ac:task-list><ac:task><ac:task-status>complete</ac:task-status>"
        "<ac:task-body>Ask</ac:task-body></ac:task></ac:task-list>"
        '<ac:image ac:width="700"><ri:attachment ri:filename="cd3.png"/></ac:image>'
        '<ac:image><ri:attachment ri:filename="lost.png"/></ac:image>'
        '<ac:link><ri:page ri:content-title="Other"/>'
        "<ac:plain-text-link-body><![CDATA[there]]></ac:plain-text-link-body></ac:link>"
    )
    assert page.xpath("string(.//details/summary)") == "More"
    assert page.xpath("string(.//pre/code)") == "a < b"
    assert page.xpath("string(.//a[@href='/browse/AB-1'])") == "AB-1 Berth <booking>"
    assert "issues where project = AB" in page.text_content()
    assert page.xpath(".//li/input[@checked]")
    assert page.xpath(".//img[@src='/ui/files/1'][@width='700']")
    assert "[image: lost.png]" in page.text_content()
    assert page.xpath("string(.//a[@href='/ui/pages/2'])") == "there"


def test_what_is_not_known_leaves_a_placeholder_and_its_text() -> None:
    page = shown(macro("balsamiq", rich("<p>kept</p>")) + "<video>v</video>")
    assert "[macro: balsamiq]" in page.text_content()
    assert "kept" in page.text_content()
    assert "[element: video]" in page.text_content()


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java&#10;script:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<a href="//evil.test/">x</a>',
        '<p style="background:url(//evil.test)">x</p>',
        '<iframe src="https://evil.test/"/>',
        "<p><![CDATA[<script>alert(1)</script>]]></p>",
        macro("status", title="&lt;img src=x onerror=alert(1)&gt;"),
        macro("jira", key="&quot;&gt;&lt;script&gt;"),
        macro("panel", rich("x"), bgColor="red;background:url(//evil.test)"),
        "<svg><a href='javascript:1'/></svg>",
        "<ac:image><ri:url ri:value='https://evil.test/x.png'/></ac:image>",
    ],
)
def test_nothing_hostile_survives(body: str) -> None:
    page = shown(body)
    for element in page.iter():
        assert element.tag not in ("script", "iframe", "svg", "object", "style")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "evil.test" not in value
            assert not value.lower().lstrip().startswith(("javascript", "data", "java"))


LETTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"
)


@settings(max_examples=60, deadline=None)
@given(st.text(LETTERS, max_size=60))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert shown(normalise(f"<p>{escaped}</p>", "1")).text_content() == text
