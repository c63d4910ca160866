"""Workers' signs of life, and a number for each run of a rescore."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8c41d0b6a2f7"
down_revision: str | None = "571186d1e10c"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
    op.add_column(
        "marks", sa.Column("run", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("marks", sa.Column("taken", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("marks", "taken")
    op.drop_column("marks", "run")
    op.drop_table("workers")
