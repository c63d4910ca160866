"""How the long-running commands write their log: to stderr, a line an event."""

import logging

from app.books.outage import ENGINE, outage

NOISY = ("httpx", "httpcore", "urllib3", "alembic")


def write_logs(level: str) -> None:
    """Write what we and our libraries say from this level on."""
    logging.basicConfig(
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for handler in logging.getLogger().handlers:
        handler.addFilter(outage)
    logging.getLogger(ENGINE).addFilter(outage)  # it brings a handler of its own
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
