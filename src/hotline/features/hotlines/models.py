"""The tables of service numbers, trunks and blocked callers."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base


class Hotline(Base, Authority):
    """A service number (热线): the fields of `core.site.Hotline`, and whether browsers may call it."""

    __tablename__ = "hotline"
    __table_args__ = (UniqueConstraint("number"),)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    flow_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    hours_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    survey: Mapped[dict[str, Any] | None]
    outbound_trunk_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    recording: Mapped[bool]
    region: Mapped[str] = mapped_column(String(64))
    web_calls: Mapped[bool]
    active: Mapped[bool] = mapped_column(default=True)


class Trunk(Base, Authority):
    """A trunk (中继): the fields of `core.switching.TrunkEntry`.

    The password must be known in clear to answer a carrier's digest challenge; it is never given out.
    """

    __tablename__ = "trunk"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    peers: Mapped[list[Any]]
    gateway: Mapped[str]
    max_calls: Mapped[int]
    codecs: Mapped[list[Any]]
    transport: Mapped[str] = mapped_column(String(8))
    numbers: Mapped[list[Any]]
    username: Mapped[str] = mapped_column(String(64))
    password: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


class BlockedNumber(Base, Authority):
    """A caller whose calls are refused (黑名单)."""

    __tablename__ = "blocked_number"
    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    note: Mapped[str]
    since: Mapped[datetime]
