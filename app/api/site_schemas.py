"""What REST takes and gives as a site."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, Field, SecretStr

from app.api.words import Id, Input, Name, Words
from app.books.sites import Site


def _trimmed(value: object) -> object:
    """Cut what a paste brings along: a line's end would make every check fail."""
    return value.strip() if isinstance(value, str) else value


Secret = Annotated[
    SecretStr, BeforeValidator(_trimmed), Field(min_length=8, max_length=4000)
]
WriteOnly = Field(default=None, description="Write-only; left out, it stays")
ReadOnly = Field(default=None, description="Read-only; ignored when sent back")


class SiteInput(Input):
    """What admins may say of a site, whether new or known."""

    name: Name
    url: Words = Field(examples=["https://example.atlassian.net"])
    confluence_url: Words | None = Field(
        default=None, description="Left out: the site's URL with /wiki behind it"
    )
    email: Words = Field(min_length=1, description="The account that CD3 works as")


class NewSite(SiteInput):
    """A new site; its id is made from the name where none is given."""

    id: Id | None = None
    api_token: Secret
    webhook_secret: Secret | None = Field(
        default=None, description="Write-only. Without one, deliveries are not taken"
    )


class ChangedSite(SiteInput):
    """A site as it should be; what GET answers may be sent back as it is."""

    api_token: Secret | None = WriteOnly
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
    state: str | None = ReadOnly
    state_reason: str | None = ReadOnly
    created_at: str | None = ReadOnly


class SiteAnswer(BaseModel):
    """A site; its secrets are never shown."""

    id: str
    name: str
    url: str
    confluence_url: str
    email: str
    webhook_secrets: int
    state: str
    state_reason: str
    created_at: datetime

    @classmethod
    def of(cls, site: Site) -> Self:
        """Write a site as an answer."""
        return cls.model_validate(site, from_attributes=True)
