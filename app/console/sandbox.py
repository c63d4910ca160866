"""`cd3 sandbox`: only the pretend Atlassian site."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app import clock
from app.console.trouble import CONFIGURATION, CommandError

if TYPE_CHECKING:
    from connectors.sandbox.app import Sandbox
    from connectors.sandbox.state import Site


def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Where to listen, on this machine.")] = 8401,
    kind: Annotated[str, typer.Option(help="The kind of site: cloud.")] = "cloud",
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
) -> None:
    """Pretend to be an Atlassian site: Jira, Confluence, and a view of both."""
    if kind != "cloud":
        raise CommandError(f"no kind of site is called {kind}", hint="take cloud")
    # A web server is slow to load, and other commands need none.
    from connectors.sandbox.serving import serve  # noqa: PLC0415 - as said

    made = _make(backlog, state)
    try:
        serve(made, "127.0.0.1", port, ready=lambda: _tell(made.state))
    except OSError as error:
        raise CommandError(
            f"port {port} cannot be used: {error.strerror}",
            hint="name another with --port",
            code=CONFIGURATION,
        ) from error
    except KeyboardInterrupt:
        typer.echo("cd3: the sandbox stopped", err=True)


def _make(backlog: Path | None, state: Path | None) -> "Sandbox":
    from connectors.sandbox.answers import SeedError  # noqa: PLC0415 - as above
    from connectors.sandbox.app import create_sandbox  # noqa: PLC0415 - as above

    try:
        return create_sandbox(_seed(backlog), state_file=state, now=clock.now)
    except SeedError as error:
        raise CommandError(
            str(error),
            hint="mend the file, or leave the option out for the sample backlog",
            code=CONFIGURATION,
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
            typer.echo(f"{account.display_name}: {account.email} {account.token}")
