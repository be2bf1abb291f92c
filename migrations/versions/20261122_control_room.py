"""The control room: alarm rules, alarms, wall boards."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261122_08"
down_revision = "20261122_07"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alarm_rule",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.String(length=64), nullable=True),
        sa.Column("metric", sa.String(length=32), nullable=False),
        sa.Column("amber", sa.Double(), nullable=True),
        sa.Column("red", sa.Double(), nullable=True),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("min_calls", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_rule")),
    )
    op.create_index(op.f("ix_alarm_rule_authority_id"), "alarm_rule", ["authority_id"], unique=False)
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("rule_name", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("metric", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.String(length=64), nullable=False),
        sa.Column("target_name", sa.String(length=255), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("worst_level", sa.String(length=8), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("line", sa.Double(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("raised_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=64), nullable=False),
        sa.Column("acknowledged_name", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm")),
    )
    op.create_index(op.f("ix_alarm_authority_id"), "alarm", ["authority_id"], unique=False)
    op.create_index(op.f("ix_alarm_cleared_at"), "alarm", ["cleared_at"], unique=False)
    op.create_index(op.f("ix_alarm_raised_at"), "alarm", ["raised_at"], unique=False)
    op.create_table(
        "wall_board",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("theme", sa.String(length=16), nullable=False),
        sa.Column("pages", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wall_board")),
    )
    op.create_index(op.f("ix_wall_board_authority_id"), "wall_board", ["authority_id"], unique=False)


def downgrade() -> None:
    """Drop the tables with everything in them."""
    for table, columns in (
        ("wall_board", ("authority_id",)),
        ("alarm", ("raised_at", "cleared_at", "authority_id")),
        ("alarm_rule", ("authority_id",)),
    ):
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
        op.drop_table(table)
