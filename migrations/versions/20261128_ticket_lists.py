"""Indexes of ticket lists carry the organisation, so that lists and counts over a million tickets need not look at the rows.

The index over the organisation alone goes: databases took it for lists in order, and sorted everything.
"""

from alembic import op

revision = "20261128_ticket_lists"
down_revision = "20261128_tickets"
branch_labels = None
depends_on = None

_DAYS = ["seq", "state", "type_id", "department_id", "owner_id"]
_LISTS = {
    "ix_ticket_state_seq": ["state", "seq"],
    "ix_ticket_type_id_seq": ["type_id", "seq"],
    "ix_ticket_owner_id_state_seq": ["owner_id", "state", "seq"],
    "ix_ticket_department_id_state_seq": ["department_id", "state", "seq"],
}


def upgrade() -> None:
    """Make the indexes wider."""
    op.drop_index("ix_ticket_authority_id", table_name="ticket")
    op.drop_index("ix_ticket_created_at", table_name="ticket")
    op.create_index("ix_ticket_created_at", "ticket", ["created_at", *_DAYS, "authority_id"])
    op.drop_index("ix_ticket_due_at", table_name="ticket")
    op.create_index("ix_ticket_state_due_at", "ticket", ["state", "due_at", "seq", "authority_id"])
    op.create_index("ix_ticket_seq_authority_id", "ticket", ["seq", "authority_id"])
    for name, columns in _LISTS.items():
        op.drop_index(name, table_name="ticket")
        op.create_index(name, "ticket", [*columns, "authority_id"])


def downgrade() -> None:
    """Make them as they were."""
    for name, columns in _LISTS.items():
        op.drop_index(name, table_name="ticket")
        op.create_index(name, "ticket", columns)
    op.drop_index("ix_ticket_created_at", table_name="ticket")
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"])
    op.drop_index("ix_ticket_state_due_at", table_name="ticket")
    op.create_index("ix_ticket_due_at", "ticket", ["due_at"])
    op.drop_index("ix_ticket_seq_authority_id", table_name="ticket")
    op.create_index("ix_ticket_authority_id", "ticket", ["authority_id"])
