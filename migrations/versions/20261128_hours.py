"""Overrides of opening hours with an end, and the national calendar as far as people enter it."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_hours"
down_revision = "20261128_sources"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_NEW = (
    ("override_until", database.UtcDateTime(timezone=True), None),
    ("override_by", sa.String(length=64), _EMPTY),
    ("override_at", database.UtcDateTime(timezone=True), None),
    ("override_note", sa.String(length=200), _EMPTY),
)
"""Column, type, and the value for rows that are there already; None: may be null."""


def upgrade() -> None:
    """Add columns and the table; an override that stands has no end."""
    for name, kind, filled in _NEW:
        op.add_column("hours", sa.Column(name, kind, nullable=filled is None, server_default=filled))
    op.create_table(
        "national_day",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_national_day")),
    )
    op.create_index(op.f("ix_national_day_authority_id"), "national_day", ["authority_id"], unique=False)


def downgrade() -> None:
    """Drop them: an override stands until it is taken back, and entered days are gone."""
    op.drop_index(op.f("ix_national_day_authority_id"), table_name="national_day")
    op.drop_table("national_day")
    for name, _, _ in reversed(_NEW):
        op.drop_column("hours", name)
