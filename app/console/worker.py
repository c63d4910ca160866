"""`cd3 worker`: a worker alone; on PostgreSQL as many as you like."""

import signal
import sys
import threading
from contextlib import ExitStack
from queue import SimpleQueue
from types import FrameType
from typing import Annotated

import typer

from app.console.ending import end_if_held, end_within

# A rescore that runs gets ten of them.
END_SECONDS = 25


def worker(
    *,
    name: Annotated[
        str,
        typer.Option(
            help="What to call it in the log; host and process unless given. "
            "Each start adds some signs, so that no two living workers share a name."
        ),
    ] = "",
    metrics_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65_535,
            help="Show this process's figures at /metrics there; 0 for nowhere.",
            show_default="CD3_WORKER_METRICS_PORT, else nowhere",
        ),
    ] = None,
    leashed: Annotated[
        bool, typer.Option("--leashed", help="End when stdin does.", hidden=True)
    ] = False,
) -> None:
    """Run a worker: it reads deliveries, rescores what is due, and goes round.

    Example: cd3 worker --name left
    """
    from app.console.books import in_words  # noqa: PLC0415 - loads slowly
    from app.console.figures import shown_figures  # noqa: PLC0415 - likewise
    from app.console.logs import write_logs  # noqa: PLC0415 - likewise
    from app.ground import open_ground  # noqa: PLC0415 - likewise
    from app.hiring import hire, make_errand  # noqa: PLC0415 - likewise
    from app.settings import read_settings  # noqa: PLC0415 - likewise
    from app.work.alone import as_only_worker  # noqa: PLC0415 - likewise

    settings = read_settings()
    write_logs(settings.log_level)
    told = _hear_signals()
    port = settings.worker_metrics_port if metrics_port is None else metrics_port
    with ExitStack() as stack:
        stack.enter_context(in_words())
        stack.enter_context(as_only_worker(settings.database_url))
        ground = open_ground(settings)
        if port:
            host = settings.worker_metrics_host
            stack.enter_context(shown_figures(ground.registry, host, port))
        hired = hire(ground, make_errand(ground), name=name)
        hired.start()
        typer.echo(f"cd3: {hired.name} works; stop it with Ctrl-C", err=True)
        if leashed:
            threading.Thread(
                target=_until_stdin_ends, args=(told,), daemon=True
            ).start()
        told.get()
        end_within(END_SECONDS)
        hired.stop()
        ground.close()
        end_if_held()


def _hear_signals() -> SimpleQueue[int]:
    """Answer a queue that hears of Ctrl-C or a kind kill; a second one kills.

    A queue of this kind may be filled by a signal that interrupts who waits for it; an
    event's own lock would be held by the very thread that the signal stopped.
    """
    told: SimpleQueue[int] = SimpleQueue()

    def hear(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.put(number)

    signal.signal(signal.SIGINT, hear)
    signal.signal(signal.SIGTERM, hear)
    return told


def _until_stdin_ends(told: SimpleQueue[int]) -> None:
    sys.stdin.buffer.read()
    told.put(0)
