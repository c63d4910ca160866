"""Open what looks after a site's webhook, for a command, or say why that cannot be."""

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.console.trouble import CONFIGURATION, UNAVAILABLE, CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.work.hooking import Hooking

# Receivers read a site's secrets anew within a second.
SETTLE_SECONDS = 2.0


def settle(sleep: "Callable[[float], None]" = time.sleep) -> None:
    """Wait until every receiver knows a new secret."""
    sleep(SETTLE_SECONDS)


@contextmanager
def opened_hooking(
    site: str, url: str = "", *, needs_url: bool = False
) -> "Iterator[Hooking]":
    """Open it for a site; `needs_url` where it matters how Jira reaches us.

    A credential that Jira does not take ends the command with what mends it.
    """
    from app.books.sites import Sites  # noqa: PLC0415 - loads slowly
    from app.checks.turned_away import refused  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly
    from app.ground import connections_of, sealer_of  # noqa: PLC0415 - loads slowly
    from app.settings import read_settings  # noqa: PLC0415 - loads slowly
    from app.work.hooking import Hooking  # noqa: PLC0415 - loads slowly
    from connectors.errors import UnauthorizedError  # noqa: PLC0415 - loads slowly

    with opened_books() as database:
        settings = read_settings()
        public = url or settings.public_url
        if needs_url and not public.startswith(("https://", "http://")):
            raise CommandError(
                "where Jira reaches this service is not known",
                hint="set CD3_PUBLIC_URL, or give --url https://cd3.example.org",
                code=CONFIGURATION,
            )
        sealer = sealer_of(settings)
        connections = connections_of(settings, database, sealer)
        hooking = Hooking(
            database,
            Sites(sealer),
            connections,
            public,
            settle=settle,
        )
        try:
            yield hooking
        except UnauthorizedError as error:
            mend = refused(hooking.site(site), error).next
            raise CommandError(
                f"Jira does not take this site's credential ({error})",
                hint=f"{mend}; then run: cd3 doctor --site {site}",
                code=UNAVAILABLE,
            ) from error
        finally:
            connections.close()
