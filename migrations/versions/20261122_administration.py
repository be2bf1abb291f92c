"""What a site's people set up: queues, hotlines, trunks, blocked callers, opening hours, prompts, flows."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261122_05"
down_revision = "20261122_04"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "blocked_number",
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("since", database.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "number", name=op.f("pk_blocked_number")),
    )
    op.create_table(
        "flow",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow")),
    )
    op.create_index(op.f("ix_flow_authority_id"), "flow", ["authority_id"], unique=False)
    op.create_table(
        "hotline",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("hours_id", sa.String(length=64), nullable=True),
        sa.Column("survey", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("outbound_trunk_id", sa.String(length=64), nullable=True),
        sa.Column("recording", sa.Boolean(), nullable=False),
        sa.Column("region", sa.String(length=64), nullable=False),
        sa.Column("web_calls", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotline")),
        sa.UniqueConstraint("number", name=op.f("uq_hotline_number")),
    )
    op.create_index(op.f("ix_hotline_authority_id"), "hotline", ["authority_id"], unique=False)
    op.create_table(
        "hours",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("week", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("special", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("national_holidays", sa.Boolean(), nullable=False),
        sa.Column("override", sa.String(length=8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours")),
    )
    op.create_index(op.f("ix_hours_authority_id"), "hours", ["authority_id"], unique=False)
    op.create_table(
        "prompt",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("shipped_sha256", sa.String(length=64), nullable=True),
        sa.Column("updated_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt")),
        sa.UniqueConstraint("key", name=op.f("uq_prompt_key")),
    )
    op.create_index(op.f("ix_prompt_authority_id"), "prompt", ["authority_id"], unique=False)
    op.create_table(
        "queue",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("strategy", sa.String(length=32), nullable=False),
        sa.Column("ring_timeout_s", sa.Double(), nullable=False),
        sa.Column("wrap_up_s", sa.Double(), nullable=False),
        sa.Column("max_wait_s", sa.Double(), nullable=False),
        sa.Column("max_length", sa.Integer(), nullable=False),
        sa.Column("no_agent_overflow", sa.Boolean(), nullable=False),
        sa.Column("overflow_to", sa.String(length=16), nullable=False),
        sa.Column("overflow_queue_id", sa.String(length=64), nullable=True),
        sa.Column("music", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=True),
        sa.Column("message_every_s", sa.Double(), nullable=False),
        sa.Column("announce_position", sa.Boolean(), nullable=False),
        sa.Column("service_level_s", sa.Integer(), nullable=False),
        sa.Column("base_priority", sa.Integer(), nullable=False),
        sa.Column("missed_limit", sa.Integer(), nullable=False),
        sa.Column("missed_pause_s", sa.Double(), nullable=False),
        sa.Column("survey", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queue")),
        sa.UniqueConstraint("number", name=op.f("uq_queue_number")),
    )
    op.create_index(op.f("ix_queue_authority_id"), "queue", ["authority_id"], unique=False)
    op.create_table(
        "trunk",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("peers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("gateway", sa.String(length=255), nullable=False),
        sa.Column("max_calls", sa.Integer(), nullable=False),
        sa.Column("codecs", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("transport", sa.String(length=8), nullable=False),
        sa.Column("numbers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trunk")),
    )
    op.create_index(op.f("ix_trunk_authority_id"), "trunk", ["authority_id"], unique=False)
    op.create_table(
        "flow_version",
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("published_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=64), nullable=False),
        sa.Column("note", sa.String(length=255), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["flow_id"], ["flow.id"], name=op.f("fk_flow_version_flow_id_flow")),
        sa.PrimaryKeyConstraint("flow_id", "version", name=op.f("pk_flow_version")),
    )
    op.create_index(op.f("ix_flow_version_authority_id"), "flow_version", ["authority_id"], unique=False)


def downgrade() -> None:
    """Drop the tables with everything in them."""
    op.drop_index(op.f("ix_flow_version_authority_id"), table_name="flow_version")
    op.drop_table("flow_version")
    op.drop_index(op.f("ix_trunk_authority_id"), table_name="trunk")
    op.drop_table("trunk")
    op.drop_index(op.f("ix_queue_authority_id"), table_name="queue")
    op.drop_table("queue")
    op.drop_index(op.f("ix_prompt_authority_id"), table_name="prompt")
    op.drop_table("prompt")
    op.drop_index(op.f("ix_hours_authority_id"), table_name="hours")
    op.drop_table("hours")
    op.drop_index(op.f("ix_hotline_authority_id"), table_name="hotline")
    op.drop_table("hotline")
    op.drop_index(op.f("ix_flow_authority_id"), table_name="flow")
    op.drop_table("flow")
    op.drop_table("blocked_number")
