"""Alarm rules name figures of the metric dictionary; a queue's own service level target gives way to the hotline's variant."""

import sqlalchemy as sa
from alembic import op

revision = "20261129_live_figures"
down_revision = "20261128_export_jobs"
branch_labels = None
depends_on = None


_RENAMED = {"answer_rate": "queue_answer_rate", "signed_in": "signed_in_now"}
_TABLES = ("alarm_rule", "alarm")
_KNOWN_BEFORE = (
    "'waiting', 'longest_wait_s', 'ready', 'signed_in', 'service_level', 'answer_rate', 'abandon_rate', "
    "'trunk_used_pct', 'rest_s', 'busy_s', 'after_call_s', 'engine_down'"
)


def upgrade() -> None:
    """What rules measure gets the dictionary's keys."""
    for table in _TABLES:
        for before, key in _RENAMED.items():
            op.execute(f"UPDATE {table} SET metric = '{key}' WHERE metric = '{before}'")  # noqa: S608 - our own words
    op.drop_column("queue", "service_level_s")


def downgrade() -> None:
    """As it was; rules about figures that alarms did not know then are left out, targets are 20 s."""
    op.add_column("queue", sa.Column("service_level_s", sa.Integer(), nullable=False, server_default="20"))
    for table in _TABLES:
        for before, key in _RENAMED.items():
            op.execute(f"UPDATE {table} SET metric = '{before}' WHERE metric = '{key}'")  # noqa: S608 - our own words
        op.execute(f"DELETE FROM {table} WHERE metric NOT IN ({_KNOWN_BEFORE})")  # noqa: S608 - our own words
