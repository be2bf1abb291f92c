"""A flow counts the changes of its draft and remembers who made the last one."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_20"
down_revision = "20261122_08"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Flows that are there begin at one, edited by nobody we know."""
    op.add_column("flow", sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("1")))
    op.add_column(
        "flow", sa.Column("edited_by", sa.String(length=64), nullable=False, server_default=sa.text("''"))
    )


def downgrade() -> None:
    """Drop both; no draft is touched."""
    op.drop_column("flow", "edited_by")
    op.drop_column("flow", "revision")
