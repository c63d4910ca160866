"""A page's digest changes with what it says and not with when it was made."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from connectors.pages.page import Attachment, Page, make_page

FILE = Attachment("a.png", "image/png", b"1")


def made(title: str = "T", body: str = "<p>b</p>", *files: Attachment) -> Page:
    return make_page(
        kind="ranking", backlog="b1", title=title, body=body, attachments=files
    )


def stamped(when: str, what: str) -> Page:
    body = f"<p>{what}, made {when}</p>"
    return make_page(kind="k", backlog="b", title="T", body=body, times=(when,))


@given(st.integers(), st.integers(), st.text(), st.text())
def test_the_time_of_making_does_not_count(
    now: int, later: int, what: str, other: str
) -> None:
    first = stamped(f"at {now} UTC", f"«{what}»")
    again = stamped(f"at {later} UTC", f"«{what}»")
    changed = stamped(f"at {later} UTC", f"«{other}»")
    assert first.digest == again.digest
    assert (first.digest == changed.digest) == (what == other)
    assert f"at {later} UTC" in again.body


def test_whatever_a_reader_sees_counts() -> None:
    pages = [
        made(),
        made("U"),
        made("T", "<p>c</p>"),
        made("T", "<p>b</p>", FILE),
        made("T", "<p>b</p>", replace(FILE, name="b.png")),
        made("T", "<p>b</p>", replace(FILE, data=b"2")),
        made("T", "<p>b</p>", replace(FILE, media_type="image/gif")),
        made("T", "<p>b</p>", FILE, FILE),
        made("T<p>b</p>", ""),
        made("", "T<p>b</p>"),
    ]
    assert len({page.digest for page in pages}) == len(pages)


def test_an_empty_time_takes_nothing_away() -> None:
    plain = made()
    same = make_page(
        kind="ranking", backlog="b1", title="T", body="<p>b</p>", times=("",)
    )
    assert same == plain
