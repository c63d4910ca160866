"""Since when Jira shows an issue no longer: what stays away is gone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "4b8e02d7c961"
down_revision: str | None = "7c1f0a93b5d2"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    column = sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("copies", column)
    op.execute("UPDATE copies SET hidden_at = CURRENT_TIMESTAMP WHERE hidden")


def downgrade() -> None:
    op.drop_column("copies", "hidden_at")
