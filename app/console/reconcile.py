"""`cd3 reconcile`: compare backlogs with Jira now, and say what differs."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer

from app.console.trouble import CHECK_FAILED, UNAVAILABLE, CommandError

if TYPE_CHECKING:
    from app.ground import Ground
    from app.work.reconciling import Reconciled, Reconciler

MOST_TOLD: Final = 10


def reconcile(
    backlog: Annotated[
        str, typer.Argument(help="Only this backlog; all of them unless given.")
    ] = "",
    *,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="Take issues that Jira shows us no longer for gone; rank the rest.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare backlogs with Jira, say what differs, and have a worker put it right.

    Example: cd3 reconcile harbour
    """
    from app.console.books import in_words  # noqa: PLC0415 - loads slowly
    from app.ground import open_ground  # noqa: PLC0415 - likewise
    from app.settings import read_settings  # noqa: PLC0415 - likewise

    if accept and not backlog:
        raise typer.BadParameter("--accept needs the backlog's name")
    with in_words():
        ground = open_ground(read_settings())
        try:
            found = _reconcile(ground, backlog, accept=accept)
        finally:
            ground.close()
    if as_json:
        lines = [{**asdict(one), "found": one.found} for one in found]
        typer.echo(json.dumps({"backlogs": lines}, ensure_ascii=False))
        return
    for one in found:
        for line in _told(one):
            typer.echo(line)


def _reconcile(ground: "Ground", backlog: str, *, accept: bool) -> "list[Reconciled]":
    from app.work.task import SiteStoppedError  # noqa: PLC0415 - loads slowly

    worker, names = _reconciler(ground)
    if backlog and backlog not in names:
        raise CommandError(
            f"there is no backlog {backlog} with a mapping",
            hint=f"there is: {', '.join(names) or 'none yet'}",
            code=CHECK_FAILED,
        )
    found = []
    for name in [backlog] if backlog else names:
        try:
            one = worker.reconcile(name, accept=accept)
        except SiteStoppedError as error:
            raise CommandError(
                str(error),
                hint="give the site a credential that works",
                code=UNAVAILABLE,
            ) from error
        if one is not None:
            found.append(one)
    return found


def _reconciler(ground: "Ground") -> "tuple[Reconciler, list[str]]":
    from app.books.backlogs import Backlogs  # noqa: PLC0415 - loads slowly
    from app.books.mappings import Mappings  # noqa: PLC0415 - likewise
    from app.work.reconciling import Reconciler  # noqa: PLC0415 - likewise
    from app.work.task import Tasks  # noqa: PLC0415 - likewise
    from app.work.view import SiteViews  # noqa: PLC0415 - likewise

    books = (ground.database, ground.sites, Backlogs(), Mappings())
    tasks = Tasks(*books, ground.connections, ground.marks)
    names = sorted(SiteViews(*books).mapped())
    return Reconciler(ground.database, tasks, ground.marks), names


def _told(one: "Reconciled") -> list[str]:
    if one.whole:
        return [f"{one.backlog}: there is no copy to compare; all of it will be read"]
    kinds = {
        "new": one.entered,
        "no longer found": one.missing,
        "moved": one.moved,
        "changed": one.changed,
    }
    counts = ", ".join(f"{len(keys)} {what}" for what, keys in kinds.items() if keys)
    lines = [f"{one.backlog}: {one.issues} issues; {counts or 'nothing differs'}"]
    lines += [f"  {what}: {_some(keys)}" for what, keys in kinds.items() if keys]
    if one.accepted:
        lines.append(f"  {one.accepted} that Jira shows no longer are given up")
    if one.hidden:
        lines.append(
            f"  {_some(one.hidden)}: no longer visible to our account: a few are left "
            "out, for many nothing is moved; if they are gone: "
            f"cd3 reconcile {one.backlog} --accept"
        )
    return lines


def _some(keys: tuple[str, ...]) -> str:
    more = len(keys) - MOST_TOLD
    return " ".join(keys[:MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
