"""Whether the schema is this version's; if not, what is amiss and what to do then."""

from dataclasses import dataclass

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.books.database import Database, migrations_config
from app.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Amiss:
    """What is wrong with the schema, and what mends it."""

    what: str
    mend: str

    @property
    def error(self) -> ConfigurationError:
        """Make the error that ends a command."""
        return ConfigurationError(f"The database's {self.what}.", hint=self.mend)


def schema_amiss(database: Database) -> Amiss | None:
    """Compare the schema's version with the migrations we know."""
    with database.engine.connect() as connection:
        if newer := newer_than_ours(connection):
            return newer
        current = MigrationContext.configure(connection).get_current_heads()
    if set(current) == set(_script().get_heads()):
        return None
    return Amiss("schema is not this version's", "run: cd3 migrate")


def newer_than_ours(connection: Connection) -> Amiss | None:
    """Tell where the schema was made by migrations that we do not have."""
    current = MigrationContext.configure(connection).get_current_heads()
    known = {revision.revision for revision in _script().walk_revisions()}
    strange = sorted(set(current) - known)
    if not strange:
        return None
    return Amiss(
        f"schema ({', '.join(strange)}) is newer than this CD3",
        "install the newer CD3 that made it, or put back a backup from before",
    )


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrations_config())
