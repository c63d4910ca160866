"""Limits that the workers of a site share, and writes that wait or were given up."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c5e2f7a91d04"
down_revision: str | None = "c3a9f1e47b20"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "site_limits",
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=256), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.Double(), nullable=False),
        sa.Column("probe_until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "scope", name="pk_site_limits"),
    )
    op.create_table(
        "held_writes",
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("issue_key", sa.String(length=256), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["sites.id"],
            name="fk_held_writes_site_id_sites",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "issue_key", name="pk_held_writes"),
    )


def downgrade() -> None:
    op.drop_table("held_writes")
    op.drop_table("site_limits")
