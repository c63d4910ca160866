"""When a site's webhook was last heard, and what it should have told since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e2d11a6c8f3"
down_revision: str | None = "2b7e9d4f10a3"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "sightings",
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("site_id", name="pk_sightings"),
    )


def downgrade() -> None:
    op.drop_table("sightings")
