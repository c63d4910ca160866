"""In a real browser an edit shows at once, a move is seen, a page runs nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.confluence.store import By
from connectors.sandbox.edits import edit_issue
from connectors.sandbox.serving import in_thread

from .test_web import seed

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
COST = "customfield_10101"
PATIENCE = 120_000  # milliseconds: a browser on a busy machine takes its time

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason="Chromium is not installed at /usr/bin/chromium"
    ),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    one = create_sandbox(seed())
    with in_thread(one):
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as player:
        one = player.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, timeout=PATIENCE
        )
        yield one
        one.close()


@pytest.fixture
def page(sandbox: Sandbox, browser: Browser) -> Iterator[Page]:
    """Open the backlog; a script that fails or speaks up fails the test."""
    wrong: list[str] = []

    def speaks(dialog: Dialog) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    one = browser.new_page(viewport={"width": 1400, "height": 800})
    one.set_default_timeout(PATIENCE)
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.on("dialog", speaks)
    one.goto(sandbox.state.url)
    yield one
    one.close()
    assert wrong == []


def cell(key: str, field: str) -> str:
    return f"tr[data-key='{key}'] [data-cell='{field}']"


def kept(sandbox: Sandbox, key: str, field: str) -> object:
    issue = sandbox.state.find(key)
    assert issue is not None
    return sandbox.state.value(issue, field)


def test_a_number_is_edited_with_the_keyboard(sandbox: Sandbox, page: Page) -> None:
    place = cell("AB-1", COST)
    page.locator(f"{place} button").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("99000")
    page.keyboard.press("Enter")
    expect(page.locator(place)).to_have_text("99\u202f000")
    expect(page.locator("#said")).to_have_text("AB-1 saved.")
    assert kept(sandbox, "AB-1", COST) == 99000


def test_escape_leaves_the_value(sandbox: Sandbox, page: Page) -> None:
    place = cell("AB-2", COST)
    page.locator(f"{place} button").click()
    page.keyboard.type("1")
    page.keyboard.press("Escape")
    expect(page.locator(place)).to_have_text("–")
    assert kept(sandbox, "AB-2", COST) is None


def test_a_choice_is_saved_when_it_is_made(sandbox: Sandbox, page: Page) -> None:
    place = cell("AB-4", "customfield_10103")
    page.locator(f"{place} button").click()
    page.locator(f"{place} select").select_option(label="M & L")
    expect(page.locator(place)).to_have_text("M & L")
    assert kept(sandbox, "AB-4", "customfield_10103") == "2"


def test_a_refused_value_is_told_and_the_old_one_stays(page: Page) -> None:
    place = cell("AB-4", COST)
    page.locator(f"{place} button").click()
    page.keyboard.type("much")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("is not a number")
    expect(page.locator(place)).to_have_text("–")


def test_to_the_top_moves_one_row(sandbox: Sandbox, page: Page) -> None:
    page.locator("tr[data-key='AB-4'] [data-move=top]").click()
    expect(page.locator("tbody tr").first).to_have_attribute("data-key", "AB-4")
    expect(page.locator("tr.moved")).to_have_count(1)
    order = [one.key for one in sandbox.state.in_rank_order()]
    assert order == ["AB-4", "AB-1", "AB-2", "AB-3"]


def test_what_others_change_shows_by_itself(sandbox: Sandbox, page: Page) -> None:
    ada = sandbox.state.accounts.find("ada")
    assert ada is not None
    edit_issue(sandbox.state, ada, "AB-2", {"customfield_10201": 12.345})
    place = page.locator(cell("AB-2", "customfield_10201"))
    expect(place).to_have_text("12.35")
    expect(place).to_have_class("number fresh")


def test_a_hostile_page_is_text(sandbox: Sandbox, page: Page) -> None:
    title = "</title></h1><script>alert(1)</script><img src=x onerror=alert(2)>"
    body = (
        "<p>&lt;script&gt;alert(3)&lt;/script&gt;</p><script>alert(4)</script>"
        '<p onclick="alert(5)">safe</p><a href="javascript:alert(6)">no link</a>'
    )
    by = By("ada", "2026-11-23T08:00:00.000Z")
    made = sandbox.state.wiki.create("98306", title, body, parent=None, by=by)
    page.goto(f"{sandbox.state.url}/ui/pages/{made.id}")
    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator("article")).to_contain_text("<script>alert(3)</script>")
    page.locator("article").get_by_text("safe").click()
    page.locator("article").get_by_text("no link").click()
    assert page.url.endswith(f"/ui/pages/{made.id}")
