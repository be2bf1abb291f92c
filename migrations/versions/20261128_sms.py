"""Short messages: outbox with parts and reports, citizens' messages, blocked numbers, gateways."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_sms"
down_revision = "20261128_flow_parameters"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "sms_blocked",
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("since", database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "number", name=op.f("pk_sms_blocked")),
    )
    op.create_table(
        "sms_early_report",
        sa.Column("gateway_id", sa.String(length=64), nullable=False),
        sa.Column("gateway_message_id", sa.String(length=64), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", "gateway_message_id", name=op.f("pk_sms_early_report")),
    )
    op.create_index(
        op.f("ix_sms_early_report_authority_id"), "sms_early_report", ["authority_id"], unique=False
    )

    op.create_table(
        "sms_gateway",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("settings", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("notify_token", sa.String(length=64), nullable=False),
        sa.Column("per_second", sa.Double(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_gateway")),
    )
    op.create_index(op.f("ix_sms_gateway_authority_id"), "sms_gateway", ["authority_id"], unique=False)

    op.create_table(
        "sms_inbound",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("gateway_id", sa.String(length=64), nullable=False),
        sa.Column("unique_key", sa.String(length=128), nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("service_number", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reply_to", sa.String(length=64), nullable=False),
        sa.Column("reference_kind", sa.String(length=24), nullable=False),
        sa.Column("reference_id", sa.String(length=64), nullable=False),
        sa.Column("opt_out", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_inbound")),
        sa.UniqueConstraint("gateway_id", "unique_key", name=op.f("uq_sms_inbound_gateway_id_unique_key")),
    )
    op.create_index(op.f("ix_sms_inbound_at"), "sms_inbound", ["at"], unique=False)
    op.create_index(op.f("ix_sms_inbound_authority_id"), "sms_inbound", ["authority_id"], unique=False)
    op.create_index(op.f("ix_sms_inbound_sender"), "sms_inbound", ["sender"], unique=False)

    op.create_table(
        "sms_message",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("recipient", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("reference_kind", sa.String(length=24), nullable=False),
        sa.Column("reference_id", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("gateway_id", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("problem", sa.String(length=255), nullable=False),
        sa.Column("resent_as", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_message")),
        sa.UniqueConstraint("key", name=op.f("uq_sms_message_key")),
    )
    op.create_index(op.f("ix_sms_message_authority_id"), "sms_message", ["authority_id"], unique=False)
    op.create_index(op.f("ix_sms_message_created_at"), "sms_message", ["created_at"], unique=False)
    op.create_index(op.f("ix_sms_message_recipient"), "sms_message", ["recipient"], unique=False)
    op.create_index(
        "ix_sms_message_reference", "sms_message", ["reference_kind", "reference_id"], unique=False
    )
    op.create_index("ix_sms_message_state_due_at", "sms_message", ["state", "due_at"], unique=False)

    op.create_table(
        "sms_part",
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("gateway_id", sa.String(length=64), nullable=False),
        sa.Column("gateway_message_id", sa.String(length=64), nullable=False),
        sa.Column("taken_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("reported_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["sms_message.id"], name=op.f("fk_sms_part_message_id_sms_message")
        ),
        sa.PrimaryKeyConstraint("message_id", "part", name=op.f("pk_sms_part")),
    )
    op.create_index(op.f("ix_sms_part_authority_id"), "sms_part", ["authority_id"], unique=False)
    op.create_index(
        "ix_sms_part_gateway_message_id", "sms_part", ["gateway_message_id", "gateway_id"], unique=False
    )


def downgrade() -> None:
    """Drop them with everything in them."""
    op.drop_index("ix_sms_part_gateway_message_id", table_name="sms_part")
    op.drop_index("ix_sms_part_authority_id")

    op.drop_table("sms_part")
    op.drop_index("ix_sms_message_state_due_at", table_name="sms_message")
    op.drop_index("ix_sms_message_reference", table_name="sms_message")
    op.drop_index("ix_sms_message_recipient")
    op.drop_index("ix_sms_message_created_at")
    op.drop_index("ix_sms_message_authority_id")

    op.drop_table("sms_message")
    op.drop_index("ix_sms_inbound_sender")
    op.drop_index("ix_sms_inbound_authority_id")
    op.drop_index("ix_sms_inbound_at")

    op.drop_table("sms_inbound")
    op.drop_index("ix_sms_gateway_authority_id")

    op.drop_table("sms_gateway")
    op.drop_index("ix_sms_early_report_authority_id")

    op.drop_table("sms_early_report")
    op.drop_table("sms_blocked")
