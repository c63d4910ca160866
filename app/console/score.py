"""`cd3 score`: where one issue stands, and why, from the newest ranking."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.console.trouble import CHECK_FAILED, CommandError
from app.console.turns import tell_turn

if TYPE_CHECKING:
    from app.books.backlogs import Backlog
    from scoring.explain import Explanation
    from scoring.summary import Summary

MOST_BACKLOGS = 200


def score(
    key: Annotated[str, typer.Argument(help="The issue's key, such as HARB-12.")],
    *,
    explained: Annotated[
        bool, typer.Option("--explain", help="Say where each number came from.")
    ] = False,
    backlog: Annotated[
        str, typer.Option("--backlog", help="Only in this backlog.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell an issue's place and score in each backlog that has it; read-only.

    Example: cd3 score HARB-12 --explain
    """
    from app.books.backlogs import Backlogs  # noqa: PLC0415 - loads slowly
    from app.books.rankings import Rankings  # noqa: PLC0415 - likewise
    from app.console.books import opened_books  # noqa: PLC0415 - likewise
    from scoring.explain import explain  # noqa: PLC0415 - likewise
    from scoring.ranking import summary_from_json  # noqa: PLC0415 - likewise

    found: list[tuple[Backlog, Summary, Explanation]] = []
    with opened_books() as database, database.reading() as session:
        for one in Backlogs().list(session, limit=MOST_BACKLOGS):
            ranking = Rankings().find(session, one.id)
            if ranking is None or backlog not in ("", one.id):
                continue
            summary = summary_from_json(ranking.summary)
            if told := explain(summary, key.upper()):
                found.append((one, summary, told))
    if not found:
        raise CommandError(
            f"no ranking knows {key}",
            hint="it may be done, outside every backlog's jql, or not read yet",
            code=CHECK_FAILED,
        )
    if as_json:
        items = [_plain(one, summary, told) for one, summary, told in found]
        typer.echo(json.dumps({"items": items}))
        return
    for one, summary, told in found:
        for line in _lines(one, summary, told, explained=explained):
            typer.echo(line)


def _lines(
    backlog: "Backlog", summary: "Summary", told: "Explanation", *, explained: bool
) -> Iterator[str]:
    yield f"{told.key} in {backlog.id}"
    row = told.row
    if row is None:
        yield f"  {told.formula}"
        return
    yield f"  place {row.place} of {len(summary.rows)}, {row.was} in Jira"
    yield f"  CD3 = {told.formula}"
    yield f"  {row.why}"
    if not explained:
        return
    for source in row.item.sources:
        read = f" ({source.formula})" if source.formula else ""
        unit = f" {source.unit}" if source.unit else ""
        value = "" if source.value is None else f" = {source.value:,g}{unit}"
        yield f"  {source.role}: {source.field} says «{source.text}»{value}{read}"
    for turn in told.turns:
        yield f"  {turn.goal}: past {turn.against} {tell_turn(turn)}"


def _plain(
    backlog: "Backlog", summary: "Summary", told: "Explanation"
) -> dict[str, Any]:
    row = told.row
    return {
        "backlog": backlog.id,
        "key": told.key,
        "currency": summary.currency or None,
        "rank": row.place if row else None,
        "was": row.was if row else None,
        "of": len(summary.rows),
        "cost_of_delay": row.rate if row else None,
        "duration": row.item.duration if row else None,
        # Without a duration it is infinite, which JSON cannot say.
        "cd3": row.cd3 if row and row.item.duration else None,
        "gap": told.gap.reason if told.gap else None,
        "why": row.why if row else None,
        "waits_for": list(row.waits_for) if row else [],
        "formula": told.formula,
        "sources": [asdict(one) for one in row.item.sources] if row else [],
        "turns": [asdict(one) for one in told.turns],
    }
