"""Every route of the pretend Confluence speaks as Atlassian's documents have it."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from connectors.sandbox.confluence.routes import routes
from tests.connectors.sandbox.wiki_site import make_site, new_page, next_version
from tests.contracts.operations import BASES, OLD_WIKI, OPERATIONS, WIKI
from tests.contracts.wrapper import Checked

NEW = "/wiki/api/v2"
OLD = "/wiki/rest/api"
# In the documents for what comes later, and not served yet.
LATER = {
    "GET /wiki/api/v2/pages/{id}/direct-children",
    "GET /wiki/api/v2/pages/{id}/ancestors",
    "GET /wiki/api/v2/pages/{id}/footer-comments",
    "GET /wiki/api/v2/pages/{id}/inline-comments",
}


@pytest.fixture
def checked() -> Checked:
    return Checked(Starlette(routes=routes(make_site())))


@pytest.fixture
def ada(checked: Checked) -> Iterator[TestClient]:
    with TestClient(checked, follow_redirects=False) as client:
        client.auth = ("ada@example.test", "token-ada")
        yield client


def test_all_of_it_is_in_the_documents(checked: Checked, ada: TestClient) -> None:
    parent = ada.post(f"{NEW}/pages", json=new_page("Parent")).json()
    page = ada.post(f"{NEW}/pages", json=new_page("P", parentId=parent["id"])).json()
    place, old = f"{NEW}/pages/{page['id']}", f"{OLD}/content/{page['id']}"

    one = ada.post(f"{place}/properties", json={"key": "cd3", "value": {"a": 1}}).json()
    change = {"key": "cd3", "value": {"a": 2}, "version": {"number": 2}}
    ada.put(f"{place}/properties/{one['id']}", json=change)
    ada.put(f"{place}/properties/{one['id']}", json=change)  # stale: 409
    ada.get(f"{place}/properties", params={"key": "cd3"})
    ada.get(f"{place}/properties/{one['id']}")

    ada.post(f"{old}/label", json=[{"prefix": "global", "name": "cd3"}])
    for verb in ("PUT", "POST"):
        ada.request(
            verb,
            f"{old}/child/attachment",
            files={"file": (f"{verb}.png", b"bytes", "image/png")},
            data={"minorEdit": "true"},
            headers={"X-Atlassian-Token": "nocheck"},
        )
    (file, _) = ada.get(f"{place}/attachments").json()["results"]
    ada.get(f"{old}/child/attachment/{file['id']}/download")

    ada.put(place, json=next_version(page, 2, "<p>2</p>"))
    ada.put(place, json=next_version(page, 2, "<p>2</p>"))  # stale: 409
    ada.post(f"{NEW}/pages", json=new_page("P"))  # a clash: 400
    ada.put(f"{place}/title", json={"status": "current", "title": "Q"})
    for format_ in ("storage", "view"):
        ada.get(
            place,
            params={
                "body-format": format_,
                "include-labels": "true",
                "include-properties": "true",
                "include-versions": "true",
            },
        )
    ada.get(f"{NEW}/pages/{parent['id']}/children")
    for part in ("versions", "labels"):
        ada.get(f"{place}/{part}")
    ada.get(f"{NEW}/pages", params={"space-id": "98306", "title": "Q", "limit": 1})
    ada.get(f"{NEW}/pages", params={"limit": 1, "body-format": "storage"})
    ada.get(f"{NEW}/spaces", params={"keys": "HARB", "limit": 1})
    ada.get(f"{NEW}/spaces/98306")
    ada.get(f"{NEW}/spaces/98306/pages")
    ada.get(f"{NEW}/spaces/98306/operations")
    cql = 'label = "cd3" and type = page and space = "HARB"'
    assert ada.get(f"{OLD}/search", params={"cql": cql}).json()["totalSize"] == 1
    assert ada.get(f"{OLD}/content/search", params={"cql": cql}).json()["size"] == 1
    ada.get(f"{OLD}/user/current")
    ada.get(f"{OLD}/content/{page['id']}")  # removed: 410

    ada.delete(f"{old}/label", params={"name": "cd3"})
    ada.delete(f"{place}/properties/{one['id']}")
    ada.delete(place)
    ada.get(place)  # gone: 404

    wanted = {
        f"{method.upper()} {BASES[document]}{path}"
        for document in (WIKI, OLD_WIKI)
        for path, methods in OPERATIONS[document].items()
        for method in methods.split()
    }
    assert wanted - checked.seen == LATER


def test_nobody_is_refused_in_shape(ada: TestClient) -> None:
    ada.auth = ("ada@example.test", "wrong")
    assert ada.get(f"{NEW}/pages").status_code == 401
    assert ada.get(f"{OLD}/user/current").status_code == 401
