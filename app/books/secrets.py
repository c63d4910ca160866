"""Encrypt what must not be read from the books: API tokens and webhook secrets.

Fernet has no associated data, so the owner's id is put inside the plaintext: a sealed
text copied to another site's row does not open there.
"""

import base64
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.engine import make_url

from app.errors import ConfigurationError, SecretsError

LEAST_KEY_LENGTH: Final = 32


class Sealer:
    """Seals with the first key, opens with any of them."""

    def __init__(self, keys: Sequence[str]) -> None:
        for key in keys:
            if len(key) < LEAST_KEY_LENGTH:
                raise ConfigurationError(
                    f"CD3_SECRET_KEY is shorter than {LEAST_KEY_LENGTH} characters.",
                    hint="Take what `openssl rand -base64 32` prints.",
                )
        self._fernets = [Fernet(_stretch(key)) for key in keys]

    def seal(self, owner: str, values: Mapping[str, object]) -> str:
        """Encrypt the values for their owner alone."""
        plain = orjson.dumps({"owner": owner, "values": dict(values)})
        return self._all().encrypt(plain).decode()

    def open(self, owner: str, sealed: str) -> dict[str, object]:
        """Decrypt the owner's values, or say that the keys do not fit."""
        try:
            content = orjson.loads(self._all().decrypt(sealed.encode()))
        except InvalidToken as error:
            raise SecretsError(
                f"CD3_SECRET_KEY does not open the secrets of {owner}.",
                hint="Give the key they were kept with, or enter the secrets again.",
            ) from error
        if content["owner"] != owner:
            raise SecretsError(
                f"The secrets kept for {owner} are another's.",
                hint="Enter them again.",
            )
        return dict(content["values"])

    def _all(self) -> MultiFernet:
        if not self._fernets:
            raise SecretsError(
                "There is no key to keep secrets with.",
                hint="Set CD3_SECRET_KEY and start again.",
            )
        return MultiFernet(self._fernets)


def _stretch(key: str) -> bytes:
    """Turn a key of any form into Fernet's 32 bytes (RFC 5869)."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cd3 secrets")
    return base64.urlsafe_b64encode(derived.derive(key.encode()))


def find_keys(given: Sequence[str], database_url: str) -> tuple[str, ...]:
    """Take the keys that were given, else the one kept beside the SQLite file.

    Where there is none beside it either, one is made: losing it means that the
    secrets must be entered again, nothing worse. PostgreSQL has no «beside»: there
    the answer is empty, and keeping a secret is refused until a key is given.
    """
    path = None if given else _key_file(database_url)
    return (_kept_key(path),) if path else tuple(given)


def draw_key() -> str:
    """Draw a secret key: 256 random bits, as text that fits into a setting."""
    return secrets.token_urlsafe(32)


def key_beside(database_url: str) -> str | None:
    """Read the key that is kept beside the SQLite file, if one is."""
    path = _key_file(database_url)
    if path is None or not path.is_file():
        return None
    return path.read_text(encoding="ascii").strip()


def _key_file(database_url: str) -> Path | None:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database + ".key")


def _kept_key(path: Path) -> str:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    key = draw_key()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key + "\n")
        file.flush()
        os.fsync(file.fileno())
    return key
