"""Formula variants by hotline and version, and what is excluded from counting."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_60"
down_revision = "20261128_survey"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "metric_exclusion",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hotline_id", sa.String(length=64), nullable=True),
        sa.Column("starts_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ends_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_exclusion")),
    )
    op.create_index(op.f("ix_metric_exclusion_authority_id"), "metric_exclusion", ["authority_id"])
    op.create_table(
        "metric_variant",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hotline_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_variant")),
        sa.UniqueConstraint(
            "authority_id",
            "hotline_id",
            "version",
            name=op.f("uq_metric_variant_authority_id_hotline_id_version"),
        ),
    )
    op.create_index(op.f("ix_metric_variant_authority_id"), "metric_variant", ["authority_id"])


def downgrade() -> None:
    """Drop them; reports then count by the product's defaults, with nothing excluded."""
    op.drop_table("metric_variant")
    op.drop_table("metric_exclusion")
