"""Prompts: how loud they are, and how loud the upload was."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_loudness"
down_revision = "20261128_ticket_counts"
branch_labels = None
depends_on = None

TABLES = ("prompt", "prompt_version")
COLUMNS = ("lufs", "lufs_before")


def upgrade() -> None:
    """Add the columns, empty: not measured."""
    for table in TABLES:
        for column in COLUMNS:
            op.add_column(table, sa.Column(column, sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        for column in COLUMNS:
            op.drop_column(table, column)
