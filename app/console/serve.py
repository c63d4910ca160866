"""`cd3 serve`: the API and the receiver, with a worker inside unless told otherwise."""

import signal
from contextlib import ExitStack
from functools import partial
from typing import Annotated, NoReturn

import typer

from app.console.ending import end_if_held, end_within

# Workers in processes of their own get as long as they do when they are alone.
END_SECONDS = 40
MOST_WORKERS = 64

# Read with the settings, which are heavy; told before that, in the help.
HOST = "127.0.0.1"
PORT = "8400"


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Where to listen; CD3_HOST if set.", show_default=HOST)
    ] = "",
    port: Annotated[
        int, typer.Option(help="Where to listen; CD3_PORT if set.", show_default=PORT)
    ] = 0,
    worker: Annotated[
        bool, typer.Option(help="Run a worker inside this process.")
    ] = True,
    workers: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_WORKERS,
            help="Run so many workers in processes of their own instead; more than "
            "one needs PostgreSQL.",
        ),
    ] = 0,
) -> None:
    """Run the API, the webhook receiver and a worker.

    Example: cd3 serve --port 8400
    """
    import uvicorn  # noqa: PLC0415 - heavy, and only this command needs it

    from app.console.books import in_words  # noqa: PLC0415 - likewise
    from app.console.logs import write_logs  # noqa: PLC0415 - likewise
    from app.opening import open_service  # noqa: PLC0415 - likewise
    from app.settings import read_settings  # noqa: PLC0415 - likewise
    from app.work.alone import as_only_worker  # noqa: PLC0415 - likewise

    signal.signal(signal.SIGTERM, _end)
    settings = read_settings()
    write_logs(settings.log_level)
    with ExitStack() as stack:
        with in_words():
            if worker and not workers:
                stack.enter_context(as_only_worker(settings.database_url))
            opened = open_service(
                settings,
                with_worker=worker,
                workers=workers,
                on_end=partial(end_within, END_SECONDS),
            )
        uvicorn.run(
            opened.app,
            host=host or settings.host,
            port=port or settings.port,
            log_level=settings.log_level,
            access_log=False,
            server_header=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=10,
            # Ten sites send over 300 connections, and a request that was just answered
            # may count beside the next one on its connection.
            limit_concurrency=1_024,
        )


def _end(_signal: int, _frame: object) -> NoReturn:
    """End well: uvicorn passes the signal on once it has answered whom it had heard."""
    end_if_held()
    raise SystemExit(0)
