"""People and where they stand: organisations (authorities), roles, users, their log-in sessions, agents, telephones, queue places.

These tables are the platform's because rights, routing and every feature lean on them; the screens that change them are
features (`users`, `queues`). No secrets in clear: passwords are Argon2 hashes, session tokens and telephone passwords digests.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.database import ID_LENGTH, Authority, Base

ROOT_AUTHORITY = "root"
"""The organisation at the top; calls for unknown numbers belong to it."""
SIP_REALM = "hotline"


class Organisation(Base, Authority):
    """An authority (机构/甲方) or a part of one. Its own row belongs to itself."""

    __tablename__ = "organisation"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    name: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)


class Role(Base, Authority):
    """A named set of permissions and a reach of sight (`permissions.Scope`)."""

    __tablename__ = "role"
    key: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str]
    scope: Mapped[str] = mapped_column(String(20))
    permissions: Mapped[list[Any]]
    built_in: Mapped[bool] = mapped_column(default=False)


class User(Base, Authority):
    """A person who may log in."""

    __tablename__ = "user_account"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(ForeignKey("role.key"))
    password_hash: Mapped[str]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LoginSession(Base, Authority):
    """One log-in. Only a digest of the token is kept."""

    __tablename__ = "login_session"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(200))


class Agent(Base, Authority):
    """The agent's side of a user (AgentId = user id). `number` is the work number (工号) and the desk phone's SIP user."""

    __tablename__ = "agent"
    id: Mapped[str] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    may_call_out: Mapped[bool] = mapped_column(default=True)
    default_hotline_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    mobile: Mapped[str] = mapped_column(String(32), default="")
    """The number of the mobile seat (移动座席)."""
    leader: Mapped[bool | None]
    """Calls may be transferred to them as leader; None: when their role is leader."""
    call_class: Mapped[int] = mapped_column(default=2)
    forwarding_when: Mapped[str] = mapped_column(String(16), default="")
    forwarding_to: Mapped[str] = mapped_column(String(32), default="")
    active: Mapped[bool] = mapped_column(default=True)
    """False: the person has another role now; the row stays, for history speaks of it and the number is not given again."""


class Device(Base, Authority):
    """A telephone that registers with a password (browser phones use short-lived log-ins instead). RFC 7616 digests."""

    __tablename__ = "device"
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    ha1_md5: Mapped[str] = mapped_column(String(32))
    ha1_sha256: Mapped[str] = mapped_column(String(64))


class QueueMember(Base, Authority):
    """An agent's place in a queue: skill level (1 best) and position (linear strategy). Belongs to the agent's authority."""

    __tablename__ = "queue_member"
    __table_args__ = (Index("ix_queue_member_agent_id", "agent_id"),)
    queue_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    level: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)


class InstallationSecret(Base, Authority):
    """A secret that the installation made for itself and never shows (the key of browser log-ins)."""

    __tablename__ = "installation_secret"
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str]
