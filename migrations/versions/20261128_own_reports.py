"""People's own reports."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_own_reports"
down_revision = "20261128_ticket_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "own_report",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("owner_name", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("definition", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_report")),
    )
    op.create_index(op.f("ix_own_report_authority_id"), "own_report", ["authority_id"])
    op.create_index(op.f("ix_own_report_owner_id"), "own_report", ["owner_id"])


def downgrade() -> None:
    """Remove the table with what is in it."""
    op.drop_index(op.f("ix_own_report_owner_id"), table_name="own_report")
    op.drop_index(op.f("ix_own_report_authority_id"), table_name="own_report")
    op.drop_table("own_report")
