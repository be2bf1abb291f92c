"""The knowledge base: tree, articles with versions and files, records of searching, synonyms, kept vectors."""

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261128_knowledge"
down_revision = "20261128_60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "knowledge_attachment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("file_key", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("picture", sa.Boolean(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.Column("added_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_attachment")),
    )
    op.create_index(
        op.f("ix_knowledge_attachment_article_id"), "knowledge_attachment", ["article_id"], unique=False
    )
    op.create_index(
        op.f("ix_knowledge_attachment_authority_id"), "knowledge_attachment", ["authority_id"], unique=False
    )

    op.create_table(
        "knowledge_category",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("parent_id", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["knowledge_category.id"],
            name=op.f("fk_knowledge_category_parent_id_knowledge_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_category")),
    )
    op.create_index(
        op.f("ix_knowledge_category_authority_id"), "knowledge_category", ["authority_id"], unique=False
    )
    op.create_index(
        op.f("ix_knowledge_category_parent_id"), "knowledge_category", ["parent_id"], unique=False
    )

    op.create_table(
        "knowledge_feedback",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_feedback")),
    )
    op.create_index(
        op.f("ix_knowledge_feedback_article_id"), "knowledge_feedback", ["article_id"], unique=False
    )
    op.create_index(op.f("ix_knowledge_feedback_at"), "knowledge_feedback", ["at"], unique=False)
    op.create_index(
        op.f("ix_knowledge_feedback_authority_id"), "knowledge_feedback", ["authority_id"], unique=False
    )

    op.create_table(
        "knowledge_read",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "day", "channel", name=op.f("pk_knowledge_read")),
    )
    op.create_index(op.f("ix_knowledge_read_authority_id"), "knowledge_read", ["authority_id"], unique=False)

    op.create_table(
        "knowledge_search",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("took_ms", sa.Double(), nullable=False),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_search")),
    )
    op.create_index("ix_knowledge_search_answered", "knowledge_search", ["answered", "at"], unique=False)
    op.create_index("ix_knowledge_search_at", "knowledge_search", ["at"], unique=False)
    op.create_index(
        op.f("ix_knowledge_search_authority_id"), "knowledge_search", ["authority_id"], unique=False
    )

    op.create_table(
        "knowledge_synonyms",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_synonyms")),
    )
    op.create_index(
        op.f("ix_knowledge_synonyms_authority_id"), "knowledge_synonyms", ["authority_id"], unique=False
    )

    op.create_table(
        "knowledge_vector",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_vector")),
        sa.UniqueConstraint("article_id", "text_hash", name=op.f("uq_knowledge_vector_article_id_text_hash")),
    )
    op.create_index(op.f("ix_knowledge_vector_article_id"), "knowledge_vector", ["article_id"], unique=False)
    op.create_index(
        op.f("ix_knowledge_vector_authority_id"), "knowledge_vector", ["authority_id"], unique=False
    )

    op.create_table(
        "knowledge_article",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("category_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("similar", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("related", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("official_version", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(length=64), nullable=False),
        sa.Column("updated_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("solved", sa.Integer(), nullable=False),
        sa.Column("unsolved", sa.Integer(), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["knowledge_category.id"],
            name=op.f("fk_knowledge_article_category_id_knowledge_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_article")),
    )
    op.create_index(
        op.f("ix_knowledge_article_authority_id"), "knowledge_article", ["authority_id"], unique=False
    )
    op.create_index(
        op.f("ix_knowledge_article_category_id"), "knowledge_article", ["category_id"], unique=False
    )
    op.create_index(op.f("ix_knowledge_article_state"), "knowledge_article", ["state"], unique=False)
    op.create_index(
        op.f("ix_knowledge_article_updated_at"), "knowledge_article", ["updated_at"], unique=False
    )

    op.create_table(
        "knowledge_favourite",
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("added_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["knowledge_article.id"],
            name=op.f("fk_knowledge_favourite_article_id_knowledge_article"),
        ),
        sa.PrimaryKeyConstraint("user_id", "article_id", name=op.f("pk_knowledge_favourite")),
    )
    op.create_index(
        op.f("ix_knowledge_favourite_authority_id"), "knowledge_favourite", ["authority_id"], unique=False
    )

    op.create_table(
        "knowledge_version",
        sa.Column("article_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("similar", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("category_id", sa.String(length=64), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("approved_by", sa.String(length=64), nullable=False),
        sa.Column("approved_at", database.UtcDateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("authority_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["knowledge_article.id"],
            name=op.f("fk_knowledge_version_article_id_knowledge_article"),
        ),
        sa.PrimaryKeyConstraint("article_id", "version", name=op.f("pk_knowledge_version")),
    )
    op.create_index(
        op.f("ix_knowledge_version_authority_id"), "knowledge_version", ["authority_id"], unique=False
    )


def downgrade() -> None:
    """Drop them with everything in them."""
    op.drop_index("ix_knowledge_version_authority_id")

    op.drop_table("knowledge_version")
    op.drop_index("ix_knowledge_favourite_authority_id")

    op.drop_table("knowledge_favourite")
    op.drop_index("ix_knowledge_article_updated_at")
    op.drop_index("ix_knowledge_article_state")
    op.drop_index("ix_knowledge_article_category_id")
    op.drop_index("ix_knowledge_article_authority_id")

    op.drop_table("knowledge_article")
    op.drop_index("ix_knowledge_vector_authority_id")
    op.drop_index("ix_knowledge_vector_article_id")

    op.drop_table("knowledge_vector")
    op.drop_index("ix_knowledge_synonyms_authority_id")

    op.drop_table("knowledge_synonyms")
    op.drop_index("ix_knowledge_search_authority_id")
    op.drop_index("ix_knowledge_search_at", table_name="knowledge_search")
    op.drop_index("ix_knowledge_search_answered", table_name="knowledge_search")

    op.drop_table("knowledge_search")
    op.drop_index("ix_knowledge_read_authority_id")

    op.drop_table("knowledge_read")
    op.drop_index("ix_knowledge_feedback_authority_id")
    op.drop_index("ix_knowledge_feedback_at")
    op.drop_index("ix_knowledge_feedback_article_id")

    op.drop_table("knowledge_feedback")
    op.drop_index("ix_knowledge_category_parent_id")
    op.drop_index("ix_knowledge_category_authority_id")

    op.drop_table("knowledge_category")
    op.drop_index("ix_knowledge_attachment_authority_id")
    op.drop_index("ix_knowledge_attachment_article_id")

    op.drop_table("knowledge_attachment")
