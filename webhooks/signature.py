"""Whether a body was signed with a site's secret.

Jira signs the raw bytes: `X-Hub-Signature: sha256=<hex>` (WebSub). The method is
allow-listed here and never taken from the header.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence

from webhooks.errors import BadSignatureError

_FORM = re.compile(rb"sha256=([0-9a-fA-F]{64})")
# Checked against when there is no secret, so that timing tells nothing.
_NOBODY = b"no secret is kept for this site."


def verify(
    body: bytes, signatures: Sequence[bytes], *, secrets: Sequence[bytes]
) -> int:
    """Say which of the secrets signed the body, by its index.

    `signatures` are the values of all `X-Hub-Signature` headers: exactly one is
    right. Raises `BadSignatureError` whose text is a short reason, for counting.
    """
    form = _FORM.fullmatch(signatures[0]) if len(signatures) == 1 else None
    given = form.group(1).lower() if form else b""
    found = -1
    for index, secret in enumerate(secrets or (_NOBODY,)):
        expected = hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
        # Every secret is tried, so that time does not tell which one fits.
        if hmac.compare_digest(expected, given) and secrets and found < 0:
            found = index
    if found < 0:
        raise BadSignatureError(_reason(signatures, formed=form is not None))
    return found


def sign(body: bytes, *, secret: bytes) -> str:
    """Sign a body as Jira does; for test deliveries."""
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


def _reason(signatures: Sequence[bytes], *, formed: bool) -> str:
    if not signatures:
        return "missing"
    if len(signatures) > 1:
        return "several"
    if not formed:
        return "method" if b"=" in signatures[0][:64] else "malformed"
    return "mismatch"
