"""Only a body signed by one of a site's secrets, in the one allowed form, passes."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.errors import BadSignatureError
from webhooks.signature import sign, verify

SECRET = b"It's a Secret to Everybody"
BODY = b"Hello World!"
# Published by Atlassian as the test vector of its webhooks page.
VECTOR = b"sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def test_r13_atlassians_own_vector_passes() -> None:
    assert verify(BODY, [VECTOR], secrets=[SECRET]) == 0
    assert sign(BODY, secret=SECRET).encode() == VECTOR


@pytest.mark.parametrize(
    ("signatures", "reason"),
    [
        ([], "missing"),
        ([b""], "malformed"),
        ([b"sha1=" + b"0" * 40], "method"),
        ([b"SHA256=" + VECTOR[7:]], "method"),
        ([b"sha256=" + b"0" * 64], "mismatch"),
        ([VECTOR, VECTOR], "several"),
        (["sha256=é".encode()], "method"),
        ([b"sha256=" + b"a" * 10_000], "method"),
        ([VECTOR + b"\n"], "method"),
    ],
)
def test_r11_odd_headers_are_refused(signatures: list[bytes], reason: str) -> None:
    with pytest.raises(BadSignatureError, match=f"^{reason}$"):
        verify(BODY, signatures, secrets=[SECRET])


def test_r12_two_secrets_are_active_and_a_third_is_not() -> None:
    old, new, other = b"old secret", b"new secret", b"other secret"
    for index, secret in enumerate((new, old)):
        signature = sign(BODY, secret=secret).encode()
        assert verify(BODY, [signature], secrets=[new, old]) == index
    with pytest.raises(BadSignatureError):
        verify(BODY, [sign(BODY, secret=other).encode()], secrets=[new, old])


@pytest.mark.parametrize("secrets", [[], [b""][:0]])
def test_without_a_secret_nothing_passes(secrets: list[bytes]) -> None:
    empty = hmac.new(b"", BODY, hashlib.sha256).hexdigest().encode()
    with pytest.raises(BadSignatureError):
        verify(BODY, [b"sha256=" + empty], secrets=secrets)


@given(st.binary(max_size=200), st.binary(max_size=100))
def test_no_header_and_no_body_raise_anything_else(body: bytes, header: bytes) -> None:
    with pytest.raises(BadSignatureError):
        verify(body, [header], secrets=[SECRET])


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=64))
def test_what_was_signed_passes_and_one_more_byte_does_not(
    body: bytes, secret: bytes
) -> None:
    signature = sign(body, secret=secret).encode()
    assert verify(body, [signature], secrets=[secret]) == 0
    with pytest.raises(BadSignatureError):
        verify(body + b"\0", [signature], secrets=[secret])
