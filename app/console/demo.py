"""`cd3 demo`: a pretend Atlassian site and the service, joined by real HTTP."""

import contextlib
import json
import logging
import signal
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console.sandbox import flavour_of
from app.console.trouble import CHECK_FAILED, CommandError

if TYPE_CHECKING:
    from connectors.sandbox.flavour import Flavour

PORT = 8400


def demo(
    *,
    port: Annotated[
        int, typer.Option(help="The service's port; a free one if it is taken.")
    ] = PORT,
    kind: Annotated[
        str, typer.Option(help="The kind of site: cloud or datacenter.")
    ] = "cloud",
    once: Annotated[
        bool, typer.Option("--once", help="Make one trip unattended, then end.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON for scripts first.")
    ] = False,
) -> None:
    """Start a sandbox site with a sample backlog and the service beside it.

    Edit a cost of delay in the sandbox and watch the backlog and its pages follow.

    Example: cd3 demo
    """
    flavour = flavour_of(kind)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    _stop_on_term()
    with (
        contextlib.suppress(KeyboardInterrupt),
        tempfile.TemporaryDirectory(prefix="cd3-demo-") as folder,
    ):
        _run(Path(folder), port, flavour, once=once, as_json=as_json)


def _run(
    folder: Path, port: int, flavour: "Flavour", *, once: bool, as_json: bool
) -> None:
    from app.demo.stage import open_stage  # noqa: PLC0415 - heavy, needed only here
    from app.demo.trip import make_trip  # noqa: PLC0415 - likewise

    with open_stage(folder, port=port, say=_say, flavour=flavour) as stage:
        if as_json:
            _print(json.dumps(stage.to_json()))
        else:
            _print(stage.to_text())
        if once:
            trip = make_trip(stage)
            _print(json.dumps(trip.to_json()) if as_json else trip.to_text())
            if not trip.complete:
                raise CommandError(
                    "the trip did not come to its end",
                    hint="The last line above says which step is missing.",
                    code=CHECK_FAILED,
                )
            return
        if not as_json:
            _print("Press Ctrl-C to stop; everything is forgotten then.")
        threading.Event().wait()


def _stop_on_term() -> None:
    """End on SIGTERM as on Ctrl-C: cleanly."""

    def stop(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    typer.echo(text, err=True)
