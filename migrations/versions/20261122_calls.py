"""The call list: calls, stays in queues, talks, missed offers, recordings (a projection of the journal)."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261122_04"
down_revision = "20261122_03"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "call_queue",
        sa.Column("visit_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("queue_id", sa.String(length=64), nullable=False),
        sa.Column("entered_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_call_queue")),
    )
    op.create_index(op.f("ix_call_queue_authority_id"), "call_queue", ["authority_id"], unique=False)
    op.create_index("ix_call_queue_call_id", "call_queue", ["call_id"], unique=False)
    op.create_index("ix_call_queue_queue_id", "call_queue", ["queue_id"], unique=False)
    op.create_table(
        "call_record",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("hotline_id", sa.String(length=64), nullable=True),
        sa.Column("ani", sa.String(length=64), nullable=False),
        sa.Column("dnis", sa.String(length=64), nullable=False),
        sa.Column("web", sa.Boolean(), nullable=False),
        sa.Column("test", sa.Boolean(), nullable=False),
        sa.Column("started_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("ended_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("disposition", sa.String(length=32), nullable=True),
        sa.Column("wait_ms", sa.Integer(), nullable=True),
        sa.Column("talk_ms", sa.Integer(), nullable=False),
        sa.Column("has_recording", sa.Boolean(), nullable=False),
        sa.Column("survey_grade", sa.Integer(), nullable=True),
        sa.Column("survey_label", sa.String(length=64), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_record")),
    )
    op.create_index("ix_call_record_ani", "call_record", ["ani"], unique=False)
    op.create_index(op.f("ix_call_record_authority_id"), "call_record", ["authority_id"], unique=False)
    op.create_index("ix_call_record_dnis", "call_record", ["dnis"], unique=False)
    op.create_index("ix_call_record_started_at_id", "call_record", ["started_at", "id"], unique=False)
    op.create_table(
        "call_talk",
        sa.Column("talk_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("started_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("talk_id", name=op.f("pk_call_talk")),
    )
    op.create_index("ix_call_talk_agent_id", "call_talk", ["agent_id", "started_at"], unique=False)
    op.create_index(op.f("ix_call_talk_authority_id"), "call_talk", ["authority_id"], unique=False)
    op.create_index("ix_call_talk_call_id", "call_talk", ["call_id"], unique=False)
    op.create_table(
        "missed_offer",
        sa.Column("offer_id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_missed_offer")),
    )
    op.create_index("ix_missed_offer_agent_id", "missed_offer", ["agent_id", "at"], unique=False)
    op.create_index(op.f("ix_missed_offer_authority_id"), "missed_offer", ["authority_id"], unique=False)
    op.create_table(
        "recording",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("started_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording")),
    )
    op.create_index(op.f("ix_recording_authority_id"), "recording", ["authority_id"], unique=False)
    op.create_index("ix_recording_call_id", "recording", ["call_id"], unique=False)


def downgrade() -> None:
    """Drop them; the journal keeps everything needed to fill them again."""
    op.drop_index("ix_recording_call_id", table_name="recording")
    op.drop_index(op.f("ix_recording_authority_id"), table_name="recording")
    op.drop_table("recording")
    op.drop_index(op.f("ix_missed_offer_authority_id"), table_name="missed_offer")
    op.drop_index("ix_missed_offer_agent_id", table_name="missed_offer")
    op.drop_table("missed_offer")
    op.drop_index("ix_call_talk_call_id", table_name="call_talk")
    op.drop_index(op.f("ix_call_talk_authority_id"), table_name="call_talk")
    op.drop_index("ix_call_talk_agent_id", table_name="call_talk")
    op.drop_table("call_talk")
    op.drop_index("ix_call_record_started_at_id", table_name="call_record")
    op.drop_index("ix_call_record_dnis", table_name="call_record")
    op.drop_index(op.f("ix_call_record_authority_id"), table_name="call_record")
    op.drop_index("ix_call_record_ani", table_name="call_record")
    op.drop_table("call_record")
    op.drop_index("ix_call_queue_queue_id", table_name="call_queue")
    op.drop_index("ix_call_queue_call_id", table_name="call_queue")
    op.drop_index(op.f("ix_call_queue_authority_id"), table_name="call_queue")
    op.drop_table("call_queue")
