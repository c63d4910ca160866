"""`cd3 worker`: a worker alone; on PostgreSQL as many as you like."""

import signal
import sys
import threading
from types import FrameType
from typing import Annotated

import typer


def worker(
    *,
    name: Annotated[
        str,
        typer.Option(
            help="What to call it in the log; host and process unless given. "
            "Each start adds some signs, so that no two living workers share a name."
        ),
    ] = "",
    leashed: Annotated[
        bool, typer.Option("--leashed", help="End when stdin does.", hidden=True)
    ] = False,
) -> None:
    """Run a worker: it reads deliveries, rescores what is due, and goes round.

    Example: cd3 worker --name left
    """
    from app.console.books import in_words  # noqa: PLC0415 - loads slowly
    from app.console.logs import write_logs  # noqa: PLC0415 - likewise
    from app.ground import open_ground  # noqa: PLC0415 - likewise
    from app.hiring import hire, make_errand  # noqa: PLC0415 - likewise
    from app.settings import read_settings  # noqa: PLC0415 - likewise
    from app.work.alone import as_only_worker  # noqa: PLC0415 - likewise

    settings = read_settings()
    write_logs(settings.log_level)
    told = _hear_signals()
    with in_words(), as_only_worker(settings.database_url):
        ground = open_ground(settings)
        hired = hire(ground, make_errand(ground), name=name)
        hired.start()
        typer.echo(f"cd3: {hired.name} works; stop it with Ctrl-C", err=True)
        if leashed:
            threading.Thread(
                target=_until_stdin_ends, args=(told,), daemon=True
            ).start()
        told.wait()
        hired.stop()
        ground.close()


def _hear_signals() -> threading.Event:
    """Answer an event that Ctrl-C or a kind kill sets; a second one kills."""
    told = threading.Event()

    def hear(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.set()

    signal.signal(signal.SIGINT, hear)
    signal.signal(signal.SIGTERM, hear)
    return told


def _until_stdin_ends(told: threading.Event) -> None:
    sys.stdin.buffer.read()
    told.set()
