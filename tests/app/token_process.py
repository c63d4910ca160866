"""A worker that renews a site's token, to be killed while it does."""

import sys
from datetime import UTC, datetime

from app.books.database import Database
from app.books.secrets import Sealer
from app.books.sites import Credential, Site, SiteSecrets
from app.books.tokens import TokenBooks
from app.tokens import Renewed
from connectors.access import SiteAccess
from connectors.oauth import Client
from connectors.patience import Patience
from connectors.ways import OFFLINE, Way
from connectors.wire import Wire

SEALER = Sealer(["a key that is long enough to be used"])
SECRETS = SiteSecrets("cd3-client-secret")
BACK = "http://127.0.0.1:1/back"


def site_at(url: str, way: Way = Way.OAUTH) -> Site:
    now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    credential = Credential(way, redirect_uri=BACK, scopes=(OFFLINE,))
    return Site(
        "acme", "Acme", url, f"{url}/wiki", "cd3-client", now, credential=credential
    )


def renewed(books: TokenBooks, url: str, *, lease: float = 60.0) -> Renewed:
    """Make a signer as each worker has its own."""
    hosts = frozenset({url.removeprefix("http://")})

    def endpoint(_site: Site) -> Wire:
        access = SiteAccess(url, "", allowed_hosts=hosts)
        return Wire(access, patience=Patience(attempts=1))

    client = Client("cd3-client", "cd3-client-secret")
    return Renewed(site_at(url), client, books, endpoint, lease_seconds=lease)


if __name__ == "__main__":
    database_url, sandbox_url = sys.argv[1:]
    books = TokenBooks(Database(database_url), SEALER)
    renewed(books, sandbox_url, lease=2.0).header()
