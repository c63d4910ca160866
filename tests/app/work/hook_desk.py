"""A pretend site in the books, with a webhook secret, whose webhook is looked after."""

from collections.abc import Iterator
from contextlib import contextmanager

from app import clock
from app.books.database import Database
from app.books.sites import Site, SiteSecrets
from app.work.hooking import Hooking
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.model import Webhook
from connectors.sandbox.sample import sample
from connectors.sandbox.serving import in_thread
from tests.app.work.errand import Errand
from tests.ways import SITE_URL, Way

PUBLIC = "https://cd3.example.org"
FIRST = "the first secret of this site, long enough"


@contextmanager
def hook_desk(books: Database, way: Way = SITE_URL, *secrets: str) -> Iterator[Errand]:
    site = create_sandbox(sample(), flavour=way.flavour)
    with in_thread(site) as url:
        made = Errand(books, site, url, way)
        known = Site(
            "pretend", "Pretend", url, f"{url}/wiki", way.login(made.us), clock.now()
        )
        with books.writing() as session:
            made.sites.add(session, known, SiteSecrets(made.token, secrets))
        yield made
        made.connections.close()
        made.person.close()


def hooking_of(desk: Errand, public: str = PUBLIC) -> Hooking:
    return Hooking(
        desk.books, desk.sites, desk.connections, public, settle=lambda: None
    )


def hooks(desk: Errand) -> list[Webhook]:
    return list(desk.site.state.webhooks.values())
