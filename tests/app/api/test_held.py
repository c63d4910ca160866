"""What could not be written is seen, and written again when somebody says so."""

from datetime import timedelta

from app.books.held import DEAD, WAITING, Held, HeldWrites
from tests.app.api.conftest import Api

HELD = "/sites/harbour/held-writes"


def hold(api: Api, *keys: str) -> None:
    now = api.clock()
    for number, key in enumerate(keys, 1):
        state = DEAD if number == 1 else WAITING
        again = now + timedelta(hours=1)
        held = Held("harbour", key, state, number, "500: it failed", now, again)
        HeldWrites(api.parts.database).put(held)


def test_held_writes_are_listed_by_key_and_in_pieces(api: Api) -> None:
    api.filled()
    assert api.read(HELD) == {"items": [], "next_cursor": None}
    hold(api, "AB-3", "AB-1", "AB-2")
    first = api.read(f"{HELD}?limit=2", role="reader")
    assert [one["key"] for one in first["items"]] == ["AB-1", "AB-2"]
    rest = api.read(f"{HELD}?limit=2&cursor={first['next_cursor']}")
    (last,) = rest["items"]
    assert rest["next_cursor"] is None
    assert (last["key"], last["state"], last["attempts"]) == ("AB-3", "dead", 1)
    assert last["reason"] == "500: it failed"
    assert api.call("GET", "/sites/nothing/held-writes").status_code == 404


def test_a_held_write_is_released_and_its_backlogs_looked_at(api: Api) -> None:
    api.filled()
    hold(api, "AB-3", "AB-1")
    answer = api.call("POST", f"{HELD}/AB-3/retry", role="approver")
    assert answer.status_code == 202
    assert [one["key"] for one in api.read(HELD)["items"]] == ["AB-1"]
    assert api.parts.marks.any_due(now=api.clock())
    entry = api.read("/audit?object=sites/harbour")["items"][0]
    assert (entry["action"], entry["detail"]) == (
        "held_write_released",
        {"key": "AB-3"},
    )
    assert api.call("POST", f"{HELD}/AB-3/retry").status_code == 404
    assert api.call("POST", f"{HELD}/nonsense/retry").status_code == 422


def test_held_writes_are_counted(api: Api) -> None:
    api.filled()
    hold(api, "AB-3", "AB-1", "AB-2")
    counts = HeldWrites(api.parts.database).count()
    assert counts == {("harbour", DEAD): 1, ("harbour", WAITING): 2}
