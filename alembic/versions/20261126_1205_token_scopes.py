"""Which scopes came along with a token: what an app may do is told there alone."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "d2f6a1907c3e"
down_revision: str | None = "4b8e02d7c961"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    column = sa.Column(
        "scopes", sa.Text(), nullable=False, server_default=sa.text("''")
    )
    op.add_column("site_tokens", column)


def downgrade() -> None:
    op.drop_column("site_tokens", "scopes")
