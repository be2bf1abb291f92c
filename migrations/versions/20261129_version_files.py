"""Every version of an article names its files; a file that was taken away stays for the versions that had it."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from hotline.platform import database

revision = "20261129_version_files"
down_revision = "20261129_live_figures"
branch_labels = None
depends_on = None

_VERSION = sa.table(
    "knowledge_version",
    sa.column("article_id", sa.String),
    sa.column("version", sa.Integer),
    sa.column("approved_at", database.UtcDateTime(timezone=True)),
    sa.column("files", sa.JSON(none_as_null=True)),
)
_FILE = sa.table(
    "knowledge_attachment",
    sa.column("id", sa.String),
    sa.column("article_id", sa.String),
    sa.column("picture", sa.Boolean),
    sa.column("added_at", database.UtcDateTime(timezone=True)),
)


def upgrade() -> None:
    """Until now a version had what was there when it was approved."""
    op.add_column(
        "knowledge_attachment",
        sa.Column("removed_at", database.UtcDateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "knowledge_version",
        sa.Column("files", sa.JSON(none_as_null=True), nullable=False, server_default="[]"),
    )
    connection = op.get_bind()
    files = defaultdict[str, list[tuple[str, datetime]]](list)
    there = sa.select(_FILE.c.id, _FILE.c.article_id, _FILE.c.added_at).where(_FILE.c.picture.is_(sa.false()))
    for row in connection.execute(there.order_by(_FILE.c.added_at)):
        files[row.article_id].append((row.id, row.added_at))
    versions = sa.select(_VERSION.c.article_id, _VERSION.c.version, _VERSION.c.approved_at)
    for row in connection.execute(versions.where(_VERSION.c.article_id.in_(list(files)))).all():
        had: list[Any] = [key for key, added_at in files[row.article_id] if added_at <= row.approved_at]
        chosen = (_VERSION.c.article_id == row.article_id) & (_VERSION.c.version == row.version)
        connection.execute(sa.update(_VERSION).where(chosen).values(files=had))


def downgrade() -> None:
    """What was taken away is gone then, as it was before."""
    op.execute("DELETE FROM knowledge_attachment WHERE removed_at IS NOT NULL")
    op.drop_column("knowledge_version", "files")
    op.drop_column("knowledge_attachment", "removed_at")
