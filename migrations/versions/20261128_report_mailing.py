"""Own reports by e-mail: schedules, what was made, what became of each sending."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_report_mailing"
down_revision = "20261128_loudness"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, database.UtcDateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "report_schedule",
        _text("id", 64),
        _text("report_id", 64),
        _text("owner_id", 64),
        _text("owner_name", 64),
        _text("frequency", 16),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("monthday", sa.Integer(), nullable=False),
        _text("at", 5),
        _text("period", 16),
        _text("format", 8),
        sa.Column("recipients", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        _moment("next_at"),
        _moment("try_at", nullable=True),
        _text("problem", 200),
        _moment("changed_at"),
        _text("authority_id", 64),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
    )
    for column in ("authority_id", "next_at", "owner_id", "report_id"):
        op.create_index(op.f(f"ix_report_schedule_{column}"), "report_schedule", [column])
    op.create_table(
        "report_mailing",
        _text("id", 64),
        _text("schedule_id", 64),
        _text("owner_id", 64),
        _text("report_name", 64),
        _moment("due_at"),
        _moment("start"),
        _moment("end"),
        sa.Column("manual", sa.Boolean(), nullable=False),
        _text("format", 8),
        _text("text", 2000),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        _text("authority_id", 64),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_mailing")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_report_mailing_schedule_id_due_at")),
    )
    for column in ("authority_id", "owner_id"):
        op.create_index(op.f(f"ix_report_mailing_{column}"), "report_mailing", [column])
    op.create_table(
        "report_sending",
        _text("id", 64),
        _text("mailing_id", 64),
        _text("recipient", 254),
        _text("state", 16),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("next_at"),
        _moment("give_up_at"),
        _text("problem", 200),
        _moment("changed_at"),
        _text("authority_id", 64),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_sending")),
        sa.UniqueConstraint("mailing_id", "recipient", name=op.f("uq_report_sending_mailing_id_recipient")),
    )
    for column in ("authority_id", "state"):
        op.create_index(op.f(f"ix_report_sending_{column}"), "report_sending", [column])


def downgrade() -> None:
    """Remove the tables with what is in them."""
    for table, columns in (
        ("report_sending", ("authority_id", "state")),
        ("report_mailing", ("authority_id", "owner_id")),
        ("report_schedule", ("authority_id", "next_at", "owner_id", "report_id")),
    ):
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
        op.drop_table(table)
