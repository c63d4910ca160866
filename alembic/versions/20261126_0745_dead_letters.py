"""How often a delivery was tried, what became of it before, and who reads it now."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d3ad1e77e5a0"
down_revision: str | None = "8c41d0b6a2f7"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "deliveries",
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
    )
    op.add_column("deliveries", sa.Column("history", sa.JSON(), nullable=True))
    op.create_index(
        "ix_deliveries_tries",
        "deliveries",
        ["tries"],
        sqlite_where=sa.text("tries > 0"),
        postgresql_where=sa.text("tries > 0"),
    )
    op.add_column("workers", sa.Column("reading", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("workers", "reading")
    op.drop_index("ix_deliveries_tries", "deliveries")
    op.drop_column("deliveries", "history")
    op.drop_column("deliveries", "tries")
