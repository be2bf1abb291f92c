"""Queues have a survey of their own if they want, several pieces of music and several messages."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_survey"
down_revision = "20261128_prompts"
branch_labels = None
depends_on = None

_NONE = sa.text("'[]'")
_NEW = (
    ("own_survey", sa.JSON(none_as_null=True), None),
    ("further_music", sa.JSON(none_as_null=True), _NONE),
    ("further_messages", sa.JSON(none_as_null=True), _NONE),
)


def upgrade() -> None:
    """Add the columns; every queue goes on as it was."""
    for name, kind, filled in _NEW:
        op.add_column("queue", sa.Column(name, kind, nullable=filled is None, server_default=filled))


def downgrade() -> None:
    """Drop them."""
    for name, _, _ in reversed(_NEW):
        op.drop_column("queue", name)
