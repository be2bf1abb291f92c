"""Counts of the tabs of tickets stand on indexes alone."""

from alembic import op

revision = "20261128_ticket_counts"
down_revision = "20261128_survey_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the amber moment to the index of what is due, and an index of what is supervised."""
    op.drop_index("ix_ticket_state_due_at", table_name="ticket")
    op.create_index(
        "ix_ticket_state_due_at",
        "ticket",
        ["state", "due_at", "amber_at", "seq", "authority_id"],
        unique=False,
    )
    op.create_index(
        "ix_ticket_supervised", "ticket", ["supervised", "state", "seq", "authority_id"], unique=False
    )


def downgrade() -> None:
    """As it was."""
    op.drop_index("ix_ticket_supervised", table_name="ticket")
    op.drop_index("ix_ticket_state_due_at", table_name="ticket")
    op.create_index(
        "ix_ticket_state_due_at", "ticket", ["state", "due_at", "seq", "authority_id"], unique=False
    )
