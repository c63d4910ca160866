"""On PostgreSQL the API does the same, and takes no text that PostgreSQL would not."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.app.api.conftest import Api

pytestmark = pytest.mark.postgres


def test_from_the_first_site_to_the_last(api_on_postgres: Api) -> None:
    api = api_on_postgres.filled()
    assert api.read("/backlogs/alphabet/mapping/versions")["items"]
    assert api.call("POST", "/backlogs/alphabet/pages/publish").status_code == 202
    assert len(api.read("/audit?limit=2")["items"]) == 2
    assert api.client.get("/readyz").json()["status"] == "ready"
    assert api.change("DELETE", "/backlogs/alphabet").status_code == 204
    assert api.change("DELETE", "/sites/harbour").status_code == 204


def test_of_two_who_change_at_once_one_is_told(api_on_postgres: Api) -> None:
    api = api_on_postgres.filled()
    tag = api.call("GET", "/backlogs/alphabet").headers["ETag"]

    def rename(name: str) -> int:
        path = "/backlogs/alphabet"
        return api.call("PATCH", path, {"name": name}, If_Match=tag).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(rename, ["a", "b", "c", "d"]))
    assert sorted(statuses) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sites/a%00b", 404),
        ("/backlogs/a%00b/ranking", 404),
        ("/keys/key_%00", 404),
        ("/deliveries/9223372036854775807", 404),
        ("/deliveries/9223372036854775808", 422),
        ("/deliveries?site=%00", 422),
        ("/audit?object=%00", 422),
        ("/sites?cursor=WyJzaXRlcyIsIlx1MDAwMCJd", 422),  # ["sites","\\u0000"]
        ("/audit?cursor=WyJhdWRpdCIsOTIyMzM3MjAzNjg1NDc3NTgwN10=", 200),  # 2^63 - 1
    ],
)
def test_signs_and_numbers_that_it_cannot_hold(
    api_on_postgres: Api, path: str, status: int
) -> None:
    assert api_on_postgres.call("GET", path).status_code == status
