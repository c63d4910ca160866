"""`cd3 doctor`: look whether all is well, a line a check."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from app import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from app.checks.finding import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    *,
    site: Annotated[
        str, typer.Option("--site", help="Look at this site alone, and at ourselves.")
    ] = "",
    send_test: Annotated[
        bool,
        typer.Option(
            "--send-test",
            help="Post a signed delivery to each site's address, as Jira would, too.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Leave out what is well.")
    ] = False,
) -> None:
    """Look at database, secrets, sites, mappings, rights, webhooks and pages.

    A line a check: ok, warn or fail; what, why it matters, what to do next. Ends with 1
    where a check failed, 3 where the configuration is wrong, 4 where a site cannot be
    reached. It changes nothing, but that a stopped site that lets us in again goes on;
    --send-test leaves a delivery in the books, which changes nothing else.
    """
    from app.checks.finding import exit_code, report  # noqa: PLC0415 - loads slowly

    now = clock.now()
    findings = list(_look(site, send_test=send_test))
    if as_json:
        typer.echo(json.dumps(report(findings, at=now)))
    else:
        _print([one for one in findings if not quiet or one.status != "ok"])
    raise typer.Exit(exit_code(findings))


def _look(site: str, *, send_test: bool) -> "Iterator[Finding]":
    from app.checks.finding import Finding  # noqa: PLC0415 - loads slowly
    from app.errors import AppError  # noqa: PLC0415 - loads slowly
    from app.ground import open_ground  # noqa: PLC0415 - loads slowly
    from app.settings import read_settings  # noqa: PLC0415 - loads slowly

    try:
        ground = open_ground(read_settings(), current=False)
    except AppError as error:
        yield Finding(
            check="configuration",
            on="service",
            status="fail",
            what=str(error),
            why="the service does not start",
            next=error.hint,
            cause="configuration",
        )
        return
    yield Finding("configuration", "service", "ok", "all settings can be read")
    try:
        doctor = ground.doctor(round_trip=send_test)
        now, blocked = clock.now(), False
        for one in doctor.own(now):
            yield one
            blocked |= one.status == "fail" and bool(one.cause)
        if not blocked:
            yield from doctor.one_site(site, now) if site else doctor.all_sites(now)
    finally:
        ground.close()


def _print(findings: "Sequence[Finding]") -> None:
    """Print a block a subject, a line a check; the reason and the next step below."""
    subject = ""
    for one in findings:
        if one.on != subject:
            subject = one.on
            typer.echo(subject)
        colour = _COLOURS[one.status] if sys.stdout.isatty() else None
        if "NO_COLOR" in os.environ:
            colour = None
        mark = typer.style(f"{one.status:4}", fg=colour)
        typer.echo(f"  {mark}  {one.check}: {one.what}")
        if one.status != "ok":
            for lead, words in (("", one.why), ("→ ", one.next)):
                if words:
                    typer.echo(f"        {lead}{words}")
