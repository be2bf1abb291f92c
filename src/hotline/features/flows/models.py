"""The tables of flows: a draft that people work on, published versions that never change, and global parameters."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class Flow(Base, Authority):
    """A flow (语音流程). `draft` is its document as JSON text; `published_version` 0: never published.

    `revision` counts the changes of draft and name, `edited_by` names whoever made the last one: two people who work on one draft
    must not write over each other.
    """

    __tablename__ = "flow"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    draft: Mapped[str] = mapped_column(Text)
    published_version: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[str] = mapped_column(String(64), default="")
    active: Mapped[bool] = mapped_column(default=True)


class FlowVersion(Base, Authority):
    """A published version; calls stay on the version they entered."""

    __tablename__ = "flow_version"
    flow_id: Mapped[str] = mapped_column(ForeignKey("flow.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(64))
    note: Mapped[str]


class Parameter(Base, Authority):
    """A global parameter of flows (全局参数); counts in its organisation and below, where none of the same key is nearer."""

    __tablename__ = "flow_parameter"
    __table_args__ = (UniqueConstraint("authority_id", "key", name="uq_flow_parameter_authority_id_key"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[str] = mapped_column(String(500))
    note: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))
