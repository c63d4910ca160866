"""The webhook is narrowed to projects where that loses nothing, and else it is said."""

from dataclasses import replace

import pytest

from app import clock
from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.rankings import Ranking, Rankings
from app.books.secrets import Sealer
from app.books.sites import Site, Sites, SiteSecrets
from app.checks.hearing import judge_hook
from app.work.narrowing import Scope, named_projects, scope_of
from connectors.hooks import EVENTS, MOST_PROJECTS, plan_hook
from connectors.jira_values import Webhook, WebhookWish
from scoring.item import Mode

ALL = "hears of all projects' issues"
WHY = "backlog b1 was not read yet"
NOW = clock.now()
SITE = Site("quay", "Quay", "https://quay.example", "", "", NOW)


@pytest.mark.parametrize(
    ("jql", "projects"),
    [
        ("project = HARB", {"HARB"}),
        ('"project"="HARB" AND type = Bug ORDER BY Rank', {"HARB"}),
        ("type = Bug and (PROJECT in (HARB, 'TIDE') && x = y)", {"HARB", "TIDE"}),
        # whatever may let in an issue of another project
        ("project = HARB OR labels = port", set()),
        ("(project = HARB OR project = TIDE) AND type = Bug", set()),
        ("project != HARB", set()),
        ("NOT project = HARB", set()),
        ("project not in (HARB)", set()),
        ("project in projectsLeadByUser()", set()),
        ("project in (HARB, projectsLeadByUser())", set()),
        ("filter = 10001", set()),
        ("", set()),
        # names and ids: Jira may know the key by another tomorrow
        ('project = "Harbour Works"', set()),
        ('project in (HARB, "Tide works")', set()),
        ("project = 10001", set()),
        ('text ~ "project = HARB"', set()),
    ],
)
def test_only_what_keeps_all_issues_to_projects_names_them(
    jql: str, projects: set[str]
) -> None:
    assert named_projects(jql) == projects


def scope(books: Database, *backlogs: tuple[str, tuple[str, ...] | None, int]) -> Scope:
    """Keep backlogs, each with its JQL, what was read of it, and by which settings."""
    with books.writing() as session:
        Sites(Sealer(("a key of at least thirty-two characters",))).add(
            session, SITE, SiteSecrets("token")
        )
        for number, (jql, names, version) in enumerate(backlogs):
            name = f"b{number}"
            wanted = Backlog(name, SITE.id, name, jql, Mode.MONEY, "EUR", NOW)
            Backlogs().add(session, wanted)
            if names is not None:
                ranking = Ranking(name, 1, {}, {}, names, 1, version, NOW)
                Rankings().put(session, ranking)
    with books.reading() as session:
        return scope_of(session, SITE.id, Backlogs(), Rankings())


def test_what_was_read_and_what_is_named_is_heard_of(books: Database) -> None:
    found = scope(
        books,
        ("project in (HARB, QUAY)", ("HARB-1", "1001", "TIDE-7", "1007"), 1),
        ("project = MOLE", (), 1),
    )
    assert found == Scope(frozenset({"HARB", "QUAY", "TIDE", "MOLE"}))


@pytest.mark.parametrize(
    ("jql", "names", "version", "why"),
    [
        ("project = TIDE", None, 1, "backlog b1 was not read yet"),
        ("labels = port", (), 1, "backlog b1 is empty"),
        ("project = TIDE", (), 0, "backlog b1 was not read yet"),
    ],
)
def test_a_backlog_that_may_be_anywhere_makes_it_wide(
    books: Database, jql: str, names: tuple[str, ...] | None, version: int, why: str
) -> None:
    found = scope(books, ("project = HARB", ("HARB-1",), 1), (jql, names, version))
    assert found.projects == frozenset()
    assert found.wide.startswith(why)


def test_too_many_projects_make_it_wide(
    books: Database,
) -> None:
    many = tuple(f"P{number}-1" for number in range(MOST_PROJECTS + 1))
    assert scope(books, ("", many, 1)).wide == "51 projects are more than 50"


def test_without_a_backlog_it_is_wide(books: Database) -> None:
    assert scope(books).wide == "the site has no backlog yet"


def test_the_doctor_does_not_call_narrow_what_is_not() -> None:
    url = "https://cd3.example.org/webhooks/jira/acme"
    wish = WebhookWish("CD3 acme", url, EVENTS)
    hook = Webhook("7", "CD3 acme", url, EVENTS, "", signed=True)
    site = replace(SITE, webhook_secrets=1)
    told = {
        wide: [
            one.what
            for one in judge_hook(
                site, plan_hook([hook], wish), public_url=url, proved=True, wide=wide
            )
        ]
        for wide in ("", WHY)
    }
    assert told == {
        "": ["webhook 7 is there, is signed and is narrow"],
        WHY: [f"webhook 7 is there, is signed and {ALL}, for {WHY}"],
    }
