"""The pretend Confluence takes pages as the real one does, and refuses as it does."""

import threading
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from connectors.sandbox.confluence.store import WikiStore
from connectors.sandbox.state import Site

from .wiki_site import client, make_site, new_page, next_version

PAGES = "/wiki/api/v2/pages"


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def ada(site: Site) -> Iterator[TestClient]:
    with client(site) as speaker:
        yield speaker


def words(answer: object) -> str:
    return str(answer.json()["errors"][0]["title"])  # type: ignore[attr-defined]  # httpx or httpx2, as Starlette likes


def test_a_page_comes_back_in_version_one(ada: TestClient) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    read = ada.get(f"{PAGES}/{made['id']}", params={"body-format": "storage"}).json()
    assert read["title"] == "Plan"
    assert read["version"]["number"] == 1
    assert read["version"]["authorId"] == "ada"
    assert read["version"]["createdAt"] == "2026-11-23T08:00:00.000Z"
    assert "Hello" in read["body"]["storage"]["value"]


def test_without_a_body_format_no_body_is_told(ada: TestClient) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    assert ada.get(f"{PAGES}/{made['id']}").json()["body"] == {}


def test_the_next_version_must_be_one_higher(ada: TestClient) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    place = f"{PAGES}/{made['id']}"
    assert ada.put(place, json=next_version(made, 2, "<p>2</p>")).status_code == 200
    for wrong in (1, 2, 4):
        refused = ada.put(place, json=next_version(made, wrong, "<p>x</p>"))
        assert refused.status_code == 409
        assert words(refused) == (
            "Version must be incremented when updating a page. "
            f"Current Version: [2]. Provided version: [{wrong}]"
        )
    assert ada.get(place).json()["version"]["number"] == 2


@pytest.mark.parametrize("part", ["id", "status", "title", "body", "version"])
def test_an_update_needs_all_five_parts(ada: TestClient, part: str) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    update = next_version(made, 2, "<p>2</p>")
    del update[part]
    refused = ada.put(f"{PAGES}/{made['id']}", json=update)
    assert refused.status_code == 400
    assert part in words(refused)


def test_a_title_is_free_once_in_a_space(ada: TestClient) -> None:
    first = ada.post(PAGES, json=new_page("Plan")).json()
    clash = ada.post(PAGES, json=new_page("plan"))
    assert clash.status_code == 400
    assert words(clash) == (
        "A page with this title already exists: "
        "A page already exists with the same TITLE in this space"
    )
    assert ada.post(PAGES, json=new_page("Plan", spaceId="98307")).status_code == 200
    assert ada.delete(f"{PAGES}/{first['id']}").status_code == 204
    assert ada.post(PAGES, json=new_page("Plan")).status_code == 200


def test_renaming_minds_the_other_titles(ada: TestClient) -> None:
    one = ada.post(PAGES, json=new_page("One")).json()
    ada.post(PAGES, json=new_page("Two"))
    place = f"{PAGES}/{one['id']}/title"
    clash = ada.put(place, json={"status": "current", "title": "Two"})
    assert clash.status_code == 400
    renamed = ada.put(place, json={"status": "current", "title": "Three"}).json()
    assert (renamed["title"], renamed["version"]["number"]) == ("Three", 2)


@pytest.mark.parametrize(
    "body",
    [
        "<p>open",
        "<p>a</b>",
        "a & b",
        "a < b",
        "<x:y/>",
        '<p xmlns:e="urn:evil"><e:e/></p>',
        "</wiki><wiki>",
        "<!DOCTYPE p [<!ENTITY a 'b'>]><p>&a;</p>",
        "<p>&undefined;</p>",
        "<p>\x01</p>",
        "<p><?php ?></p>",
    ],
)
def test_a_body_that_is_not_storage_format_is_refused(
    ada: TestClient, body: str
) -> None:
    refused = ada.post(PAGES, json=new_page("Plan", body))
    assert refused.status_code == 400
    assert "Error parsing xhtml" in words(refused)
    assert ada.get(PAGES).json()["results"] == []


def test_a_body_above_five_megabytes_is_too_large(ada: TestClient) -> None:
    most = 5 * 1024 * 1024
    fits = "<p>" + "a" * (most - 7) + "</p>"
    assert ada.post(PAGES, json=new_page("Fits", fits)).status_code == 200
    assert ada.post(PAGES, json=new_page("Not", fits + " ")).status_code == 413


def test_what_is_read_back_is_not_what_was_sent(ada: TestClient) -> None:
    sent = (
        '<ac:structured-macro ac:name="status"><ac:parameter ac:name="title">A&nbsp;B'
        "</ac:parameter></ac:structured-macro><table><tr><td>1</td></tr></table>"
    )
    made = ada.post(PAGES, json=new_page("Plan", sent)).json()
    read = ada.get(f"{PAGES}/{made['id']}?body-format=storage").json()
    kept = read["body"]["storage"]["value"]
    assert "ac:macro-id=" in kept
    assert "<tbody><tr>" in kept
    assert "A\xa0B" in kept
    assert "xmlns" not in kept
    again = ada.put(f"{PAGES}/{made['id']}", json=next_version(made, 2, kept)).json()
    read = ada.get(f"{PAGES}/{again['id']}?body-format=storage").json()
    assert read["body"]["storage"]["value"] == kept


