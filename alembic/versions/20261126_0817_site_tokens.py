"""Tokens that are renewed, and when a stopped site is tried next."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2b7e9d4f10a3"
down_revision: str | None = "e0c0de5a11a5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "site_tokens",
        sa.Column("site_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(length=64), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("state_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["sites.id"],
            name="fk_site_tokens_site_id_sites",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", name="pk_site_tokens"),
    )
    op.add_column(
        "sites", sa.Column("probe_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "sites",
        sa.Column("warned", sa.String(length=64), nullable=True),
    )


def downgrade() -> None:
    op.drop_column("sites", "warned")
    op.drop_column("sites", "probe_at")
    op.drop_table("site_tokens")
