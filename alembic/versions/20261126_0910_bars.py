"""What a site does not let a backlog do."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "ba55ed0f1e1d"
down_revision: str | None = "5e2d11a6c8f3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "bars",
        sa.Column("backlog_id", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["backlog_id"],
            ["backlogs.id"],
            name="fk_bars_backlog_id_backlogs",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("backlog_id", "what", name="pk_bars"),
    )


def downgrade() -> None:
    op.drop_table("bars")
