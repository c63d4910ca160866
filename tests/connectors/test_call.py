"""A call has a name that can be counted, and a key cannot leave its segment."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.call import is_repeatable, segment, template_of
from connectors.errors import RefusedError


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/rest/api/3/issue/AB-1", "/rest/api/3/issue/{}"),
        ("/rest/api/3/issue/AB-1/editmeta?x=1", "/rest/api/3/issue/{}/editmeta"),
        ("/rest/api/2/search", "/rest/api/2/search"),
        ("/rest/api/latest/myself", "/rest/api/latest/myself"),
        (
            "/rest/agile/1.0/board/7/configuration",
            "/rest/agile/1.0/board/{}/configuration",
        ),
        ("/rest/webhooks/1.0/webhook/3", "/rest/webhooks/1.0/webhook/{}"),
        ("/api/v2/pages/98306/properties/5", "/api/v2/pages/{}/properties/{}"),
        ("/rest/api/content/98306/label", "/rest/api/content/{}/label"),
        ("/rest/api/3/field", "/rest/api/3/field"),
    ],
)
def test_ids_are_not_part_of_the_pattern(path: str, template: str) -> None:
    assert template_of(path) == template


@pytest.mark.parametrize(
    ("method", "path", "repeatable"),
    [
        ("GET", "/anything", True),
        ("POST", "/rest/api/3/search/jql", True),
        ("POST", "/rest/api/3/issue/bulkfetch", True),
        ("PUT", "/rest/api/3/issue/AB-1", False),
        ("POST", "/rest/api/3/issue", False),
        ("PUT", "/rest/agile/1.0/issue/rank", False),
        ("POST", "/api/v2/pages", False),
        ("PUT", "/api/v2/pages/7", False),
        ("POST", "/rest/webhooks/1.0/webhook", False),
        ("DELETE", "/rest/webhooks/1.0/webhook/3", False),
    ],
)
def test_only_what_says_the_same_twice_is_repeatable(
    method: str, path: str, *, repeatable: bool
) -> None:
    assert is_repeatable(method, path) == repeatable


@example("\ud800")
@given(st.text(min_size=1, max_size=20).filter(lambda text: text not in (".", "..")))
def test_a_segment_stays_one(text: str) -> None:
    made = segment(text)
    assert made.isascii()
    assert not set(made) & set("/?#\\ %&;@:") - {"%"}


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_what_can_be_no_segment_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        segment(text)
