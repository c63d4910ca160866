"""`cd3 serve`: the API and the receiver, with a worker inside unless told otherwise."""

import logging
from typing import Annotated

import typer


def serve(
    *,
    host: Annotated[
        str, typer.Option(help="Where to listen; CD3_HOST unless given.")
    ] = "",
    port: Annotated[
        int, typer.Option(help="Where to listen; CD3_PORT unless given.")
    ] = 0,
    worker: Annotated[
        bool, typer.Option(help="Run a worker inside this process.")
    ] = True,
) -> None:
    """Run the API, the webhook receiver and a worker.

    Example: cd3 serve --port 8400
    """
    import uvicorn  # noqa: PLC0415 - heavy, and only this command needs it

    from app.opening import open_service  # noqa: PLC0415 - likewise
    from app.settings import read_settings  # noqa: PLC0415 - likewise

    settings = read_settings()
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for noisy in ("httpx", "httpcore", "urllib3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    opened = open_service(settings, with_worker=worker)
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
