"""What people call the field that an echo will tell: Data Center tells no ids."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e0c0de5a11a5"
down_revision: str | None = "c5e2f7a91d04"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "echoes",
        sa.Column("name", sa.Text(), nullable=False, server_default=sa.text("''")),
    )


def downgrade() -> None:
    op.drop_column("echoes", "name")
