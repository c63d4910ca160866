"""What the service reads from its surroundings, once, at the start."""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import ConfigurationError

PREFIX: Final = "CD3_"
SECRETS_FOLDER: Final = Path("/run/secrets")
# Read by tests and benches, never by the service.
_NOT_OURS: Final = re.compile(r"CD3_(DATA|TEST_\w+|BENCH_\w+)")

LogLevel = Literal["debug", "info", "warning", "error"]


class Settings(BaseSettings):
    """All settings; each is the variable of its name with `CD3_` before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        hide_input_in_errors=True,  # else a secret of the wrong type is printed
        dotenv_filtering="only_existing",
    )

    database_url: str = Field(
        default="sqlite:///cd3.db",
        description="sqlite:///file.db or postgresql+psycopg://user@host/name",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Encrypts the secrets given over REST; at least 32 characters; "
        "several with commas between them while they are changed, newest first",
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts beside Atlassian's own that may be called: host or "
        "host:port, commas between them; http only with its port",
    )
    ca_file: str = Field(
        default="",
        description="A PEM file of a company's own certificate authorities, which "
        "count beside the public ones",
    )
    proxy: SecretStr | None = Field(
        default=None,
        description="The proxy that calls go through: http(s)://[name:password@]host:"
        "port",
    )
    no_proxy: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts that are called without the proxy: host or host:port, "
        "commas between them",
    )
    auth_url: str = Field(
        default="https://auth.atlassian.com",
        description="Where Atlassian's Cloud gives OAuth tokens",
    )
    gateway_url: str = Field(
        default="https://api.atlassian.com",
        description="The gateway of Atlassian's Cloud, for scoped tokens and OAuth",
    )
    host: str = Field(default="127.0.0.1", description="Where to listen")
    port: int = Field(default=8400, ge=1, le=65_535, description="Where to listen")
    public_url: str = Field(
        default="",
        description="Where Jira reaches this service from outside, such as "
        "https://cd3.example.org; what `cd3 webhook` registers",
    )
    log_level: LogLevel = Field(
        default="info", description="debug, info, warning or error"
    )
    clock_round_seconds: float = Field(
        default=300, ge=1, description="How often each backlog is recomputed anyway"
    )
    debounce_seconds: float = Field(
        default=0.5, ge=0, description="How long to wait for a change's companions"
    )
    debounce_most_seconds: float = Field(
        default=5.0, ge=0, description="The longest that a change waits for them"
    )

    writes_per_second: float = Field(
        default=30,
        gt=0,
        le=1_000,
        description="How many writes a second all workers together make to one "
        "endpoint of a site; Jira Cloud turns away what is above 50",
    )
    calls_at_once: int = Field(
        default=8,
        ge=1,
        le=20,
        description="How many calls to one site a process makes at the same time",
    )

    webhook_silence_hours: float = Field(
        default=6,
        gt=0,
        description="How long no delivery may come, though issues change, before that "
        "is told",
    )
    worker_metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="Where a worker in a process of its own shows its figures; of "
        "several that `cd3 serve` runs, the first here and each other one port higher",
    )
    worker_metrics_host: str = Field(
        default="127.0.0.1", description="The address of that port"
    )
    lease_seconds: float = Field(
        default=60,
        ge=1,
        description="After how long a silence a worker's work goes to another one",
    )
    keep_deliveries_days: float = Field(
        default=7,
        ge=1,
        le=3_650,
        description="How long deliveries are kept that are done or ignored; a body "
        "that comes once more within that time is known",
    )
    keep_dead_letters_days: float = Field(
        default=90, ge=1, le=3_650, description="How long dead letters are kept"
    )
    keep_plans_days: float = Field(
        default=365, ge=1, le=3_650, description="How long plans are kept"
    )

    @field_validator("allowed_hosts", "no_proxy", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(host.strip() for host in value.split(",") if host.strip())

    @field_validator("no_proxy")
    @classmethod
    def _whole_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if host.startswith((".", "*")) or "/" in host:
                raise ValueError(f"{host!r} is no host: name each whole, as host:port")
        return hosts

    @field_validator("auth_url", "gateway_url")
    @classmethod
    def _bare(cls, url: str) -> str:
        return url.strip().rstrip("/")

    @model_validator(mode="after")
    def _most_is_most(self) -> Self:
        if self.debounce_most_seconds < self.debounce_seconds:
            raise ValueError(
                "CD3_DEBOUNCE_MOST_SECONDS is less than CD3_DEBOUNCE_SECONDS"
            )
        return self

    def secret_keys(self) -> tuple[str, ...]:
        """List the secret keys, the one that encrypts first."""
        given = self.secret_key.get_secret_value() if self.secret_key else ""
        return tuple(key.strip() for key in given.split(",") if key.strip())


def read_settings(
    *, env_file: Path = Path(".env"), secrets_folder: Path = SECRETS_FOLDER
) -> Settings:
    """Read environment, `.env` and secret files; refuse names we do not know."""
    _refuse_unknown({**dotenv_values(env_file), **os.environ})
    folder = secrets_folder if secrets_folder.is_dir() else None
    try:
        return Settings(_env_file=env_file, _secrets_dir=folder)
    except ValidationError as error:
        raise ConfigurationError(_in_words(error), hint="See .env.example.") from error


def _refuse_unknown(environment: Mapping[str, str | None]) -> None:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    for name in sorted(environment):
        upper = name.upper()
        ours = upper.startswith(PREFIX) and not _NOT_OURS.fullmatch(upper)
        if ours and upper not in known:
            near = get_close_matches(upper, known, n=1, cutoff=0)
            raise ConfigurationError(
                f"There is no setting {name}.", hint=f"The nearest is {near[0]}."
            )


def _in_words(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_input=False):
        name = "".join(str(part) for part in problem["loc"][:1])
        lines.append(
            f"{PREFIX}{name.upper()}: {problem['msg']}" if name else problem["msg"]
        )
    return "; ".join(lines)
