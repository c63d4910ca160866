"""A page as built: what to publish, and the digest that says whether it changed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a page shows."""

    name: str
    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes: a file whose bytes stand is not sent again."""
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of one backlog, in storage format.

    `kind` is `ranking`, `discovery`, `pestel` and so on; with `backlog` it names the
    page for good, whatever its title. `digest` leaves the time of making out. `share`
    is how much of each long table is shown.
    """

    kind: str
    backlog: str
    title: str
    body: str
    digest: str
    attachments: tuple[Attachment, ...] = ()
    share: float = 1.0


def make_page(  # noqa: PLR0913 - a page is made of these, and nothing else
    *,
    kind: str,
    backlog: str,
    title: str,
    body: str,
    times: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
    share: float = 1.0,
) -> Page:
    """Make a page with its digest.

    `times` are the texts within the body that say when it was made. They are left out
    of the digest, so that the same backlog gives the same digest tomorrow.
    """
    return Page(
        kind=kind,
        backlog=backlog,
        title=title,
        body=body,
        digest=_digest(title, _without(body, times), attachments),
        attachments=tuple(attachments),
        share=share,
    )


def _without(body: str, times: Sequence[str]) -> str:
    for text in times:
        body = body.replace(text, "") if text else body
    return body


def _digest(title: str, body: str, attachments: Sequence[Attachment]) -> str:
    parts = [title, body]
    for file in attachments:
        parts += [file.name, file.media_type, file.digest]
    # Lengths in front, so that no two pages can share one run of bytes.
    whole = hashlib.sha256()
    for part in (text.encode("utf-8", "surrogatepass") for text in parts):
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()
