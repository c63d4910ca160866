"""Our copy of each backlog's issues, and which of them are to be read again."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c3a9f1e47b20"
down_revision: str | None = "d3ad1e77e5a0"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "snapshots",
        _backlog("snapshots"),
        sa.Column("backlog_version", sa.Integer(), nullable=False),
        sa.Column("mapping_version", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("reading", sa.Integer(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("troubles", sa.JSON(), nullable=False),
        sa.Column("projects", sa.JSON(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("backlog_id", name="pk_snapshots"),
    )
    op.create_table(
        "copies",
        _backlog("copies"),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("issue_id", sa.String(length=64), nullable=False),
        sa.Column("issue_key", sa.String(length=256), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("backlog_id", "part", "issue_id", name="pk_copies"),
    )
    op.create_index("ix_copies_issue_id", "copies", ["issue_id"])
    op.create_index("ix_copies_issue_key", "copies", ["issue_key"])
    op.create_table(
        "unread",
        _backlog("unread"),
        sa.Column("issue", sa.String(length=256), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("backlog_id", "issue", name="pk_unread"),
    )


def _backlog(table: str) -> sa.Column[str]:
    return sa.Column(
        "backlog_id",
        sa.String(length=64),
        sa.ForeignKey(
            "backlogs.id", name=f"fk_{table}_backlog_id_backlogs", ondelete="CASCADE"
        ),
        nullable=False,
    )


def downgrade() -> None:
    op.drop_table("unread")
    op.drop_table("copies")
    op.drop_table("snapshots")
