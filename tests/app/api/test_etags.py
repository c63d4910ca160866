"""Nobody overwrites what they have not seen: 428, 412, before the body is looked at."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.app.api.conftest import Api

THINGS = ("/sites/harbour", "/backlogs/alphabet", "/backlogs/alphabet/mapping")
CHANGES = [
    (method, path)
    for path in THINGS
    for method in ("PUT", "PATCH", "DELETE")
    if not (path.endswith("mapping") and method != "PUT")
]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_without_if_match_it_is_428_whatever_the_body(
    api: Api, method: str, path: str
) -> None:
    api.filled()
    for body in (None, {"nonsense": 1}):
        response = api.call(method, path, body)
        assert response.status_code == 428
        assert response.json()["code"] == "precondition_required"
    headers = {"Authorization": f"Bearer {api.secrets['admin']}"}
    broken = api.client.request(method, "/api/v1" + path, content="{", headers=headers)
    assert broken.status_code == 428


@pytest.mark.parametrize("tag", ['"99"', 'W/"1"', "1", "nonsense", '"0"'])
@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_stale_or_weak_tag_is_412_whatever_the_body(
    api: Api, method: str, path: str, tag: str
) -> None:
    api.filled()
    response = api.call(method, path, {"nonsense": 1}, If_Match=tag)
    assert response.status_code == 412
    assert response.headers["ETag"] == '"1"'


@pytest.mark.parametrize("path", THINGS)
def test_what_get_answers_may_be_put_back_unchanged(api: Api, path: str) -> None:
    api.filled()
    before = api.call("GET", path)
    after = api.call("PUT", path, before.json(), If_Match=before.headers["ETag"])
    assert after.status_code == 200
    assert after.json() == before.json()
    assert after.headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize("path", THINGS)
def test_one_of_several_tags_or_a_star_will_do(api: Api, path: str) -> None:
    api.filled()
    body = api.read(path)
    for tag in ('"77", "1"', "*"):
        assert api.call("PUT", path, body, If_Match=tag).status_code == 200


@pytest.mark.parametrize("path", THINGS)
def test_who_knows_it_already_gets_no_body(api: Api, path: str) -> None:
    api.filled()
    tag = api.call("GET", path).headers["ETag"]
    known = api.call("GET", path, If_None_Match=tag)
    assert (known.status_code, known.content) == (304, b"")
    assert api.call("GET", path, If_None_Match='"99"').status_code == 200


def test_of_two_who_change_at_once_one_is_told(api: Api) -> None:
    api.filled()
    tag = api.call("GET", "/backlogs/alphabet").headers["ETag"]

    def rename(name: str) -> int:
        body = {"name": name}
        path = "/backlogs/alphabet"
        return api.call("PATCH", path, body, If_Match=tag).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(rename, ["a", "b", "c", "d"]))
    assert sorted(statuses) == [200, 412, 412, 412]


def test_nothing_there_is_404_even_without_if_match(api: Api) -> None:
    for path in ("/sites/no", "/backlogs/no", "/backlogs/no/mapping"):
        assert api.call("PUT", path, {}).status_code == 404
