"""Tickets: types, tickets, history, stays, files, filters, notices, channels; their full-text search."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database, fulltext

revision = "20261128_tickets"
down_revision = "20261128_customers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("type_id", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("values", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=True),
        sa.Column("customer_name", sa.String(length=100), nullable=False),
        sa.Column("contact", sa.String(length=32), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("reassigned", sa.Integer(), nullable=False),
        sa.Column("urged", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        sa.Column("consulted", sa.Boolean(), nullable=False),
        sa.Column("rule_minutes", sa.Integer(), nullable=False),
        sa.Column("rule_hours_id", sa.String(length=64), nullable=True),
        sa.Column("rule_amber", sa.Integer(), nullable=False),
        sa.Column("clock_started_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("clock_stopped_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("pauses", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("amber_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("due_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("grade", sa.String(length=16), nullable=False),
        sa.Column("concerned", sa.String(length=100), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("feedback", sa.String(length=16), nullable=False),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("answered_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(op.f("ix_ticket_authority_id"), "ticket", ["authority_id"], unique=False)
    op.create_index("ix_ticket_call_id", "ticket", ["call_id"], unique=False)
    op.create_index("ix_ticket_contact", "ticket", ["contact"], unique=False)
    op.create_index("ix_ticket_created_at", "ticket", ["created_at"], unique=False)
    op.create_index("ix_ticket_customer_id", "ticket", ["customer_id"], unique=False)
    op.create_index(
        "ix_ticket_department_id_state_seq", "ticket", ["department_id", "state", "seq"], unique=False
    )
    op.create_index("ix_ticket_due_at", "ticket", ["due_at"], unique=False)
    op.create_index("ix_ticket_next_check_at", "ticket", ["next_check_at"], unique=False)
    op.create_index("ix_ticket_owner_id_state_seq", "ticket", ["owner_id", "state", "seq"], unique=False)
    op.create_index("ix_ticket_seq", "ticket", ["seq"], unique=True)
    op.create_index("ix_ticket_state_seq", "ticket", ["state", "seq"], unique=False)
    op.create_index("ix_ticket_type_id_seq", "ticket", ["type_id", "seq"], unique=False)
    op.create_table(
        "ticket_channel",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("to", sa.String(length=255), nullable=False),
        sa.Column("secret", sa.String(length=400), nullable=False),
        sa.Column("events", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_channel")),
    )
    op.create_index(op.f("ix_ticket_channel_authority_id"), "ticket_channel", ["authority_id"], unique=False)
    op.create_table(
        "ticket_counter",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ticket_counter")),
    )
    op.create_index(op.f("ix_ticket_counter_authority_id"), "ticket_counter", ["authority_id"], unique=False)
    op.create_table(
        "ticket_type",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("reply_min", sa.Integer(), nullable=False),
        sa.Column("urgent_min", sa.Integer(), nullable=False),
        sa.Column("hours_id", sa.String(length=64), nullable=True),
        sa.Column("amber_percent", sa.Integer(), nullable=False),
        sa.Column("sms_reply", sa.Boolean(), nullable=False),
        sa.Column("default_department_id", sa.String(length=64), nullable=True),
        sa.Column("required_in_call", sa.Boolean(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_type")),
    )
    op.create_index(op.f("ix_ticket_type_authority_id"), "ticket_type", ["authority_id"], unique=False)
    op.create_table(
        "ticket_view",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("query", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_view")),
    )
    op.create_index(op.f("ix_ticket_view_authority_id"), "ticket_view", ["authority_id"], unique=False)
    op.create_index("ix_ticket_view_user_id", "ticket_view", ["user_id"], unique=False)
    op.create_table(
        "ticket_attachment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("media_type", sa.String(length=120), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.String(length=64), nullable=False),
        sa.Column("by_name", sa.String(length=64), nullable=False),
        sa.Column("removed_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_attachment_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_attachment")),
    )
    op.create_index(
        op.f("ix_ticket_attachment_authority_id"), "ticket_attachment", ["authority_id"], unique=False
    )
    op.create_index("ix_ticket_attachment_ticket_id", "ticket_attachment", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_delivery",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("problem", sa.String(length=255), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["ticket_channel.id"], name=op.f("fk_ticket_delivery_channel_id_ticket_channel")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_delivery_ticket_id_ticket")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_delivery")),
    )
    op.create_index(
        op.f("ix_ticket_delivery_authority_id"), "ticket_delivery", ["authority_id"], unique=False
    )
    op.create_index("ix_ticket_delivery_state_next_at", "ticket_delivery", ["state", "next_at"], unique=False)
    op.create_table(
        "ticket_notice",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("audience", sa.String(length=80), nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_notice_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_notice")),
    )
    op.create_index("ix_ticket_notice_audience", "ticket_notice", ["audience", "at"], unique=False)
    op.create_index(op.f("ix_ticket_notice_authority_id"), "ticket_notice", ["authority_id"], unique=False)
    op.create_table(
        "ticket_stay",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("department_id", sa.String(length=64), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_stay_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_stay")),
    )
    op.create_index(op.f("ix_ticket_stay_authority_id"), "ticket_stay", ["authority_id"], unique=False)
    op.create_index("ix_ticket_stay_department_id", "ticket_stay", ["department_id", "at"], unique=False)
    op.create_index("ix_ticket_stay_ticket_id", "ticket_stay", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_step",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", sa.String(length=64), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("side", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("user_name", sa.String(length=64), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=False),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_step_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_step")),
    )
    op.create_index(op.f("ix_ticket_step_authority_id"), "ticket_step", ["authority_id"], unique=False)
    op.create_index("ix_ticket_step_ticket_id", "ticket_step", ["ticket_id", "at"], unique=False)
    op.create_table(
        "ticket_notice_read",
        sa.Column("notice_id", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["ticket_notice.id"], name=op.f("fk_ticket_notice_read_notice_id_ticket_notice")
        ),
        sa.PrimaryKeyConstraint("notice_id", "user_id", name=op.f("pk_ticket_notice_read")),
    )
    op.create_index(
        op.f("ix_ticket_notice_read_authority_id"), "ticket_notice_read", ["authority_id"], unique=False
    )
    for statement in fulltext.create("ticket_fts", op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    """Drop them with everything in them."""
    op.execute("DROP TABLE ticket_fts")
    op.drop_index(op.f("ix_ticket_notice_read_authority_id"), table_name="ticket_notice_read")
    op.drop_table("ticket_notice_read")
    op.drop_index("ix_ticket_step_ticket_id", table_name="ticket_step")
    op.drop_index(op.f("ix_ticket_step_authority_id"), table_name="ticket_step")
    op.drop_table("ticket_step")
    op.drop_index("ix_ticket_stay_ticket_id", table_name="ticket_stay")
    op.drop_index("ix_ticket_stay_department_id", table_name="ticket_stay")
    op.drop_index(op.f("ix_ticket_stay_authority_id"), table_name="ticket_stay")
    op.drop_table("ticket_stay")
    op.drop_index(op.f("ix_ticket_notice_authority_id"), table_name="ticket_notice")
    op.drop_index("ix_ticket_notice_audience", table_name="ticket_notice")
    op.drop_table("ticket_notice")
    op.drop_index("ix_ticket_delivery_state_next_at", table_name="ticket_delivery")
    op.drop_index(op.f("ix_ticket_delivery_authority_id"), table_name="ticket_delivery")
    op.drop_table("ticket_delivery")
    op.drop_index("ix_ticket_attachment_ticket_id", table_name="ticket_attachment")
    op.drop_index(op.f("ix_ticket_attachment_authority_id"), table_name="ticket_attachment")
    op.drop_table("ticket_attachment")
    op.drop_index("ix_ticket_view_user_id", table_name="ticket_view")
    op.drop_index(op.f("ix_ticket_view_authority_id"), table_name="ticket_view")
    op.drop_table("ticket_view")
    op.drop_index(op.f("ix_ticket_type_authority_id"), table_name="ticket_type")
    op.drop_table("ticket_type")
    op.drop_index(op.f("ix_ticket_counter_authority_id"), table_name="ticket_counter")
    op.drop_table("ticket_counter")
    op.drop_index(op.f("ix_ticket_channel_authority_id"), table_name="ticket_channel")
    op.drop_table("ticket_channel")
    op.drop_index("ix_ticket_type_id_seq", table_name="ticket")
    op.drop_index("ix_ticket_state_seq", table_name="ticket")
    op.drop_index("ix_ticket_seq", table_name="ticket")
    op.drop_index("ix_ticket_owner_id_state_seq", table_name="ticket")
    op.drop_index("ix_ticket_next_check_at", table_name="ticket")
    op.drop_index("ix_ticket_due_at", table_name="ticket")
    op.drop_index("ix_ticket_department_id_state_seq", table_name="ticket")
    op.drop_index("ix_ticket_customer_id", table_name="ticket")
    op.drop_index("ix_ticket_created_at", table_name="ticket")
    op.drop_index("ix_ticket_contact", table_name="ticket")
    op.drop_index("ix_ticket_call_id", table_name="ticket")
    op.drop_index(op.f("ix_ticket_authority_id"), table_name="ticket")
    op.drop_table("ticket")
