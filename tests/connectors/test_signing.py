"""Signing has its own time, and its own failures: neither are the site's."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from connectors.answer import Answer
from connectors.deadline import seconds_left, within
from connectors.errors import UnreachableError, UnsignedError
from connectors.limits import OwnLimits
from connectors.patience import Patience
from connectors.wire import Wire
from tests.connectors.line import access_to
from tests.connectors.rough import Behaviour, answer, rough_server
from tests.connectors.timing import Timing


def known(_attempt: int) -> str:
    return "Bearer known"


@dataclass
class Asking:
    """Signs as it is told to, and notes how much time it was given."""

    sign: Callable[[int], str] = known
    given: list[float] = field(default_factory=list)
    renews: Callable[[], bool] = bool

    def header(self) -> str:
        self.given.append(seconds_left())
        return self.sign(len(self.given))

    def renew(self, refused: str) -> bool:
        assert refused == "Bearer known"
        return self.renews()


def down(_attempt: int = 1) -> str:
    raise UnreachableError("POST /oauth/token: 503, try later.", 7.0, sent=True)


@dataclass
class Signed:
    """A wire with such a signer, and what was asked over it."""

    wire: Wire
    limits: OwnLimits
    asked: list[bytes]
    counted: list[int]

    def get(self) -> Answer:
        return self.wire.call("GET", "/rest/api/3/myself")


def signed(
    signer: Asking,
    *script: Behaviour,
    ask: Callable[[Signed], object],
    patience: Patience | None = None,
) -> Signed:
    timing, limits, counted = Timing(), OwnLimits(), list[int]()
    with (
        rough_server(*script) as server,
        Wire(
            replace(access_to(server), signer=signer),
            patience=patience,
            limits=limits,
            observe=lambda call: counted.append(call.status),
            sleep=timing.sleep,
            now=timing.now,
        ) as wire,
    ):
        made = Signed(wire, limits, server.asked, counted)
        ask(made)
    return made


def test_a_signer_that_takes_its_time_takes_none_of_the_attempts() -> None:
    def slowly(_attempt: int) -> str:
        time.sleep(1.1)
        return "Bearer known"

    hasty = Patience(get=1.0, whole=60.0)
    signer = Asking(slowly)
    made = signed(signer, answer(200, b"[1]"), ask=Signed.get, patience=hasty)
    assert made.counted == [200]
    assert 30.0 < signer.given[0] <= 60.0  # what the whole call has


def test_nobody_signs_in_a_lane() -> None:
    def ask(made: Signed) -> None:
        lanes = made.wire.gate.lanes

        def sign(_attempt: int) -> str:
            free = sum(lanes.enter(0) for _ in range(4))
            for _ in range(free):
                lanes.leave(well=None)
            return f"Bearer {free}"

        signer.sign = sign
        made.get()

    signer = Asking()
    made = signed(signer, answer(200, b"[1]"), ask=ask)
    assert b"Bearer 4" in made.asked[0]


def test_no_token_is_not_the_sites_trouble() -> None:
    words = "GET /rest/api/3/myself: not called, .* signed: POST /oauth/token: 503"

    def ask(made: Signed) -> None:
        for _ in range(6):
            with pytest.raises(UnsignedError, match=words) as caught:
                made.get()
            assert (caught.value.sent, caught.value.retry_after) == (False, 7.0)
        assert len(signer.given) == 6  # the endpoint's wire has insisted already
        assert (made.asked, made.counted) == ([], [])
        assert made.limits.tripped("jira") is None
        signer.sign = known
        made.get()

    signer = Asking(down)
    made = signed(signer, answer(200, b"[1]"), ask=ask)
    assert made.counted == [200]


def test_what_was_sent_is_told_when_the_next_attempt_cannot_be_signed() -> None:
    def once(attempt: int) -> str:
        return known(attempt) if attempt == 1 else down()

    def ask(made: Signed) -> None:
        with pytest.raises(UnreachableError, match="503") as caught:
            made.wire.call("PUT", "/rest/api/3/x", body={}, repeatable=True)
        assert caught.value.sent

    made = signed(Asking(once), answer(503), ask=ask)
    assert made.counted == [503]


def test_a_token_that_cannot_be_had_again_is_not_the_sites_trouble() -> None:
    def ask(made: Signed) -> None:
        for _ in range(6):
            with pytest.raises(UnsignedError, match="signed: POST /oauth/token"):
                made.get()
        assert made.limits.tripped("jira") is None

    signed(Asking(renews=lambda: bool(down())), answer(401), ask=ask)


def test_who_was_given_little_time_gives_no_more() -> None:
    with within(200.0):
        with within(30_000.0):
            assert seconds_left() <= 200.0
        with within(100.0):
            assert seconds_left(5_000.0) <= 100.0
        assert seconds_left() > 100.0
    assert seconds_left(5.0) == 5.0
