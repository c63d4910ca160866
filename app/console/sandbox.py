"""`cd3 sandbox`: only the pretend Atlassian site."""

import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import clock
from app.console.trouble import CONFIGURATION, CommandError

if TYPE_CHECKING:
    from connectors.sandbox.app import Sandbox
    from connectors.sandbox.flavour import Flavour
    from connectors.sandbox.state import Site


DATA_CENTER = "9.12.5"


def sandbox(  # noqa: PLR0913 - one a option
    *,
    port: Annotated[int, typer.Option(help="Where to listen, on this machine.")] = 8401,
    kind: Annotated[
        str, typer.Option(help="The kind of site: cloud or datacenter.")
    ] = "cloud",
    jira: Annotated[
        str,
        typer.Option(
            metavar="VERSION", help="A Data Center's version, such as 9.12.5 or 10.3.1."
        ),
    ] = DATA_CENTER,
    backlog: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A backlog file (.json, .json.gz), or a folder with issues.jsonl.gz "
            "and links.csv.gz. Without it, a sample backlog.",
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Keep the site here, and go on from it next time."
        ),
    ] = None,
    latency: Annotated[
        float, typer.Option(min=0, max=600_000, help="Milliseconds before each answer.")
    ] = 0,
    limits: Annotated[
        bool, typer.Option("--limits", help="Keep Jira Cloud's rate limits.")
    ] = False,
    untold: Annotated[
        bool,
        typer.Option(
            "--untold-webhooks",
            help="From Jira 10 on: read no webhook's secret and filter back.",
        ),
    ] = False,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND,NAME=VALUE,…",
            help="Let something go wrong, such as "
            "reset,method=PUT,applied=true,times=2; may be repeated. "
            "See docs/sandbox.md.",
        ),
    ] = None,
) -> None:
    """Pretend to be an Atlassian site: Jira, Confluence, and a view of both."""
    # A web server is slow to load, and other commands need none.
    from connectors.sandbox.serving import serve  # noqa: PLC0415 - as said

    flavour = replace(flavour_of(kind, jira), tells_hooks=not untold)
    made = _make(backlog, state, flavour)
    _spoil(made, latency, fault or [])
    if limits:
        made.limits.switch({})
    try:
        # Where the shell that began us ignores Ctrl-C for us, the server just ends.
        with contextlib.suppress(KeyboardInterrupt):
            serve(made, "127.0.0.1", port, ready=lambda: _tell(made.state))
        typer.echo("cd3: the sandbox stopped", err=True)
    except OSError as error:
        raise CommandError(
            f"port {port} cannot be used: {error.strerror}",
            hint="name another with --port",
            code=CONFIGURATION,
        ) from error


def flavour_of(kind: str, version: str = DATA_CENTER) -> "Flavour":
    """Read which kind of site is wanted, and of which version."""
    from connectors.sandbox.flavour import CLOUD, Flavour  # noqa: PLC0415 - as above

    if kind == "cloud":
        return CLOUD
    if kind != "datacenter":
        raise CommandError(
            f"no kind of site is called {kind}", hint="take cloud or datacenter"
        )
    if re.fullmatch(r"[1-9][0-9]?(\.[0-9]{1,3}){1,2}", version) is None:
        raise CommandError(
            f"{version} is no version of a Jira", hint="write it as 9.12.5 or 10.3"
        )
    return Flavour.data_center(version)


def _make(backlog: Path | None, state: Path | None, flavour: "Flavour") -> "Sandbox":
    from connectors.sandbox.answers import SeedError  # noqa: PLC0415 - as above
    from connectors.sandbox.app import create_sandbox  # noqa: PLC0415 - as above

    try:
        return create_sandbox(
            _seed(backlog), state_file=state, flavour=flavour, now=clock.now
        )
    except SeedError as error:
        raise CommandError(
            str(error),
            hint="mend the file, or leave the option out for the sample backlog",
            code=CONFIGURATION,
        ) from error


def _spoil(made: "Sandbox", latency: float, faults: list[str]) -> None:
    """Switch on what shall go wrong from the start."""
    from connectors.sandbox.faults.fault import (  # noqa: PLC0415 - as above
        FaultError,
        parse_fault,
    )

    try:
        raws = [parse_fault(text) for text in faults]
        if latency:
            raws.append({"kind": "latency", "seconds": latency / 1000})
        made.faults.switch(raws)
    except FaultError as error:
        raise CommandError(
            f"--fault: {error}", hint="docs/sandbox.md lists the faults"
        ) from error


def _seed(backlog: Path | None) -> dict[str, Any]:
    if backlog is None:
        from connectors.sandbox.sample import sample  # noqa: PLC0415 - rarely needed

        return sample(today=clock.today())
    if backlog.is_dir():
        from connectors.sandbox.titanium import titanium  # noqa: PLC0415 - likewise

        return titanium(backlog)
    from connectors.sandbox.load import load_seed  # noqa: PLC0415 - likewise

    return load_seed(backlog)


def _tell(site: "Site") -> None:
    """Print where the site is and who may sign in."""
    typer.echo(f"Jira        {site.url}")
    typer.echo(f"Confluence  {site.url}/wiki")
    typer.echo("")
    for account in site.accounts:
        if account.email:
            name = account.email if site.flavour.is_cloud else account.name
            typer.echo(f"{account.display_name}: {name} {account.token}")
