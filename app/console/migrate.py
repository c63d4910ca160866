"""`cd3 migrate`: bring the database to this version's schema."""

import typer


def migrate() -> None:
    """Create or upgrade the tables; running it again changes nothing."""
    from app.books import migrating  # noqa: PLC0415 - loads slowly
    from app.console.books import opened_books  # noqa: PLC0415 - loads slowly

    with opened_books(current=False) as database:
        before, after = migrating.migrate(database)
    done = "is current already" if before == after else f"was {before}, is current now"
    typer.echo(f"The schema {done}: {after}.", err=True)