def test_who_is_not_known_gets_401(site: Site) -> None:
    with client(site) as nobody:
        nobody.auth = None  # type: ignore[assignment]  # takes the credentials off
        assert nobody.get(PAGES).status_code == 401
        nobody.auth = ("ada@example.test", "wrong")
        assert nobody.get("/wiki/rest/api/user/current").status_code == 401


def test_a_space_may_be_closed_to_readers_and_to_writers(site: Site) -> None:
    with client(site, "ada") as ada, client(site, "bob") as bob:
        made = ada.post(PAGES, json=new_page("Plan", spaceId="98307")).json()
        place = f"{PAGES}/{made['id']}"
        assert bob.get(place).status_code == 200
        assert bob.put(place, json=next_version(made, 2, "")).status_code == 403
        assert bob.delete(place).status_code == 403
        refused = bob.post(PAGES, json=new_page("B", spaceId="98307"))
        assert refused.status_code == 403
    with client(site, "cec") as cec:
        assert cec.get(place).status_code == 404
        assert cec.get(PAGES).json()["results"] == []
        keys = [s["key"] for s in cec.get("/wiki/api/v2/spaces").json()["results"]]
        assert keys == ["HARB"]


def test_lists_go_on_by_the_cursor_alone(ada: TestClient) -> None:
    titles = [f"Page {number}" for number in range(7)]
    for title in titles:
        ada.post(PAGES, json=new_page(title))
    seen, address = [], f"{PAGES}?limit=3&space-id=98306"
    sizes = []
    while address:
        answer = ada.get(address).json()
        seen += [page["title"] for page in answer["results"]]
        sizes.append(len(answer["results"]))
        address = answer["_links"].get("next", "")
    assert seen == titles
    assert sizes == [3, 3, 1]
    for wrong in ("limit=0", "limit=251", "limit=x", "cursor=x"):
        assert ada.get(f"{PAGES}?{wrong}").status_code == 400


def test_children_and_versions_are_listed(ada: TestClient) -> None:
    parent = ada.post(PAGES, json=new_page("Parent")).json()
    child = ada.post(PAGES, json=new_page("Child", parentId=parent["id"])).json()
    ada.put(f"{PAGES}/{child['id']}", json=next_version(child, 2, "<p>2</p>"))
    children = ada.get(f"{PAGES}/{parent['id']}/children").json()["results"]
    assert [one["title"] for one in children] == ["Child"]
    versions = ada.get(f"{PAGES}/{child['id']}/versions").json()["results"]
    assert [one["number"] for one in versions] == [2, 1]
    first = ada.get(f"{PAGES}/{child['id']}?version=1&body-format=storage").json()
    assert "Hello" in first["body"]["storage"]["value"]
    elsewhere = new_page("Lost", spaceId="98307", parentId=parent["id"])
    assert ada.post(PAGES, json=elsewhere).status_code == 400


def test_a_trashed_page_is_gone_until_asked_for(ada: TestClient) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    place = f"{PAGES}/{made['id']}"
    assert ada.delete(place, params={"purge": "true"}).status_code == 400
    assert ada.delete(place).status_code == 204
    assert ada.get(place).status_code == 404
    assert ada.get(f"{place}?status=trashed").json()["status"] == "trashed"
    assert ada.put(place, json=next_version(made, 2, "")).status_code == 404
    assert ada.delete(place).status_code == 404
    assert ada.delete(f"{place}?purge=true").status_code == 204
    assert ada.get(f"{place}?status=trashed").status_code == 404


def test_of_writers_at_once_one_wins(ada: TestClient) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    statuses: list[int] = []

    def write(number: int) -> None:
        update = next_version(made, 2, f"<p>{number}</p>")
        statuses.append(ada.put(f"{PAGES}/{made['id']}", json=update).status_code)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert sorted(statuses) == [200, 409, 409, 409]


def test_the_wiki_survives_being_kept(site: Site, ada: TestClient) -> None:
    made = ada.post(PAGES, json=new_page("Plan")).json()
    place = f"/wiki/rest/api/content/{made['id']}"
    ada.post(f"{PAGES}/{made['id']}/properties", json={"key": "cd3", "value": [1]})
    ada.post(f"{place}/label", json=[{"prefix": "global", "name": "cd3"}])
    ada.put(
        f"{place}/child/attachment",
        files={"file": ("a.png", b"\x89PNG", "image/png")},
        data={"minorEdit": "true"},
        headers={"X-Atlassian-Token": "nocheck"},
    )
    kept = site.wiki.to_json()
    again = WikiStore.from_json(kept)
    assert again.to_json() == kept
    page = again.page(made["id"])
    assert [one.data for one in page.attachments.values()] == [b"\x89PNG"]
    assert page.labels == {"cd3": "global"}
