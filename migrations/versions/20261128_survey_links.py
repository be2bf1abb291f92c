"""Surveys by SMS: one link a call."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_survey_links"
down_revision = "20261128_announcements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "survey_link",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("hotline_id", sa.String(length=64), nullable=True),
        sa.Column("agent_id", sa.String(length=64), nullable=True),
        sa.Column("queue_id", sa.String(length=64), nullable=True),
        sa.Column("due_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("page", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("expires_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_survey_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_survey_link_token_hash")),
    )
    op.create_index(op.f("ix_survey_link_authority_id"), "survey_link", ["authority_id"], unique=False)
    op.create_index("ix_survey_link_told", "survey_link", ["told"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_survey_link_told", table_name="survey_link")
    op.drop_index(op.f("ix_survey_link_authority_id"), table_name="survey_link")
    op.drop_table("survey_link")
