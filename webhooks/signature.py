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
_NOBODY = (b"no secret is kept for this site.",)


class Checking:
    """Checks a body against a site's secrets while it comes in, part by part."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._known = bool(secrets)
        # Every secret is tried, so that time does not tell which one fits.
        self._macs = [hmac.new(key, None, hashlib.sha256) for key in secrets or _NOBODY]
        self._plain = hashlib.sha256()

    def add(self, part: bytes) -> None:
        """Take the next part."""
        for mac in self._macs:
            mac.update(part)
        self._plain.update(part)

    def digest(self) -> bytes:
        """Give the SHA-256 of what came."""
        return self._plain.digest()

    def verdict(self, signatures: Sequence[bytes]) -> int:
        """Say which of the secrets signed what came, by its index.

        `signatures` are the values of all `X-Hub-Signature` headers: exactly one is
        right. Raises `BadSignatureError` whose text is a short reason, for counting.
        """
        form = _FORM.fullmatch(signatures[0]) if len(signatures) == 1 else None
        given = bytes.fromhex(form.group(1).decode()) if form else b""
        fits = [hmac.compare_digest(mac.digest(), given) for mac in self._macs]
        if not self._known or True not in fits:
            raise BadSignatureError(_reason(signatures, formed=form is not None))
        return fits.index(True)


def verify(
    body: bytes, signatures: Sequence[bytes], *, secrets: Sequence[bytes]
) -> int:
    """Say which of the secrets signed a whole body; as `Checking` does."""
    checking = Checking(secrets)
    checking.add(body)
    return checking.verdict(signatures)


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
