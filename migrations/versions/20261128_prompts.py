"""Prompts know how their sound came about, and what they were before."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_prompts"
down_revision = "20261128_hours"
branch_labels = None
depends_on = None

_NEW = (
    ("source", sa.String(length=16), sa.text("'recorded'")),
    ("voice", sa.String(length=64), sa.text("''")),
    ("speed", sa.Double(), sa.text("1")),
    ("version", sa.Integer(), sa.text("1")),
)


def upgrade() -> None:
    """Add columns and the table: what is there is the first version."""
    for name, kind, filled in _NEW:
        op.add_column("prompt", sa.Column(name, kind, nullable=False, server_default=filled))
    op.create_table(
        "prompt_version",
        sa.Column("prompt_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("voice", sa.String(length=64), nullable=False),
        sa.Column("speed", sa.Double(), nullable=False),
        sa.Column("replaced_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "version", name=op.f("pk_prompt_version")),
    )
    op.create_index(op.f("ix_prompt_version_authority_id"), "prompt_version", ["authority_id"], unique=False)


def downgrade() -> None:
    """Drop them: earlier versions cannot be brought back any more; their files stay."""
    op.drop_index(op.f("ix_prompt_version_authority_id"), table_name="prompt_version")
    op.drop_table("prompt_version")
    for name, _, _ in reversed(_NEW):
        op.drop_column("prompt", name)
