"""The `SmsSender` port: enters messages in the outbox. Entering is all it does; the outbox's worker is woken after the commit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.models import SmsMessage
from hotline.features.sms.numbers import mobile_number
from hotline.features.sms.repository import SYSTEM, BlockedRepository, MessageRepository
from hotline.platform.clock import Clock
from hotline.platform.database import Database
from hotline.platform.ids import new_id
from hotline.ports.sms import TEXT_MAX, SmsPurpose, SmsRefused, SmsRequest, SmsState, SmsStatus
from hotline.wire.sms_text import parts_of

LIFE = timedelta(hours=72)
_ASKED_FOR = frozenset({SmsPurpose.TICKET_REPLY, SmsPurpose.KNOWLEDGE, SmsPurpose.MANUAL, SmsPurpose.TEST})
"""What reaches a number that opted out: it asked for this one itself."""
_KEY_MAX = 128


def status_of(row: SmsMessage) -> SmsStatus:
    """Return a message as others see it."""
    return SmsStatus(
        id=row.id,
        key=row.key,
        to=row.recipient,
        purpose=SmsPurpose(row.purpose),
        state=SmsState(row.state),
        attempts=row.attempts,
        parts=row.parts,
        changed_at=row.changed_at,
        problem=row.problem,
        resent_as=row.resent_as,
        reference_kind=row.reference_kind,
        reference_id=row.reference_id,
    )


class Outbox:
    """Enters messages; `wake` tells the worker that there is something to do."""

    def __init__(self, database: Database, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    async def send(self, request: SmsRequest, *, session: Any = None) -> SmsStatus:
        if session is not None:
            return await self._enter(session, request)
        async with self._database.writing() as work:
            return await self._enter(work.session, request)

    async def _enter(self, session: AsyncSession, request: SmsRequest) -> SmsStatus:
        text, number = request.text.strip(), mobile_number(request.to)
        assert 0 < len(request.key) <= _KEY_MAX, "the caller's key"
        there = await MessageRepository(session, SYSTEM).by_key(request.key)
        if there is not None:
            if (there.recipient, there.text) != (number, text):
                raise SmsRefused("key_conflict", "同一编号的短信已经存在，内容不同")
            return status_of(there)
        await self._check(session, request, number, text)
        now = self._clock()
        due = max(now, request.not_before or now)
        row = SmsMessage(
            id=new_id(),
            authority_id=request.authority_id,
            key=request.key,
            recipient=number,
            text=text,
            purpose=request.purpose,
            reference_kind=request.reference_kind,
            reference_id=request.reference_id,
            created_by=request.created_by,
            created_at=now,
            expires_at=request.expires_at or due + LIFE,
            state=SmsState.QUEUED,
            due_at=due,
            changed_at=now,
            attempts=0,
            parts=parts_of(text),
            gateway_id="",
            code="",
            problem="",
            resent_as="",
        )
        session.add(row)
        await session.flush()

        @event.listens_for(session.sync_session, "after_commit", once=True)
        def on_commit(_session: object) -> None:
            self._wake()

        return status_of(row)

    async def _check(self, session: AsyncSession, request: SmsRequest, number: str, text: str) -> None:
        if not number:
            raise SmsRefused("bad_number", "不是能接收短信的手机号码")
        if not text:
            raise SmsRefused("empty", "短信内容不能为空")
        if len(text) > TEXT_MAX:
            raise SmsRefused("too_long", f"短信最多 {TEXT_MAX} 字，现有 {len(text)} 字")
        blocked = await BlockedRepository(session, SYSTEM).of(request.authority_id, number)
        if blocked is not None and (blocked.kind == "blocked" or request.purpose not in _ASKED_FOR):
            why = "该号码在短信黑名单中" if blocked.kind == "blocked" else "该号码已退订短信"
            raise SmsRefused("blocked", why)

    async def status(self, key: str) -> SmsStatus | None:
        async with self._database.reading() as session:
            row = await MessageRepository(session, SYSTEM).by_key(key)
            return None if row is None else status_of(row)

    async def about(self, reference_kind: str, reference_id: str) -> list[SmsStatus]:
        async with self._database.reading() as session:
            rows = await MessageRepository(session, SYSTEM).all(
                SmsMessage.reference_kind == reference_kind,
                SmsMessage.reference_id == reference_id,
                order_by=[SmsMessage.id],
            )
            return [status_of(row) for row in rows]
