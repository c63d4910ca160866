"""The view shows the site as it is, edits it as a person would, and trusts nobody."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html
from starlette.testclient import TestClient

from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.confluence.store import By

HERE = "http://127.0.0.1:8401"
FIELDS = [
    {"id": "customfield_10101", "name": "Cost of delay per week", "type": "number"},
    {
        "id": "customfield_10103",
        "name": "Size",
        "type": "select",
        "options": [{"id": "1", "value": "S"}, {"id": "2", "value": "M & L"}],
    },
    {
        "id": "customfield_10111",
        "name": "Area",
        "type": "cascading",
        "options": [
            {"id": "5", "value": "Quay", "children": [{"id": "6", "value": "North"}]}
        ],
    },
    {"id": "customfield_10112", "name": "Never used", "type": "text"},
    {"id": "customfield_10201", "name": "CD3 score", "type": "number"},
]


def parsed(text: str) -> Any:
    """Parse a page; what XPath gives has no narrower type."""
    return html.fromstring(text)


def issue(number: int, **more: Any) -> dict[str, Any]:
    return {
        "key": f"AB-{number}",
        "type": "Story",
        "status": "To Do",
        "summary": f"Thing {number}",
        "reporter": "ada",
        "fields": {},
        **more,
    }


def seed() -> dict[str, Any]:
    return {
        "accounts": [
            {"accountId": "app", "email": "app@x.test", "type": "app"},
            {"accountId": "ada", "email": "ada@x.test", "displayName": "Ada"},
            {"accountId": "eve", "email": "eve@x.test", "permissions": []},
        ],
        "projects": [{"id": "10000", "key": "AB", "name": "Alphabet"}],
        "issuetypes": [{"id": "1", "name": "Story"}],
        "statuses": [
            {"id": "1", "name": "To Do", "category": "new"},
            {"id": "2", "name": "Done", "category": "done"},
        ],
        "fields": FIELDS,
        "linktypes": [
            {"id": "1", "name": "Blocks", "inward": "waits for", "outward": "blocks"}
        ],
        "boards": [
            {"id": 1, "name": "B", "type": "kanban", "project": "AB", "jql": ""}
        ],
        "issues": [
            issue(
                1,
                fields={
                    "customfield_10101": 12000,
                    "customfield_10111": {"value": "Quay", "child": "North"},
                },
            ),
            issue(2, summary="<script>alert(1)</script>", duedate="2027-01-15"),
            issue(3, status="Done"),
            issue(4, fields={"customfield_10103": "S"}),
        ],
        "links": [{"type": "Blocks", "from": "AB-4", "to": "AB-1"}],
        "spaces": [{"id": "98306", "key": "AB", "name": "Alphabet"}],
    }


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    one = create_sandbox(seed(), url=HERE)
    yield one
    one.close()


@pytest.fixture
def view(sandbox: Sandbox) -> Iterator[TestClient]:
    with TestClient(sandbox.app, base_url=HERE, follow_redirects=False) as client:
        yield client


def keys(view: TestClient, query: str = "") -> list[str]:
    rows = parsed(view.get(f"/?{query}").text).xpath("//tr[@data-key]")
    return [row.get("data-key") for row in rows]


def shown(view: TestClient, key: str, field: str) -> str:
    page = parsed(view.get("/").text)
    (cell,) = page.xpath(f"//tr[@data-key='{key}']/*[@data-cell='{field}']")
    return str(cell.get("data-shown"))


def set_field(view: TestClient, key: str, field: str, value: str, **more: Any) -> Any:
    told = {"value": value, "as": "ada"}
    return view.post(f"/ui/issues/{key}/fields/{field}", json=told, **more)


def test_the_backlog_stands_in_rank_order_without_what_is_done(
    view: TestClient,
) -> None:
    assert keys(view) == ["AB-1", "AB-2", "AB-4"]
    assert keys(view, "done=1") == ["AB-1", "AB-2", "AB-3", "AB-4"]


def test_scores_come_first_and_unused_fields_not_at_all(view: TestClient) -> None:
    page = parsed(view.get("/").text)
    names = [head.text.strip() for head in page.xpath("//thead//th")]
    assert names[3:] == [
        "Status",
        "Due date",
        "CD3 score",
        "Cost of delay per week",
        "Size",
        "Area",
        "Links",
    ]


def test_values_are_shown_as_people_write_them(view: TestClient) -> None:
    assert shown(view, "AB-1", "customfield_10101") == "12\u202f000"
    assert shown(view, "AB-1", "customfield_10111") == "Quay / North"
    assert shown(view, "AB-2", "duedate") == "2027-01-15"
    page = parsed(view.get("/").text)
    links = page.xpath("//tr[@data-key='AB-1']//td[@data-cell='links']/span")
    assert [link.text_content() for link in links] == ["waits for AB-4"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("alert", ["AB-2"]),
        ("thing north", ["AB-1"]),
        ("2027", ["AB-2"]),
        ("AB-4", ["AB-1", "AB-4"]),  # also by its link
        ("nowhere", []),
    ],
)
def test_words_in_any_column_filter(
    view: TestClient, words: str, found: list[str]
) -> None:
    assert keys(view, f"q={words}") == found


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        ("customfield_10101", "12 500.5", 12500.5),
        ("customfield_10101", "", None),
        ("customfield_10103", "2", {"value": "M & L"}),
        ("customfield_10111", "5/6", {"value": "Quay", "child": {"value": "North"}}),
        ("duedate", "2027-02-01", "2027-02-01"),
        ("labels", "b a", ["a", "b"]),
        ("summary", "New words", "New words"),
        ("assignee", "ada", {"accountId": "ada"}),
    ],
)
def test_what_is_typed_is_what_rest_reads(
    sandbox: Sandbox, view: TestClient, field: str, typed: str, read: object
) -> None:
    assert set_field(view, "AB-4", field, typed).status_code == 200
    ada = sandbox.state.accounts.find("ada")
    assert ada is not None
    answer = view.get("/rest/api/3/issue/AB-4", auth=(ada.email, ada.token))
    assert_within(read, answer.json()["fields"][field])


def assert_within(wanted: object, given: Any) -> None:
    """Hold that an answer has at least what is wanted."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            assert_within(value, given[name])
    else:
        assert given == wanted


