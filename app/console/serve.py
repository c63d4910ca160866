"""`cd3 serve`: the API and the receiver, with a worker inside unless told otherwise."""

from contextlib import ExitStack
from typing import Annotated

import typer

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

    settings = read_settings()
    write_logs(settings.log_level)
    with ExitStack() as stack:
        with in_words():
            if worker and not workers:
                stack.enter_context(as_only_worker(settings.database_url))
            opened = open_service(settings, with_worker=worker, workers=workers)
        uvicorn.run(
            opened.app,
            host=host or settings.host,
            port=port or settings.port,
            log_level=settings.log_level,
            access_log=False,
            server_header=False,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=10,
            limit_concurrency=512,
        )
