"""The audit trail: who did what, when, from where, on which thing, with the values before and after (ADM-3).

An entry is written by the transaction of the change itself, last of all. Each carries the hash of the one before, and the head
of the chain stands apart, so that altering, removing or cutting off entries is noticed by `verify`. Secrets never enter.
"""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import BigInteger, String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from hotline.platform.actor import Actor
from hotline.platform.clock import utc_now
from hotline.platform.database import ID_LENGTH, Authority, Base, Work
from hotline.platform.ids import new_id
from hotline.platform.people import ROOT_AUTHORITY

FIRST_HASH: Final = "0" * 64
HEAD_ID: Final = 1
_SECRETS = frozenset(
    {"password", "password_hash", "token", "token_hash", "ha1_md5", "ha1_sha256", "secret", "value_secret"}
)
_BATCH = 1000


class AuditEntry(Base, Authority):
    """One entry. `seq` counts without gaps; `hash` covers everything else and `previous_hash`."""

    __tablename__ = "audit_entry"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    user_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    user_name: Mapped[str]
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64), index=True)
    target_kind: Mapped[str] = mapped_column(String(32))
    target_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    target_name: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base, Authority):
    """The one row that says where the chain ends; writers take turns by it."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The thing acted on."""

    kind: str
    id: str
    name: str = ""
    authority_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is to be entered, before it has a place in the chain. `id` is the entry's own, so that a note is entered once."""

    id: str
    authority_id: str
    at: datetime
    user_id: str
    user_name: str
    address: str
    action: str
    target_kind: str
    target_id: str
    target_name: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def record(
    work: Work,
    actor: Actor,
    action: str,
    target: Target,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Enter into the trail, in the transaction of `work`, that `actor` did `action` (for example `queues.update`).

    Of two given mappings only the fields that differ are kept; secret fields show that they changed, not what they are.
    """
    note = note_of(actor, action, target, before=before, after=after)
    if note is not None:
        work.before_commit(partial(append, work.session, note))


def note_of(
    actor: Actor,
    action: str,
    target: Target,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Note | None:
    """Return what `record` would enter; None when nothing changed."""
    old, new = differing(before, after)
    if before is not None and after is not None and not new and not old:
        return None
    return Note(
        id=new_id(),
        authority_id=target.authority_id or actor.authority_id or ROOT_AUTHORITY,
        at=utc_now(),
        user_id=actor.user_id,
        user_name=actor.name,
        address=actor.address,
        action=action,
        target_kind=target.kind,
        target_id=target.id,
        target_name=target.name,
        before=old,
        after=new,
    )


def differing(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return both mappings as plain JSON values without secrets; with two given, only what differs."""
    if before is None or after is None:
        return _plain(before), _plain(after)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return _plain({k: v for k, v in before.items() if k in changed}), _plain(
        {k: v for k, v in after.items() if k in changed}
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    shown = {key: "••••" if key in _SECRETS else value for key, value in values.items()}
    return json.loads(json.dumps(shown, default=str, ensure_ascii=False))


async def append(session: AsyncSession, note: Note) -> None:
    """Enter a note at the end of the chain, in the session's transaction."""
    head = await _head(session)
    if head is None:
        # Two may want to begin the chain: the slower one waits here for the other's commit, and goes on behind it.
        with contextlib.suppress(IntegrityError):
            async with session.begin_nested():
                session.add(AuditHead(id=HEAD_ID, authority_id=ROOT_AUTHORITY, seq=0, hash=FIRST_HASH))
        head = await _head(session)
        assert head is not None, "it is there now"
    entry = AuditEntry(seq=head.seq + 1, previous_hash=head.hash, **asdict(note))
    entry.hash = hash_of(entry)
    head.seq, head.hash = entry.seq, entry.hash
    session.add(entry)
    await session.flush()


async def _head(session: AsyncSession) -> AuditHead | None:
    """The chain's end, ours alone until the transaction is over."""
    return await session.scalar(
        select(AuditHead)
        .where(AuditHead.id == HEAD_ID)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def hash_of(entry: AuditEntry) -> str:
    """Return the hash that belongs to an entry: SHA-256 over its values as canonical JSON."""
    values = [
        entry.previous_hash,
        entry.seq,
        entry.id,
        entry.authority_id,
        entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        entry.user_id,
        entry.user_name,
        entry.address,
        entry.action,
        entry.target_kind,
        entry.target_id,
        entry.target_name,
        entry.before,
        entry.after,
    ]
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """What `verify` found: how many entries, and the first place where the chain does not hold (None: it holds)."""

    entries: int
    broken_at: int | None


async def verify(session: AsyncSession) -> Integrity:
    """Walk the whole chain and recompute every hash."""
    expected, previous = 1, FIRST_HASH
    while True:
        chosen = select(AuditEntry).where(AuditEntry.seq >= expected).order_by(AuditEntry.seq).limit(_BATCH)
        batch = list(await session.scalars(chosen))
        for entry in batch:
            if entry.seq != expected or entry.previous_hash != previous or entry.hash != hash_of(entry):
                return Integrity(entries=expected - 1, broken_at=expected)
            expected, previous = expected + 1, entry.hash
        session.expunge_all()
        if len(batch) < _BATCH:
            break
    head = await session.get(AuditHead, HEAD_ID)
    ends_well = (head.seq, head.hash) == (expected - 1, previous) if head else expected == 1
    return Integrity(entries=expected - 1, broken_at=None if ends_well else expected)
