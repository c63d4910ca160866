"""`cd3 fields`: which fields a site's Jira has, to choose those to map."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console.trouble import CommandError

if TYPE_CHECKING:
    from app.ground import Ground
    from scoring.reading.fields import JiraField

MOST_NAMED = 10


def fields(
    site: Annotated[str, typer.Argument(help="The site's id, as over REST.")],
    query: Annotated[
        str, typer.Argument(help="Only those whose name or id holds this.")
    ] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the fields that the site's Jira has, read live.

    Example: cd3 fields harbour "cost of delay"
    """
    from app.console.books import in_words  # noqa: PLC0415 - loads slowly
    from app.ground import open_ground  # noqa: PLC0415 - likewise
    from app.settings import read_settings  # noqa: PLC0415 - likewise
    from scoring.pointed import fold  # noqa: PLC0415 - likewise

    with in_words():
        ground = open_ground(read_settings())
        try:
            found = _read(ground, site)
        finally:
            ground.close()
    sought = fold(query)
    chosen = sorted(
        (one for one in found if sought in fold(one.name) or sought in fold(one.id)),
        key=lambda one: (fold(one.name), one.id),
    )
    if as_json:
        typer.echo(json.dumps({"items": [_plain(one) for one in chosen]}))
        return
    for one in chosen:
        only = f"  only project {one.scope}" if one.scope else ""
        typer.echo(f"{one.id:20}  {one.kind or '?':18}  {one.name}{only}")
    typer.echo(f"{len(chosen)} of {len(found)} fields", err=True)


def _read(ground: "Ground", site_id: str) -> "tuple[JiraField, ...]":
    with ground.database.reading() as session:
        site = ground.sites.find(session, site_id)
        if site is None:
            listed = ground.sites.list(session, limit=MOST_NAMED)
            known = ", ".join(one.id for one in listed) or "none yet"
            raise CommandError(f"there is no site {site_id}", hint=f"known: {known}")
        secrets = ground.sites.secrets(session, site_id)
    jira, _confluence = ground.connections(site, secrets)
    return jira.fields()


def _plain(one: "JiraField") -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "type": one.kind,
        "custom": one.custom,
        "project": one.scope or None,
    }
