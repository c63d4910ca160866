"""Which field ranks: a worker that has just started need not ask for it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "6f3c81e5b90d"
down_revision: str | None = "d2f6a1907c3e"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    column = sa.Column(
        "rank_field", sa.String(64), nullable=False, server_default=sa.text("''")
    )
    op.add_column("snapshots", column)


def downgrade() -> None:
    op.drop_column("snapshots", "rank_field")
