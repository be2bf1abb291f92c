"""Queries of short messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.models import (
    SmsBlocked,
    SmsEarlyReport,
    SmsGatewayRow,
    SmsInbound,
    SmsMessage,
    SmsPart,
)
from hotline.platform.actor import Actor, Repository, after_cursor, authority_in_sight, system_actor
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.sms import SmsState

SYSTEM = system_actor("sms")
REPLY_WINDOW = timedelta(days=15)
"""A citizen's message is a reply to what we sent that number within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """What to look for in the outbox."""

    states: Sequence[str] = ()
    purpose: str = ""
    number: str = ""
    words: str = ""
    reference_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


class MessageRepository(Repository[SmsMessage]):
    """Messages to citizens."""

    model = SmsMessage

    async def search(self, wanted: MessageFilter, cursor: str | None, limit: int) -> list[SmsMessage]:
        """Newest first, one more than `limit` when there are more."""
        chosen = after_cursor(
            self.query().where(*_conditions(wanted)), cursor, SmsMessage.id, newest_first=True
        )
        return list(await self.session.scalars(chosen.limit(limit + 1)))

    async def counts(self) -> dict[str, int]:
        """How many messages in sight stand in each state."""
        inner = self.query().subquery()
        rows = await self.session.execute(select(inner.c.state, func.count()).group_by(inner.c.state))
        return {row[0]: row[1] for row in rows}

    async def by_key(self, key: str) -> SmsMessage | None:
        """The message with this key."""
        return await self.first(SmsMessage.key == key)

    async def newest_to(self, number: str, since: datetime) -> SmsMessage | None:
        """The newest message that left for a number, with something to refer to before one without."""
        chosen = (
            self.query()
            .where(
                SmsMessage.recipient == number,
                SmsMessage.created_at >= since,
                SmsMessage.state.in_(
                    [SmsState.SENT, SmsState.DELIVERED, SmsState.UNCERTAIN, SmsState.SENDING]
                ),
            )
            .order_by((SmsMessage.reference_kind == "").asc(), SmsMessage.id.desc())
            .limit(1)
        )
        return await self.session.scalar(chosen)

    async def parts_of(self, message_id: str) -> list[SmsPart]:
        """The parts that were taken, in order."""
        chosen = select(SmsPart).where(SmsPart.message_id == message_id).order_by(SmsPart.part)
        return list(await self.session.scalars(chosen))


