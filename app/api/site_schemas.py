"""What REST takes and gives as a site."""

from datetime import datetime
from typing import Final, Self

from pydantic import BaseModel, Field

from app.api.credential_schemas import Credentials, Secret, shown
from app.api.words import Id, Input, Name, Words
from app.books.sites import Proof, Site

ReadOnly = Field(default=None, description="Read-only; ignored when sent back")


class SiteInput(Input):
    """What admins may say of a site, whether new or known."""

    name: Name
    url: Words = Field(examples=["https://example.atlassian.net"])
    confluence_url: Words | None = Field(
        default=None,
        description="Left out: where the Cloud has it, the site's URL with /wiki "
        "behind it. A Data Center's Confluence must be named",
    )
    email: Words | None = Field(
        default=None,
        min_length=1,
        description="The account that CD3 works as: short for the name in "
        "`credentials`",
    )
    credentials: Credentials | None = Field(
        default=None,
        description="The way in. Left out: as it is, or, for a new site, `email` with "
        "a classic `api_token`",
    )
    webhook_proof: Proof = Field(
        default="signature",
        description="How deliveries prove where they are from. Only for a Jira that "
        "cannot sign: `basic` (user cd3, the webhook secret as its password) or "
        "`path_token` (the secret as the last part of the webhook's URL)",
    )
    writes_per_second: float | None = Field(
        default=None,
        gt=0,
        le=1_000,
        allow_inf_nan=False,
        description="How many writes a second all workers together make to one "
        "endpoint of this site. Left out: as CD3_WRITES_PER_SECOND says",
    )


class NewSite(SiteInput):
    """A new site; its id is made from the name where none is given."""

    id: Id | None = None
    api_token: Secret | None = Field(
        default=None, description="Write-only. Short for the secret in `credentials`"
    )
    webhook_secret: Secret | None = Field(
        default=None, description="Write-only. Without one, deliveries are not taken"
    )


class ChangedSite(SiteInput):
    """A site as it should be; what GET answers may be sent back as it is."""

    api_token: Secret | None = Field(
        default=None,
        description="Write-only; left out, it stays. Short for the secret in "
        "`credentials`, whatever that is called",
    )
    webhook_secret: Secret | None = Field(
        default=None,
        description="Write-only; left out, it stays. A new one is put beside the old "
        "one, which stays valid until `webhook_secrets` is set to 1",
    )
    webhook_secrets: int | None = Field(
        default=None,
        ge=0,
        le=2,
        description="How many webhook secrets are valid. Lower it to drop the oldest",
    )
    id: str | None = ReadOnly
    kind: str | None = ReadOnly
    product_version: str | None = ReadOnly
    state: str | None = ReadOnly
    state_reason: str | None = ReadOnly
    created_at: str | None = ReadOnly


class SiteAnswer(BaseModel):
    """A site; its secrets are never shown."""

    id: str
    name: str
    url: str
    confluence_url: str | None = Field(description="Null until the site was asked")
    email: str | None
    credentials: Credentials
    kind: str | None = Field(
        description="`cloud` or `datacenter`, as the site says; null until it was asked"
    )
    product_version: str | None = Field(description="Jira's version, as it says")
    webhook_secrets: int
    webhook_proof: Proof
    writes_per_second: float | None = Field(
        description="Its own pace; null: as CD3_WRITES_PER_SECOND says"
    )
    state: str
    state_reason: str
    created_at: datetime

    @classmethod
    def of(cls, site: Site) -> Self:
        """Write a site as an answer."""
        values = {name: getattr(site, name) for name in _PLAIN}
        unknown = {name: getattr(site, name) or None for name in _UNKNOWN}
        return cls.model_validate({**values, **unknown, "credentials": shown(site)})


_PLAIN: Final = (
    "id",
    "name",
    "url",
    "webhook_secrets",
    "webhook_proof",
    "writes_per_second",
    "state",
    "state_reason",
    "created_at",
)
_UNKNOWN: Final = ("kind", "product_version", "confluence_url", "email")
