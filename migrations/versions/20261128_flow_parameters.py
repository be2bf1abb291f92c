"""Global parameters of flows."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_flow_parameters"
down_revision = "20261128_20"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of global parameters."""
    op.create_table(
        "flow_parameter",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_parameter")),
        sa.UniqueConstraint("authority_id", "key", name="uq_flow_parameter_authority_id_key"),
    )
    op.create_index(op.f("ix_flow_parameter_authority_id"), "flow_parameter", ["authority_id"], unique=False)


def downgrade() -> None:
    """Remove the table."""
    op.drop_index(op.f("ix_flow_parameter_authority_id"), table_name="flow_parameter")
    op.drop_table("flow_parameter")
