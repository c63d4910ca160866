"""How many changes a mark was set for: a few wait less long than many."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7c1f0a93b5d2"
down_revision: str | None = "ba55ed0f1e1d"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    column = sa.Column("changes", sa.Integer(), nullable=False, server_default="0")
    op.add_column("marks", column)


def downgrade() -> None:
    op.drop_column("marks", "changes")
