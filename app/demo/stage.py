"""The stage: sandbox site and service in one process, joined by real HTTP only."""

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from app import clock
from app.books.database import Database
from app.books.keys import Keys, Role
from app.books.migrating import migrate
from app.demo.person import Person
from app.demo.setting_up import Admin, Setup
from app.opening import open_service
from app.settings import Settings
from connectors.sandbox.app import Sandbox, create_sandbox
from connectors.sandbox.flavour import CLOUD, Flavour
from connectors.sandbox.sample import sample, sample_backlog, sample_mapping
from connectors.sandbox.serving import free_port as any_free_port
from connectors.sandbox.serving import in_thread

HOST = "127.0.0.1"
STARTS_WITHIN = 120.0
FIRST_RANKING_WITHIN = 300.0
# In the sandbox retries need not wait for minutes.
RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
US, PERSON = "cd3@harbour.example", "ada@harbour.example"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything is, once it runs."""

    service: str
    sandbox: str
    email: str
    token: str
    admin_key: str
    backlog: str
    database: str
    flavour: Flavour = CLOUD

    def person(self) -> Person:
        """Let the person whose name stands here sit down at the sandbox."""
        return Person(self.sandbox, self.email, self.token, self.flavour)

    def to_json(self) -> dict[str, Any]:
        """Write it for scripts."""
        return {
            "service": self.service,
            "sandbox": {"url": self.sandbox, "email": self.email, "token": self.token},
            "admin_key": self.admin_key,
            "backlog": self.backlog,
            "database": self.database,
        }

    def to_text(self) -> str:
        """Say to a person where to look and what to try."""
        return f"""
  The sandbox's backlog   {self.sandbox}/
  Its Confluence pages    {self.sandbox}/ui/pages
  The service             {self.service}/docs
  Admin key               {self.admin_key}

  Try it: change a cost of delay in the backlog; the order and the pages follow.
"""


@contextmanager
def open_stage(
    folder: Path,
    *,
    port: int,
    say: Callable[[str], None],
    flavour: Flavour = CLOUD,
) -> Iterator[Stage]:
    """Start both sides, connect them as an admin would, wait for the first ranking."""
    say("Starting the sandbox site …")
    seed = sample(today=clock.today())
    site = create_sandbox(seed, retry_waits=RETRY_SECONDS, flavour=flavour)
    with in_thread(site, HOST, free_port(port + 1 if port else 0)) as sandbox_url:
        say("Starting the service …")
        settings = _settings(folder, sandbox_url)
        database = Database(settings.database_url)
        with closing(database):
            migrate(database)
            admin_key = _make_key(database)
        with _serving(settings, free_port(port)) as service_url:
            say("Connecting the two, ranking and publishing for the first time …")
            yield _set_up(site, service_url, sandbox_url, admin_key, settings)
            say("Stopping …")


def free_port(wanted: int) -> int:
    """Take the wanted port, or any that is free."""
    if wanted:
        with suppress(OSError), socket.create_server((HOST, wanted)):
            return wanted
    return any_free_port(HOST)


def _settings(folder: Path, sandbox_url: str) -> Settings:
    # Given outright, so that a `.env` of the user's own service does not leak in.
    return Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder / 'cd3.db'}",
        allowed_hosts=(sandbox_url.removeprefix("http://"),),
        ca_file="",
        proxy=None,
        clock_round_seconds=300,
        debounce_seconds=0.3,
        debounce_most_seconds=2,
    )


def _make_key(database: Database) -> str:
    with database.writing() as session:
        _, secret = Keys().create(
            session, name="demo", role=Role.ADMIN, now=clock.now()
        )
    return secret


def _set_up(
    site: Sandbox,
    service_url: str,
    sandbox_url: str,
    admin_key: str,
    settings: Settings,
) -> Stage:
    us, person = (site.state.accounts.by_email[one] for one in (US, PERSON))
    cloud = site.state.flavour.is_cloud
    backlog = dict(sample_backlog())
    space = backlog.pop("space")
    setup = Setup(
        sandbox_url=sandbox_url,
        confluence_url=None if cloud else f"{sandbox_url}/wiki",
        email=us.email if cloud else us.name,
        token=us.token,
        webhook_secret=secrets.token_urlsafe(32),
        backlog={**backlog, "pages": {"space": space}},
        mapping=sample_mapping(),
    )
    with Admin(service_url, admin_key) as admin:
        backlog_id = admin.set_up(setup)
        admin.wait_for_ranking(backlog_id, seconds=FIRST_RANKING_WITHIN)
    return Stage(
        service=service_url,
        sandbox=sandbox_url,
        email=person.email if cloud else person.name,
        token=person.token,
        admin_key=admin_key,
        backlog=backlog_id,
        database=settings.database_url,
        flavour=site.state.flavour,
    )


@contextmanager
def _serving(settings: Settings, port: int) -> Iterator[str]:
    config = uvicorn.Config(
        open_service(settings).app,
        host=HOST,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="service", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + STARTS_WITHIN
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise TimeoutError("the service did not start")
            time.sleep(0.02)
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join(STARTS_WITHIN)
