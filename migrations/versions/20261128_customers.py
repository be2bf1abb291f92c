"""Customers: files, numbers, tags, own fields, contracts, merges, imports."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_customers"
down_revision = "20261128_knowledge"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "customer",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("customer_class", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("gender", sa.String(length=8), nullable=False),
        sa.Column("id_number", sa.String(length=400), nullable=False),
        sa.Column("id_digest", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=True),
        sa.Column("assistant_id", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("values", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(length=64), nullable=True),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
    )
    op.create_index(op.f("ix_customer_authority_id"), "customer", ["authority_id"], unique=False)
    op.create_index("ix_customer_customer_class", "customer", ["customer_class"], unique=False)
    op.create_index("ix_customer_id_digest", "customer", ["id_digest"], unique=False)
    op.create_index("ix_customer_merged_into", "customer", ["merged_into"], unique=False)
    op.create_index("ix_customer_name", "customer", ["name"], unique=False)
    op.create_index("ix_customer_organisation_id", "customer", ["organisation_id"], unique=False)
    op.create_index("ix_customer_updated_at_id", "customer", ["updated_at", "id"], unique=False)
    op.create_table(
        "customer_form",
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("authority_id", name=op.f("pk_customer_form")),
    )
    op.create_table(
        "customer_import",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("preview", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("problem", sa.String(length=255), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_name", sa.String(length=64), nullable=False),
        sa.Column("finished_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_import")),
    )
    op.create_index(
        op.f("ix_customer_import_authority_id"), "customer_import", ["authority_id"], unique=False
    )
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kept_id", sa.String(length=64), nullable=False),
        sa.Column("gone_id", sa.String(length=64), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_name", sa.String(length=64), nullable=False),
        sa.Column("undo", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("undone_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
    )
    op.create_index(op.f("ix_customer_merge_authority_id"), "customer_merge", ["authority_id"], unique=False)
    op.create_index("ix_customer_merge_kept_id", "customer_merge", ["kept_id"], unique=False)
    op.create_table(
        "customer_contract",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("volume", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("visit_every_months", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_contract_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_contract")),
    )
    op.create_index(
        op.f("ix_customer_contract_authority_id"), "customer_contract", ["authority_id"], unique=False
    )
    op.create_index("ix_customer_contract_customer_id", "customer_contract", ["customer_id"], unique=False)
    op.create_table(
        "customer_note",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.String(length=64), nullable=False),
        sa.Column("by_name", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_note_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_note")),
    )
    op.create_index(op.f("ix_customer_note_authority_id"), "customer_note", ["authority_id"], unique=False)
    op.create_index("ix_customer_note_customer_id", "customer_note", ["customer_id", "at"], unique=False)
    op.create_table(
        "customer_number",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_number_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "number", name=op.f("pk_customer_number")),
    )
    op.create_index(
        op.f("ix_customer_number_authority_id"), "customer_number", ["authority_id"], unique=False
    )
    op.create_index("ix_customer_number_number", "customer_number", ["number"], unique=False)
    op.create_table(
        "customer_tag",
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_tag_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "tag", name=op.f("pk_customer_tag")),
    )
    op.create_index(op.f("ix_customer_tag_authority_id"), "customer_tag", ["authority_id"], unique=False)
    op.create_index("ix_customer_tag_tag", "customer_tag", ["tag"], unique=False)
    op.create_table(
        "customer_charge",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("contract_id", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("by_name", sa.String(length=64), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["customer_contract.id"],
            name=op.f("fk_customer_charge_contract_id_customer_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_charge_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_charge")),
    )
    op.create_index(
        op.f("ix_customer_charge_authority_id"), "customer_charge", ["authority_id"], unique=False
    )
    op.create_index(
        "ix_customer_charge_customer_id", "customer_charge", ["customer_id", "on_day"], unique=False
    )
    op.create_table(
        "customer_reminder",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("contract_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("repeat_months", sa.Integer(), nullable=False),
        sa.Column("done_at", database.UtcDateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=500), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["customer_contract.id"],
            name=op.f("fk_customer_reminder_contract_id_customer_contract"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_reminder_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_reminder")),
    )
    op.create_index(
        op.f("ix_customer_reminder_authority_id"), "customer_reminder", ["authority_id"], unique=False
    )
    op.create_index("ix_customer_reminder_customer_id", "customer_reminder", ["customer_id"], unique=False)
    op.create_index("ix_customer_reminder_due_on", "customer_reminder", ["due_on"], unique=False)


def downgrade() -> None:
    """Drop them with everything in them."""
    op.drop_index("ix_customer_reminder_due_on", table_name="customer_reminder")
    op.drop_index("ix_customer_reminder_customer_id", table_name="customer_reminder")
    op.drop_index(op.f("ix_customer_reminder_authority_id"), table_name="customer_reminder")
    op.drop_table("customer_reminder")
    op.drop_index("ix_customer_charge_customer_id", table_name="customer_charge")
    op.drop_index(op.f("ix_customer_charge_authority_id"), table_name="customer_charge")
    op.drop_table("customer_charge")
    op.drop_index("ix_customer_tag_tag", table_name="customer_tag")
    op.drop_index(op.f("ix_customer_tag_authority_id"), table_name="customer_tag")
    op.drop_table("customer_tag")
    op.drop_index("ix_customer_number_number", table_name="customer_number")
    op.drop_index(op.f("ix_customer_number_authority_id"), table_name="customer_number")
    op.drop_table("customer_number")
    op.drop_index("ix_customer_note_customer_id", table_name="customer_note")
    op.drop_index(op.f("ix_customer_note_authority_id"), table_name="customer_note")
    op.drop_table("customer_note")
    op.drop_index("ix_customer_contract_customer_id", table_name="customer_contract")
    op.drop_index(op.f("ix_customer_contract_authority_id"), table_name="customer_contract")
    op.drop_table("customer_contract")
    op.drop_index("ix_customer_merge_kept_id", table_name="customer_merge")
    op.drop_index(op.f("ix_customer_merge_authority_id"), table_name="customer_merge")
    op.drop_table("customer_merge")
    op.drop_index(op.f("ix_customer_import_authority_id"), table_name="customer_import")
    op.drop_table("customer_import")
    op.drop_table("customer_form")
    op.drop_index("ix_customer_updated_at_id", table_name="customer")
    op.drop_index("ix_customer_organisation_id", table_name="customer")
    op.drop_index("ix_customer_name", table_name="customer")
    op.drop_index("ix_customer_merged_into", table_name="customer")
    op.drop_index("ix_customer_id_digest", table_name="customer")
    op.drop_index("ix_customer_customer_class", table_name="customer")
    op.drop_index(op.f("ix_customer_authority_id"), table_name="customer")
    op.drop_table("customer")