def test_an_edit_by_a_person_changes_the_row_and_the_revision(
    view: TestClient,
) -> None:
    revision = view.get("/sandbox/changes").json()["revision"]
    quiet = view.get(f"/sandbox/changes?since={revision}").json()
    assert quiet == {"revision": revision}
    set_field(view, "AB-4", "customfield_10101", "7")
    heard = view.get(f"/sandbox/changes?since={revision}").json()
    assert heard["revision"] > revision
    rows = parsed("<table>" + heard["rows"] + "</table>")
    (cell,) = rows.xpath(".//tr[@data-key='AB-4']/td[@data-cell='customfield_10101']")
    assert cell.get("data-shown") == "7"


def test_a_status_is_changed_by_its_transition(view: TestClient) -> None:
    assert set_field(view, "AB-1", "status", "2").status_code == 200
    assert keys(view) == ["AB-2", "AB-4"]
    assert set_field(view, "AB-2", "status", "9").status_code == 400


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("customfield_10101", "much"),
        ("customfield_10101", "nan"),
        ("customfield_10101", "1e400"),
        ("customfield_10103", "99"),
        ("duedate", "tomorrow"),
        ("summary", " "),
        ("created", "2027-01-01"),
        ("nothing", "1"),
    ],
)
def test_senseless_values_are_refused_in_words(
    view: TestClient, field: str, typed: str
) -> None:
    answer = set_field(view, "AB-1", field, typed)
    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 10


def test_moves_rank_the_issue(view: TestClient) -> None:
    up = {"place": "before", "anchor": "AB-1", "as": "ada"}
    assert view.post("/ui/issues/AB-4/rank", json=up).status_code == 200
    assert keys(view) == ["AB-4", "AB-1", "AB-2"]
    for wrong in ({}, up | {"place": "on"}, up | {"anchor": "AB-4"}):
        assert view.post("/ui/issues/AB-4/rank", json=wrong).status_code == 400


def test_an_edit_sends_a_webhook_in_the_persons_name(
    sandbox: Sandbox, view: TestClient
) -> None:
    ada = sandbox.state.accounts.find("ada")
    assert ada is not None
    hook = {
        "name": "n",
        "url": "http://127.0.0.1:9/hook",  # nobody listens there
        "events": ["jira:issue_updated"],
    }
    view.post("/rest/webhooks/1.0/webhook", json=hook, auth=(ada.email, ada.token))
    set_field(view, "AB-1", "customfield_10101", "1")
    (delivery,) = view.get("/sandbox/webhooks").json()["deliveries"]
    assert (delivery["event"], delivery["key"]) == ("jira:issue_updated", "AB-1")
    assert sandbox.state.changes[-1].account == "ada"
    page = parsed(view.get("/ui/webhooks").text)
    assert "jira:issue_updated" in page.text_content()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.test:8401", "Origin": "http://evil.test:8401"},
    ],
)
def test_another_sites_page_may_not_write(
    view: TestClient, headers: dict[str, str]
) -> None:
    answer = set_field(view, "AB-1", "customfield_10101", "1", headers=headers)
    assert answer.status_code == 403
    assert shown(view, "AB-1", "customfield_10101") == "12\u202f000"


