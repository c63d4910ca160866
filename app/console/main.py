"""The command `cd3`: one module a command, an error as one line and a hint."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from app.console.backtest import backtest
from app.console.dead_letters import dead_letters
from app.console.demo import demo
from app.console.doctor import doctor
from app.console.fields import fields
from app.console.init import init
from app.console.keys import keys
from app.console.migrate import migrate
from app.console.rank import rank
from app.console.reconcile import reconcile
from app.console.sandbox import sandbox
from app.console.score import score
from app.console.serve import serve
from app.console.trouble import (
    CHECK_FAILED,
    CONFIGURATION,
    UNAVAILABLE,
    CommandError,
)
from app.console.webhook import webhook
from app.console.worker import worker
from app.errors import AppError
from connectors.errors import ConnectorError

app = typer.Typer(
    name="cd3",
    help="Keeps a Jira backlog in the order that loses the least by waiting.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

# Commands load slowly where they need much: such imports stand inside them.
app.command("rank")(rank)
app.command("backtest")(backtest)
app.command("serve")(serve)
app.command("reconcile")(reconcile)
app.command("worker")(worker)
app.command("demo")(demo)
app.command("sandbox")(sandbox)
app.command("init")(init)
app.command("migrate")(migrate)
app.command("doctor")(doctor)
app.command("fields")(fields)
app.command("score")(score)
app.add_typer(keys, name="keys", no_args_is_help=True)
app.add_typer(dead_letters, name="dead-letters", no_args_is_help=True)
app.add_typer(webhook, name="webhook", no_args_is_help=True)


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(version("cd3"))
        raise typer.Exit


@app.callback()
def _options(
    *,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            callback=_tell_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Read what stands before the command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; end with the exit code that fits.

    0 ok, 1 a check failed, 2 usage, 3 configuration, 4 remote unavailable.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        app([word for word in words if word != "--debug"], prog_name="cd3")
    except Exception as error:
        if debug:
            raise
        sys.exit(end_with(error))


def end_with(error: Exception) -> int:
    """Say what ended the command, and tell the exit code."""
    match error:
        case CommandError():
            _tell(str(error), error.hint)
            return error.code
        case AppError():
            _tell(str(error), error.hint)
            return CONFIGURATION
        case ConnectorError():
            _tell(str(error), "see that the site is up and the credential right")
            return UNAVAILABLE
        case _:
            told = f"{type(error).__name__}: {error}"
            _tell(told, "run it again with --debug to see where")
            return CHECK_FAILED


def _tell(message: str, hint: str) -> None:
    """Say what went wrong, and what to do next, on stderr."""
    typer.echo(f"cd3: {message}", err=True)
    if hint:
        typer.echo(f"     {hint}", err=True)
