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
    duty_number: Mapped[str] = mapped_column(String(32), default="")
    further_trunk_ids: Mapped[list[Any]] = mapped_column(default=list)
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
    inbound_rules: Mapped[list[Any]] = mapped_column(default=list)
    outbound_rules: Mapped[list[Any]] = mapped_column(default=list)
    max_outbound: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)


class BlockedNumber(Base, Authority):
    """A caller whose calls are refused (黑名单)."""

    __tablename__ = "blocked_number"
    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    note: Mapped[str]
    since: Mapped[datetime]


class KnownCallerRow(Base, Authority):
    """A caller who is served with another priority (重要来电): the fields of `core.site.KnownCaller`."""

    __tablename__ = "known_caller"
    authority_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    name: Mapped[str] = mapped_column(String(64))
    note: Mapped[str]
    since: Mapped[datetime]


class OutboundRuleRow(Base, Authority):
    """Who may call numbers of a prefix (防盗打): the fields of `core.site.OutboundRule`. One list for the installation."""

    __tablename__ = "outbound_rule"
    prefix: Mapped[str] = mapped_column(String(32), primary_key=True)
    allowed: Mapped[bool]
    min_class: Mapped[int]
    from_min: Mapped[int]
    until_min: Mapped[int]
    daily_limit: Mapped[int]
    note: Mapped[str]
