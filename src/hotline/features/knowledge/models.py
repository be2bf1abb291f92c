"""Tables of the knowledge base. An article's row is its working copy; what readers see is the version `official_version`."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class ArticleState(StrEnum):
    """Where the working copy stands. An article may be readable (`official_version` > 0) in any state but withdrawn."""

    TEMPORARY = "temporary"
    REVIEW = "review"
    RETURNED = "returned"
    OFFICIAL = "official"
    WITHDRAWN = "withdrawn"


class Category(Base, Authority):
    """A branch of the tree. `roles` empty: every role may read what is in it."""

    __tablename__ = "knowledge_category"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("knowledge_category.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]
    roles: Mapped[list[Any]]


class Article(Base, Authority):
    """An article's working copy. `revision` counts every change: two people who edit at once are told."""

    __tablename__ = "knowledge_article"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    category_id: Mapped[str] = mapped_column(ForeignKey("knowledge_category.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    html: Mapped[str] = mapped_column(Text)
    similar: Mapped[list[Any]]
    related: Mapped[list[Any]]
    public: Mapped[bool]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    review_on: Mapped[date | None]
    """When somebody should look whether it still holds."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    """Why it was returned or withdrawn."""
    revision: Mapped[int]
    official_version: Mapped[int]
    source: Mapped[str] = mapped_column(String(64))
    """What it came from: a call's id, an import's file, a question that found nothing."""
    created_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    created_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    updated_at: Mapped[datetime] = mapped_column(index=True)
    reads: Mapped[int]
    solved: Mapped[int]
    unsolved: Mapped[int]


class ArticleVersion(Base, Authority):
    """What was approved, as it was then; never changed."""

    __tablename__ = "knowledge_version"
    article_id: Mapped[str] = mapped_column(ForeignKey("knowledge_article.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    html: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    similar: Mapped[list[Any]]
    category_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    public: Mapped[bool]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    written_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    approved_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    approved_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200))
    files: Mapped[list[Any]]
    """Ids of its files (`Attachment`), without the pictures in its text."""


class Attachment(Base, Authority):
    """A file of an article, or a picture in its text (`picture`; served by its id, which nobody can guess).

    One that was taken away (`removed_at`) is nobody's to see, and comes back with a version that had it.
    """

    __tablename__ = "knowledge_attachment"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    article_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    name: Mapped[str]
    media_type: Mapped[str] = mapped_column(String(128))
    file_key: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    picture: Mapped[bool]
    added_by: Mapped[str] = mapped_column(String(ID_LENGTH))
    added_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class Favourite(Base, Authority):
    """A person's favourite."""

    __tablename__ = "knowledge_favourite"
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("knowledge_article.id"), primary_key=True)
    added_at: Mapped[datetime]


class SearchRecord(Base, Authority):
    """A search: what was asked (long numbers hidden), by which channel, and how well it was answered."""

    __tablename__ = "knowledge_search"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    channel: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(String(200))
    found: Mapped[int]
    answered: Mapped[bool]
    """Whether the best one was good enough to be an answer."""
    article_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    took_ms: Mapped[float]
    handled: Mapped[bool] = mapped_column(default=False)
    """Whether somebody dealt with what was missing."""
    __table_args__ = (
        Index("ix_knowledge_search_at", "at"),
        Index("ix_knowledge_search_answered", "answered", "at"),
    )


class Feedback(Base, Authority):
    """Whether an article solved it."""

    __tablename__ = "knowledge_feedback"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    article_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    channel: Mapped[str] = mapped_column(String(16))
    solved: Mapped[bool]
    note: Mapped[str] = mapped_column(String(500))


class ReadCount(Base, Authority):
    """How often an article was read on a day (local), by channel."""

    __tablename__ = "knowledge_read"
    article_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int]


class Synonyms(Base, Authority):
    """Words that mean the same."""

    __tablename__ = "knowledge_synonyms"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    words: Mapped[list[Any]]


class Vector(Base, Authority):
    """The vector of a text by a model, kept because making it takes long. `text_hash` is of model and text."""

    __tablename__ = "knowledge_vector"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    article_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    text_hash: Mapped[str] = mapped_column(String(64))
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (UniqueConstraint("article_id", "text_hash"),)
