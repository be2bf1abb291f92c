"""The journal of events."""

import sqlalchemy as sa
from alembic import op

revision = "20261122_03"
down_revision = "20261122_02"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("stream", sa.String(length=96), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_at_us", "journal", ["at_us"], unique=False)
    op.create_index("ix_journal_kind_at_us", "journal", ["kind", "at_us"], unique=False)
    op.create_index("ix_journal_stream_seq", "journal", ["stream", "seq"], unique=False)


def downgrade() -> None:
    """Drop the tables with everything in them."""
    op.drop_index("ix_journal_stream_seq", table_name="journal")
    op.drop_index("ix_journal_kind_at_us", table_name="journal")
    op.drop_index("ix_journal_at_us", table_name="journal")
    op.drop_table("journal")
