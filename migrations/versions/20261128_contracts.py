"""Contracts, what does not count for them, and the acceptance of their periods."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_50"
down_revision = "20261128_sms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "contract",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("contractor", sa.String(length=64), nullable=False),
        sa.Column("hotline_ids", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("period_fee", sa.String(length=24), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("changed_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_index(op.f("ix_contract_authority_id"), "contract", ["authority_id"], unique=False)
    op.create_table(
        "contract_exclusion",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contract_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("starts_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("evidence", sa.String(length=1000), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_exclusion")),
    )
    _acceptances()
    for column in ("authority_id", "contract_id"):
        op.create_index(op.f(f"ix_contract_exclusion_{column}"), "contract_exclusion", [column], unique=False)
        op.create_index(
            op.f(f"ix_contract_acceptance_{column}"), "contract_acceptance", [column], unique=False
        )


def _acceptances() -> None:
    op.create_table(
        "contract_acceptance",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("contract_id", sa.String(length=64), nullable=False),
        sa.Column("first", sa.String(length=10), nullable=False),
        sa.Column("last", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("declared", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("made_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("submitted_by", sa.String(length=64), nullable=False),
        sa.Column("submitted_by_id", sa.String(length=64), nullable=False),
        sa.Column("decided_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decision_note", sa.String(length=200), nullable=False),
        sa.Column("package_sha256", sa.String(length=64), nullable=False),
        sa.Column("package_path", sa.String(length=255), nullable=False),
        sa.Column("package_bytes", sa.BigInteger(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_acceptance")),
        sa.UniqueConstraint("contract_id", "first", name=op.f("uq_contract_acceptance_contract_id_first")),
    )


def downgrade() -> None:
    """Drop the tables with everything in them; evidence packages stay in the data folder."""
    for table in ("contract_acceptance", "contract_exclusion", "contract"):
        if table != "contract":
            op.drop_index(op.f(f"ix_{table}_contract_id"), table_name=table)
        op.drop_index(op.f(f"ix_{table}_authority_id"), table_name=table)
        op.drop_table(table)
