"""Long exports in the background."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_export_jobs"
down_revision = "20261128_report_mailing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "export_job",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("question", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=200), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_job")),
    )
    for column in ("authority_id", "owner_id", "state"):
        op.create_index(op.f(f"ix_export_job_{column}"), "export_job", [column])


def downgrade() -> None:
    """Remove the table with what is in it; the files stay in the data folder."""
    for column in ("authority_id", "owner_id", "state"):
        op.drop_index(op.f(f"ix_export_job_{column}"), table_name="export_job")
    op.drop_table("export_job")
