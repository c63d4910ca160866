"""The ways in, as REST takes and gives them; secrets are taken and never given."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    SecretStr,
)

from app.api.words import Input, Words
from app.books.sites import Credential, Site
from connectors.ways import OFFLINE, SCOPES, Way


def _trimmed(value: object) -> object:
    """Cut what a paste brings along: a line's end would make every check fail."""
    return value.strip() if isinstance(value, str) else value


Secret = Annotated[
    SecretStr, BeforeValidator(_trimmed), Field(min_length=8, max_length=4000)
]
WriteOnly = Field(
    default=None, exclude=True, description="Write-only; left out, it stays"
)
Named = Annotated[Words, Field(min_length=1)]
Address = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s\\@]+$")]


class _Shape(Input):
    """What all ways have in common."""

    way: ClassVar[Way]
    name_field: ClassVar[str] = ""
    secret_field: ClassVar[str]

    expires_at: AwareDatetime | None = Field(
        default=None,
        description="When the secret ends, as the site says where it is made; "
        "warned of 30, 7 and 1 days ahead",
    )

    @property
    def name(self) -> str:
        """The name that we sign in by."""
        return str(getattr(self, self.name_field)) if self.name_field else ""

    @property
    def secret(self) -> str | None:
        """The secret, where one was given."""
        given: SecretStr | None = getattr(self, self.secret_field)
        return given.get_secret_value() if given else None

    @property
    def confluence_secret(self) -> str | None:
        """Confluence's own secret, where one was given."""
        return None

    def credential(self) -> Credential:
        """Write it as the books keep it, the name and the secret aside."""
        ends = self.expires_at.astimezone(UTC) if self.expires_at else None
        return Credential(way=self.way, expires_at=ends)


class ApiToken(_Shape):
    """Cloud: an account's classic API token, on the site's own URL."""

    name_field, secret_field = "email", "api_token"
    way = Way.API_TOKEN
    kind: Literal["api_token"]
    email: Named
    api_token: Secret | None = WriteOnly


class ScopedToken(_Shape):
    """Cloud: an API token with scopes, of a person or a service account."""

    name_field, secret_field = "email", "api_token"
    way = Way.SCOPED_TOKEN
    kind: Literal["scoped_token"]
    email: Named
    api_token: Secret | None = WriteOnly


class ServiceAccount(_Shape):
    """Cloud: a service account's OAuth 2.0 credential."""

    name_field, secret_field = "client_id", "client_secret"
    way = Way.SERVICE_ACCOUNT
    kind: Literal["service_account"]
    client_id: Named
    client_secret: Secret | None = WriteOnly


class OAuth(_Shape):
    """Cloud: an OAuth 2.0 (3LO) app that works in the name of who consents to it."""

    name_field, secret_field = "client_id", "client_secret"
    way = Way.OAUTH
    kind: Literal["oauth"]
    client_id: Named
    client_secret: Secret | None = WriteOnly
    redirect_uri: Address = Field(
        description="As the app has it; the page need not exist"
    )
    scopes: list[Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,100}$")]] = Field(
        default=[*SCOPES, OFFLINE], min_length=1, max_length=50
    )

    def credential(self) -> Credential:
        """Write it as the books keep it; `offline_access` makes it last."""
        scopes = dict.fromkeys([*self.scopes, OFFLINE])
        ends = self.expires_at.astimezone(UTC) if self.expires_at else None
        return Credential(Way.OAUTH, ends, self.redirect_uri, tuple(scopes))


class PersonalToken(_Shape):
    """Data Center: a personal access token; Confluence gives one of its own."""

    secret_field = "token"  # noqa: S105 - the name of a field
    way = Way.PERSONAL_TOKEN
    kind: Literal["personal_token"]
    token: Secret | None = WriteOnly
    confluence_token: Secret | None = Field(
        default=None,
        exclude=True,
        description="Write-only; left out, it stays. Confluence's own token, for all "
        "calls below `confluence_url`. Without one, `token` is for both",
    )
    has_confluence_token: bool | None = Field(
        default=None,
        description="Read-only: whether one is kept; ignored when sent back",
    )

    @property
    def confluence_secret(self) -> str | None:
        """Confluence's own secret, where one was given."""
        given = self.confluence_token
        return given.get_secret_value() if given else None

    def credential(self) -> Credential:
        """Write it as the books keep it, the secrets aside."""
        own = self.confluence_token is not None
        return replace(super().credential(), confluence_token=own)


class BasicAuth(_Shape):
    """Data Center: a user's name and password; Jira 11 has this switched off."""

    name_field, secret_field = "username", "password"
    way = Way.BASIC
    kind: Literal["basic"]
    username: Named
    password: Annotated[SecretStr, Field(min_length=1, max_length=4000)] | None = (
        WriteOnly
    )


class DataCenterServiceAccount(_Shape):
    """Data Center: a service account's OAuth 2.0 credential."""

    name_field, secret_field = "client_id", "client_secret"
    way = Way.DATA_CENTER_SERVICE_ACCOUNT
    kind: Literal["data_center_service_account"]
    client_id: Named
    client_secret: Secret | None = WriteOnly


Credentials = Annotated[
    ApiToken
    | ScopedToken
    | ServiceAccount
    | OAuth
    | PersonalToken
    | BasicAuth
    | DataCenterServiceAccount,
    Field(discriminator="kind"),
]

_NAMES: Final[Mapping[Way, str]] = {
    Way.API_TOKEN: ApiToken.name_field,
    Way.SCOPED_TOKEN: ScopedToken.name_field,
    Way.SERVICE_ACCOUNT: ServiceAccount.name_field,
    Way.OAUTH: OAuth.name_field,
    Way.PERSONAL_TOKEN: PersonalToken.name_field,
    Way.BASIC: BasicAuth.name_field,
    Way.DATA_CENTER_SERVICE_ACCOUNT: DataCenterServiceAccount.name_field,
}


def shown(site: Site) -> dict[str, Any]:
    """Tell how we sign in, without what is secret; it may be sent back as it is."""
    known = site.credential
    told: dict[str, Any] = {"kind": known.way.value}
    if name := _NAMES[known.way]:
        told[name] = site.email
    told["expires_at"] = known.expires_at
    if known.way is Way.OAUTH:
        told |= {"redirect_uri": known.redirect_uri, "scopes": list(known.scopes)}
    if known.way.by_product:
        told["has_confluence_token"] = known.confluence_token
    return told
