"""How a Jira that cannot sign proves itself: it shows the secret, and signs nothing.

For Data Centers whose webhooks know no secret, by an explicit setting of the site. What
is shown can be read on the way and sent again, so such a delivery only ever means
«look at this issue»: nothing that it says is used.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from webhooks.errors import BadSignatureError

How = Literal["basic", "path_token"]
USER: Final = "cd3"


@dataclass(frozen=True, slots=True)
class Shown:
    """A site's secrets where they are shown: by basic auth, or as the path's end."""

    how: How
    secrets: tuple[bytes, ...] = field(repr=False, default=())

    def verdict(self, headers: Sequence[tuple[bytes, bytes]], token: str) -> int:
        """Say which of the secrets was shown, by its index.

        Raises BadSignatureError, whose text is a short reason, for counting.
        """
        given = token.encode() if self.how == "path_token" else _password(headers)
        # Digests are of one length, so time tells nothing of the secret's.
        sought = hashlib.sha256(given).digest()
        fits = [
            hmac.compare_digest(hashlib.sha256(each).digest(), sought)
            for each in self.secrets
        ]
        if not given or True not in fits:
            raise BadSignatureError("mismatch" if given else "missing")
        return fits.index(True)


def _password(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Read the password that came for our user; empty where there is none."""
    found = [value for name, value in headers if name == b"authorization"]
    kind, _, code = (found[0] if len(found) == 1 else b"").partition(b" ")
    try:
        user, _, password = base64.b64decode(code, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return b""
    ours = kind.lower() == b"basic" and user == USER.encode()
    return password if ours else b""