def _conditions(wanted: MessageFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(SmsMessage.state.in_(wanted.states))
    if wanted.purpose:
        found.append(SmsMessage.purpose == wanted.purpose)
    if wanted.number:
        found.append(SmsMessage.recipient.contains(wanted.number, autoescape=True))
    if wanted.words:
        found.append(SmsMessage.text.contains(wanted.words, autoescape=True))
    if wanted.reference_id:
        found.append(SmsMessage.reference_id == wanted.reference_id)
    if wanted.since is not None:
        found.append(SmsMessage.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(SmsMessage.created_at < wanted.until)
    return found


class InboundRepository(Repository[SmsInbound]):
    """Messages from citizens."""

    model = SmsInbound

    async def search(self, number: str, cursor: str | None, limit: int) -> list[SmsInbound]:
        """Newest first, one more than `limit` when there are more."""
        chosen = self.query()
        if number:
            chosen = chosen.where(SmsInbound.sender.contains(number, autoescape=True))
        chosen = after_cursor(chosen, cursor, SmsInbound.id, newest_first=True)
        return list(await self.session.scalars(chosen.limit(limit + 1)))

    async def is_known(self, gateway_id: str, unique_key: str) -> bool:
        """Whether a gateway delivered this one before."""
        found = await self.first(SmsInbound.gateway_id == gateway_id, SmsInbound.unique_key == unique_key)
        return found is not None


class GatewayRepository(Repository[SmsGatewayRow]):
    """Gateways, in the order they are tried."""

    model = SmsGatewayRow

    async def in_order(self) -> list[SmsGatewayRow]:
        """All in sight."""
        return await self.all(order_by=[SmsGatewayRow.position, SmsGatewayRow.id])


class BlockedRepository:
    """Numbers that are not written to, by authority; the root's hold for everybody."""

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        self._session = session
        self._actor = actor

    async def all(self, number: str = "") -> list[SmsBlocked]:
        """Those in sight, newest first."""
        chosen = select(SmsBlocked).order_by(SmsBlocked.since.desc()).limit(1000)
        condition = authority_in_sight(SmsBlocked.authority_id, self._actor)
        if condition is not None:
            chosen = chosen.where(condition)
        if number:
            chosen = chosen.where(SmsBlocked.number.contains(number, autoescape=True))
        return list(await self._session.scalars(chosen))

    async def of(self, authority_id: str, number: str) -> SmsBlocked | None:
        """Why a number must not be written to: a person's order before its own wish."""
        chosen = (
            select(SmsBlocked)
            .where(
                SmsBlocked.number == number,
                or_(SmsBlocked.authority_id == authority_id, SmsBlocked.authority_id == ROOT_AUTHORITY),
            )
            .order_by(SmsBlocked.kind)
            .limit(1)
        )
        return await self._session.scalar(chosen)

    async def exactly(self, authority_id: str, number: str) -> SmsBlocked | None:
        """The entry of one authority."""
        return await self._session.get(SmsBlocked, (authority_id, number))


class OutboxRepository:
    """What the outbox's worker asks, over all authorities."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def due(self, now: datetime, limit: int) -> list[SmsMessage]:
        """Messages that may be sent now, the oldest first."""
        chosen = (
            select(SmsMessage)
            .where(SmsMessage.state == SmsState.QUEUED, SmsMessage.due_at <= now)
            .order_by(SmsMessage.due_at, SmsMessage.id)
            .limit(limit)
        )
        return list(await self._session.scalars(chosen))

    async def next_due(self) -> datetime | None:
        """When the next message becomes due."""
        return await self._session.scalar(
            select(func.min(SmsMessage.due_at)).where(SmsMessage.state == SmsState.QUEUED)
        )

    async def claim(self, message_id: str, gateway_id: str, now: datetime) -> bool:
        """Take a queued message for sending; whether it was still there to take."""
        done = await self._session.execute(
            update(SmsMessage)
            .where(SmsMessage.id == message_id, SmsMessage.state == SmsState.QUEUED)
            .values(
                state=SmsState.SENDING,
                gateway_id=gateway_id,
                attempts=SmsMessage.attempts + 1,
                changed_at=now,
            )
        )
        return done.rowcount == 1  # pyright: ignore[reportAttributeAccessIssue] - a CursorResult for updates

    async def left_sending(self) -> list[SmsMessage]:
        """Messages that were under way when the last application ended."""
        return list(
            await self._session.scalars(select(SmsMessage).where(SmsMessage.state == SmsState.SENDING))
        )

    async def parts_of(self, message_id: str) -> list[SmsPart]:
        """The parts that were taken."""
        return list(await self._session.scalars(select(SmsPart).where(SmsPart.message_id == message_id)))

    async def part_with(self, gateway_id: str, gateway_message_id: str) -> SmsPart | None:
        """The part a gateway speaks of."""
        chosen = select(SmsPart).where(
            SmsPart.gateway_message_id == gateway_message_id, SmsPart.gateway_id == gateway_id
        )
        return await self._session.scalar(chosen.limit(1))

    async def take_early_report(self, gateway_id: str, gateway_message_id: str) -> SmsEarlyReport | None:
        """The report that came before its part; it is taken out."""
        found = await self._session.get(SmsEarlyReport, (gateway_id, gateway_message_id))
        if found is not None:
            await self._session.delete(found)
        return found
