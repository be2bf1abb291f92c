"""Data sources of flows and their named queries."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_sources"
down_revision = "20261128_50"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "data_source",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("base_url", sa.String(length=300), nullable=False),
        sa.Column("headers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("allow_loopback", sa.Boolean(), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("database", sa.String(length=100), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_source")),
    )
    op.create_index(op.f("ix_data_source_authority_id"), "data_source", ["authority_id"], unique=False)
    op.create_table(
        "source_query",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("row_limit", sa.Integer(), nullable=False),
        sa.Column("timeout_s", sa.Double(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["data_source.id"], name=op.f("fk_source_query_source_id_data_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_query")),
    )
    op.create_index(op.f("ix_source_query_authority_id"), "source_query", ["authority_id"], unique=False)
    op.create_index(op.f("ix_source_query_source_id"), "source_query", ["source_id"], unique=False)


def downgrade() -> None:
    """Remove the tables with everything in them."""
    op.drop_index(op.f("ix_source_query_source_id"), table_name="source_query")
    op.drop_index(op.f("ix_source_query_authority_id"), table_name="source_query")
    op.drop_table("source_query")
    op.drop_index(op.f("ix_data_source_authority_id"), table_name="data_source")
    op.drop_table("data_source")