def test_our_own_page_may_write(view: TestClient) -> None:
    headers = {"Origin": HERE, "Sec-Fetch-Site": "same-origin"}
    answer = set_field(view, "AB-1", "customfield_10101", "1", headers=headers)
    assert answer.status_code == 200


def test_hostile_text_stays_text(sandbox: Sandbox, view: TestClient) -> None:
    hostile = '</h1><script>alert(1)</script>"onload="'
    by = By("ada", "2026-11-23T08:00:00.000Z")
    page = sandbox.state.wiki.create("98306", hostile, "<p>x</p>", parent=None, by=by)
    for path in ("/", "/?q=%22%3E%3Cscript%3E", "/ui/pages", f"/ui/pages/{page.id}"):
        answer = view.get(path)
        assert answer.status_code == 200
        scripts = parsed(answer.text).xpath("//script")
        assert [one.get("src") for one in scripts] in ([], ["/ui/static/backlog.js"])
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    (title,) = parsed(view.get(f"/ui/pages/{page.id}").text).xpath("//h1")
    assert title.text_content() == hostile


def test_pages_are_listed_and_read_with_their_pictures(
    sandbox: Sandbox, view: TestClient
) -> None:
    wiki = sandbox.state.wiki
    by = By("ada", "2026-11-23T08:00:00.000Z")
    body = '<p><ac:image><ri:attachment ri:filename="a.png"/></ac:image></p>'
    page = wiki.create("98306", "Plan", body, parent=None, by=by)
    png = wiki.attach(page, ("a.png", "image/png", b"\x89PNG"), "", by)
    svg = wiki.attach(page, ("a.svg", "image/svg+xml", b"<svg/>"), "", by)
    read = parsed(view.get(f"/ui/pages/{page.id}").text)
    (picture,) = read.xpath("//article//img")
    answer = view.get(picture.get("src"))
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG", "image/png")
    saved = view.get(f"/ui/pages/{page.id}/files/{svg.id}")
    assert saved.headers["content-disposition"] == "attachment"
    assert png.id in picture.get("src")
    assert "Plan" in view.get("/ui/pages").text
    assert read.xpath("//main/@class") == []
    wiki.add_property(page, "content-appearance-published", "full-width", by)
    read = parsed(view.get(f"/ui/pages/{page.id}").text)
    assert read.xpath("//main/@class") == ["full"]


def test_addresses_of_the_site_lead_into_the_view(
    sandbox: Sandbox, view: TestClient
) -> None:
    by = By("ada", "2026-11-23T08:00:00.000Z")
    page = sandbox.state.wiki.create("98306", "A/B", "", parent=None, by=by)
    for address in (f"/wiki/spaces/AB/pages/{page.id}/A%2FB", f"/wiki/x/{page.id}"):
        sent_on = view.get(address)
        assert sent_on.headers["location"] == f"/ui/pages/{page.id}"
    place = view.get("/browse/AB-3").headers["location"]
    assert keys(view, place.partition("?")[2]) == ["AB-3"]
    assert view.get("/browse/AB-99").status_code == 404
    assert view.get("/ui/pages/1").status_code == 404


def test_requests_over_rest_are_listed_and_the_views_own_are_not(
    view: TestClient,
) -> None:
    view.get("/rest/api/3/serverInfo")
    view.get("/")
    page = parsed(view.get("/ui/requests").text)
    paths = [cell.text_content() for cell in page.xpath("//td[@class='address']")]
    assert paths == ["/rest/api/3/serverInfo"]


def test_nothing_comes_from_outside(view: TestClient) -> None:
    for path in ("/", "/ui/pages", "/ui/webhooks", "/ui/requests"):
        text = view.get(path).text
        for address in re.findall(r'(?:src|href)="([^"]*)"', text):
            assert address.startswith(("/", "#"))
    for name in ("style.css", "backlog.js", "icon.svg"):
        assert view.get(f"/ui/static/{name}").status_code == 200
        assert "//" not in re.sub(
            r'xmlns="[^"]*"|// .*', "", view.get(f"/ui/static/{name}").text
        )
    assert view.get("/ui/static/..%2Froutes.py").status_code == 404
