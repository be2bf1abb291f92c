"""What queues, hotlines, trunks and agents learn with the verbs of the desk; known callers; rules for calls out."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261122_07"
down_revision = "20261122_06"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_NONE = sa.text("'[]'")
_ZERO = sa.text("0")
_NEW = {
    "queue": (
        ("overflow_number", sa.String(length=32), _EMPTY),
        ("announce_wait", sa.Boolean(), sa.false()),
        ("announce_agent", sa.Boolean(), sa.false()),
        ("callback_key", sa.String(length=1), _EMPTY),
        ("voicemail_key", sa.String(length=1), _EMPTY),
        ("callback_prompt", sa.String(length=64), None),
        ("last_agent_wait_s", sa.Double(), _ZERO),
        ("widen_after_s", sa.Double(), _ZERO),
        ("priority_per_minute", sa.Integer(), _ZERO),
    ),
    "hotline": (
        ("duty_number", sa.String(length=32), _EMPTY),
        ("further_trunk_ids", sa.JSON(none_as_null=True), _NONE),
    ),
    "trunk": (
        ("inbound_rules", sa.JSON(none_as_null=True), _NONE),
        ("outbound_rules", sa.JSON(none_as_null=True), _NONE),
        ("max_outbound", sa.Integer(), _ZERO),
    ),
    "agent": (
        ("mobile", sa.String(length=32), _EMPTY),
        ("leader", sa.Boolean(), None),
        ("call_class", sa.Integer(), sa.text("2")),
        ("forwarding_when", sa.String(length=16), _EMPTY),
        ("forwarding_to", sa.String(length=32), _EMPTY),
    ),
}
"""Column, type, and the value for rows that are there already; None: may be null."""


def upgrade() -> None:
    """Add columns and tables; what is set up stays as it was."""
    for table, columns in _NEW.items():
        for name, kind, filled in columns:
            op.add_column(table, sa.Column(name, kind, nullable=filled is None, server_default=filled))
    op.execute("UPDATE queue SET callback_prompt = 'queue_callback_offer'")
    op.create_table(
        "known_caller",
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("since", database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "number", name=op.f("pk_known_caller")),
    )
    op.create_table(
        "outbound_rule",
        sa.Column("prefix", sa.String(length=32), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("min_class", sa.Integer(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("until_min", sa.Integer(), nullable=False),
        sa.Column("daily_limit", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("pk_outbound_rule")),
    )
    op.create_index(op.f("ix_outbound_rule_authority_id"), "outbound_rule", ["authority_id"], unique=False)


def downgrade() -> None:
    """Drop them with everything in them. Queues that overflow to the duty phone overflow nowhere then."""
    op.execute("UPDATE queue SET overflow_to = 'nowhere' WHERE overflow_to = 'duty'")
    op.drop_index(op.f("ix_outbound_rule_authority_id"), table_name="outbound_rule")
    op.drop_table("outbound_rule")
    op.drop_table("known_caller")
    for table, columns in _NEW.items():
        for name, _, _ in reversed(columns):
            op.drop_column(table, name)  # no copy of the table: others refer to it (SQLite 3.35 and later)
