"""Properties, labels, attachments and search do what Confluence's documents say."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from .wiki_site import client, make_site, new_page

PAGES = "/wiki/api/v2/pages"
OLD = "/wiki/rest/api"


@pytest.fixture
def ada() -> Iterator[TestClient]:
    with client(make_site()) as speaker:
        yield speaker


@pytest.fixture
def page(ada: TestClient) -> str:
    return str(ada.post(PAGES, json=new_page("Plan")).json()["id"])


def test_a_property_goes_up_by_one(ada: TestClient, page: str) -> None:
    place = f"{PAGES}/{page}/properties"
    made = ada.post(place, json={"key": "cd3", "value": {"digest": "a"}}).json()
    assert made["version"]["number"] == 1
    assert made["id"].isdigit()
    change = {"key": "cd3", "value": {"digest": "b"}, "version": {"number": 2}}
    assert ada.put(f"{place}/{made['id']}", json=change).status_code == 200
    assert ada.put(f"{place}/{made['id']}", json=change).status_code == 409
    found = ada.get(place, params={"key": "cd3"}).json()["results"]
    assert [one["value"] for one in found] == [{"digest": "b"}]
    assert ada.get(place, params={"key": "other"}).json()["results"] == []
    assert ada.delete(f"{place}/{made['id']}").status_code == 204
    assert ada.get(f"{place}/{made['id']}").status_code == 404


def test_a_property_is_found_by_its_number_not_its_key(
    ada: TestClient, page: str
) -> None:
    place = f"{PAGES}/{page}/properties"
    ada.post(place, json={"key": "cd3", "value": 1})
    assert ada.get(f"{place}/cd3").status_code == 400
    assert ada.post(place, json={"key": "cd3", "value": 2}).status_code == 409
    assert ada.post(place, json={"key": "other"}).status_code == 400


def test_labels_are_put_by_v1_and_read_by_v2(ada: TestClient, page: str) -> None:
    labels = [{"prefix": "global", "name": "CD3-ranking"}]
    answer = ada.post(f"{OLD}/content/{page}/label", json=labels).json()
    assert [one["name"] for one in answer["results"]] == ["cd3-ranking"]
    read = ada.get(f"{PAGES}/{page}/labels").json()["results"]
    assert [(one["prefix"], one["name"]) for one in read] == [("global", "cd3-ranking")]
    spaced = [{"prefix": "global", "name": "two words"}]
    assert ada.post(f"{OLD}/content/{page}/label", json=spaced).status_code == 400
    gone = ada.delete(f"{OLD}/content/{page}/label", params={"name": "cd3-ranking"})
    assert gone.status_code == 204
    assert ada.get(f"{PAGES}/{page}/labels").json()["results"] == []


def send(ada: TestClient, page: str, data: bytes, verb: str = "PUT") -> object:
    return ada.request(
        verb,
        f"{OLD}/content/{page}/child/attachment",
        files={"file": ("a.png", data, "image/png")},
        data={"minorEdit": "true", "comment": "chart"},
        headers={"X-Atlassian-Token": "nocheck"},
    ).json()


def test_the_same_file_name_makes_a_new_version(ada: TestClient, page: str) -> None:
    for data in (b"one", b"two"):
        send(ada, page, data)
    (one,) = ada.get(f"{PAGES}/{page}/attachments").json()["results"]
    assert (one["version"]["number"], one["fileSize"]) == (2, 3)
    sent_on = ada.get(f"{OLD}/content/{page}/child/attachment/{one['id']}/download")
    assert sent_on.status_code == 302
    assert ada.get(sent_on.headers["location"]).content == b"two"
    refused = send(ada, page, b"three", "POST")
    assert refused["statusCode"] == 400  # type: ignore[index]  # JSON


def test_an_attachment_needs_the_token_header(ada: TestClient, page: str) -> None:
    place = f"{OLD}/content/{page}/child/attachment"
    assert ada.put(place, files={"file": ("a", b"a")}).status_code == 403


def test_cql_finds_by_label_title_space_and_parent(ada: TestClient, page: str) -> None:
    child = ada.post(PAGES, json=new_page('Say "hi"', parentId=page)).json()["id"]
    ada.post(PAGES, json=new_page("Plan", spaceId="98307"))
    ada.post(f"{OLD}/content/{page}/label", json={"prefix": "global", "name": "x-1"})

    def found(cql: str) -> set[str]:
        answer = ada.get(f"{OLD}/content/search", params={"cql": cql}).json()
        both = ada.get(f"{OLD}/search", params={"cql": cql}).json()
        ids = [one["id"] for one in answer["results"]]
        assert ids == [one["content"]["id"] for one in both["results"]]
        return set(ids)

    assert found('label = "x-1" and type = page and space = "HARB"') == {page}
    assert found('title = "Say \\"hi\\""') == {child}
    assert found(f"parent = {page}") == {child}
    assert found("title ~ plan AND space in (HARB, NONE)") == {page}
    assert found('label in ("x-1") order by created desc') == {page}
    assert found("label != x-1 and space = HARB") == {child}
    assert found('label = "none"') == set()
    for wrong in ("", "label", "label =", "colour = red", "type = page and", "a or b"):
        answer = ada.get(f"{OLD}/search", params={"cql": wrong})
        assert answer.status_code == 400, wrong


def test_who_am_i(ada: TestClient) -> None:
    me = ada.get(f"{OLD}/user/current").json()
    assert (me["accountId"], me["displayName"]) == ("ada", "Ada")


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/content/1"),
        ("PUT", "/content/1"),
        ("POST", "/content"),
        ("GET", "/content/1/property/cd3"),
        ("GET", "/space"),
    ],
)
def test_removed_parts_of_v1_say_gone(ada: TestClient, verb: str, path: str) -> None:
    assert ada.request(verb, OLD + path).status_code == 410
