"""A Confluence that refuses its own token costs the pages, not the ranking."""

from dataclasses import replace

from app.books.backlogs import PagesPlace, Policy
from app.books.database import Database
from app.books.pages import Pages
from app.books.sites import Credential, SiteSecrets
from connectors.ways import Way
from tests.app.work.errand import US, Errand, errand

TOKEN = "cd3-personal-token"


def by_two_tokens(town: Errand) -> None:
    """Sign in by a personal token; Confluence's own is wrong."""
    accounts = town.site.state.accounts
    us = replace(town.us, personal_token=TOKEN)
    accounts.by_id[us.account_id] = accounts.by_email[US] = us
    with town.books.writing() as session:
        site = town.sites.find(session, "pretend")
        assert site is not None
        way = Credential(Way.PERSONAL_TOKEN, confluence_token=True)
        secrets = SiteSecrets(TOKEN, confluence_token="a-wrong-token")
        town.sites.change(session, replace(site, credential=way), secrets)


def test_a_refused_confluence_token_stops_pages_alone(books: Database) -> None:
    with errand(books) as town:
        place = PagesPlace("HARB", "", ("ranking",))
        policy = Policy(write=("scores", "rank", "pages"))
        town.set_up(pages=place, policy=policy)
        by_two_tokens(town)
        town.edit("HARB-52", 500_000)
        town.hear(*town.told())
        assert town.run() == ["applied"]
        assert "HARB-52" in town.written()
        with books.reading() as session:
            site = town.sites.find(session, "pretend")
            [page] = Pages().list(session, "harbour")
        assert site is not None
        assert site.state == "ok"
        assert page.state == "refused"
        assert "Confluence refused the site's token" in page.reason
        assert page.page_id  # the page that stands is not forgotten
