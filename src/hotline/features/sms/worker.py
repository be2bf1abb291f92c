"""Sends what is in the outbox, without losing anything or sending it twice.

A message leaves the queue by an answer only. It is marked before it is handed over, and one whose answer was lost waits for a person
or a report, unless its gateway compares references. One task runs the whole: it waits until a message is due or it is woken, and never longer than the next due time.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.lines import line_of
from hotline.features.sms.models import SmsGatewayRow, SmsMessage, SmsPart
from hotline.features.sms.news import NewsDesk
from hotline.features.sms.repository import SYSTEM, GatewayRepository, OutboxRepository
from hotline.platform.access import Platform
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.sealing import SealBroken, Sealer
from hotline.ports.sms import SmsState
from hotline.ports.sms_gateway import AnswerLost, NotTaken, Outgoing, PartTaken, SmsGateway, SmsGatewayMaker

log = structlog.stdlib.get_logger(__name__)

BATCH: Final = 50
AT_ONCE: Final = 8
BACK_OFF_S: Final = (10, 30, 60, 120, 300, 600, 1800)
AWAY_RETRY_S: Final = (2, 5, 10, 30, 60)
THROTTLE_S: Final = 5
DATABASE_RETRY_S: Final = 5.0
IDLE_S: Final = 600.0


@dataclass(slots=True)
class Gateway:
    """A gateway in use. `rested_until`: not asked before; `next_at` paces what is sent (loop time)."""

    row: SmsGatewayRow
    line: SmsGateway
    listener: asyncio.Task[None]
    mark: str
    failures: int = 0
    rested_until: datetime | None = None
    problem: str = ""
    next_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def pace(self) -> None:
        """Wait for our turn at the gateway's rate."""
        async with self.turn:
            loop = asyncio.get_running_loop()
            at = max(loop.time(), self.next_at)
            self.next_at = at + 1 / self.row.per_second
        await asyncio.sleep(at - loop.time())


class OutboxWorker:
    """Run `run` once for the life of the application; `wake` it when messages or gateways were changed."""

    def __init__(self, platform: Platform, sealer: Callable[[], Sealer], desk: NewsDesk) -> None:
        self._platform = platform
        self._sealer = sealer
        self._desk = desk
        self._woken = asyncio.Event()
        self._gateways: dict[str, Gateway] = {}
        self._stale = True

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    async def gateways_changed(self) -> None:
        """Gateways were changed: look at them anew."""
        self._stale = True
        self._woken.set()

    def problem_of(self, gateway_id: str) -> str:
        """Why a gateway is not used just now; "" when all is well."""
        gateway = self._gateways.get(gateway_id)
        return gateway.problem if gateway is not None else ""

    def connected(self, gateway_id: str) -> bool | None:
        """Whether a gateway with a lasting line has it; None for others."""
        gateway = self._gateways.get(gateway_id)
        return getattr(gateway.line, "connected", None) if gateway is not None else None

    def line_of(self, gateway_id: str) -> SmsGateway | None:
        """The line of a gateway in use."""
        gateway = self._gateways.get(gateway_id)
        return None if gateway is None else gateway.line

    async def run(self) -> None:
        """Send for ever."""
        try:
            await self._begin()
            while True:
                self._woken.clear()
                try:
                    await self._refresh()
                    busy = await self._round()
                except DatabaseUnavailable:
                    await asyncio.sleep(DATABASE_RETRY_S)
                    continue
                if not busy:
                    await self._rest()
        finally:
            await self._close_all()

    async def _begin(self) -> None:
        """Look at what the last application left under way."""
        while True:
            try:
                await self._refresh()
                await self.recover()
            except DatabaseUnavailable:
                await asyncio.sleep(DATABASE_RETRY_S)
            else:
                return

    async def recover(self) -> None:
        """What was under way is sent again where that cannot send it twice, and is uncertain elsewhere."""
        async with self._platform.database.writing() as work:
            for message in await OutboxRepository(work.session).left_sending():
                gateway = self._gateways.get(message.gateway_id)
                if gateway is not None and gateway.line.repeatable:
                    self._queue(message, 0, "", "")
                else:
                    await self._uncertain(work.session, message)

    async def _uncertain(self, session: AsyncSession, message: SmsMessage) -> None:
        message.state, message.changed_at = SmsState.UNCERTAIN, self._platform.clock()
        message.code, message.problem = (
            "answer_lost",
            "已交给网关，但没有收到应答：可能已发出，请核实后决定是否重发",
        )
        await self._desk.tell(session, message)

    async def _rest(self) -> None:
        """Wait until woken or due."""
        async with self._platform.database.reading() as session:
            due = await OutboxRepository(session).next_due()
        now = self._platform.clock()
        wait_s = IDLE_S if due is None else min(IDLE_S, max(0.05, (due - now).total_seconds()))
        if due is not None and due <= now:
            rests = [g.rested_until for g in self._gateways.values() if g.rested_until is not None]
            soonest = min(rests, default=now + timedelta(seconds=IDLE_S))
            wait_s = min(IDLE_S, max(0.5, (soonest - now).total_seconds()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._woken.wait()

    # ── Gateways ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _refresh(self) -> None:
        if not self._stale:
            return
        async with self._platform.database.reading() as session:
            rows = [row for row in await GatewayRepository(session, SYSTEM).in_order() if row.active]
        self._stale = False
        marks = {row.id: _mark(row) for row in rows}
        for gateway_id in [*self._gateways]:
            if marks.get(gateway_id) != self._gateways[gateway_id].mark:
                await self._close(self._gateways.pop(gateway_id))
        for row in rows:
            if row.id in self._gateways:
                self._gateways[row.id].row = row
                continue
            self._open(row, marks[row.id])

    def _open(self, row: SmsGatewayRow, mark: str) -> None:
        make = cast("SmsGatewayMaker", self._platform.services[SmsGatewayMaker])
        try:
            line = make(line_of(row, self._sealer()))
        except SealBroken:
            log.error("sms_gateway_secret_unreadable", gateway_id=row.id)  # noqa: TRY400 - the reason is all there is
            return
        listener = asyncio.create_task(
            self._listen(row.id, row.authority_id, line), name=f"sms-news-{row.id}"
        )
        self._gateways[row.id] = Gateway(row=row, line=line, listener=listener, mark=mark)

    async def _listen(self, gateway_id: str, authority_id: str, line: SmsGateway) -> None:
        while True:
            try:
                async with contextlib.aclosing(line.news()) as news:  # pyright: ignore[reportArgumentType] - a generator
                    async for batch in news:
                        await self._desk.take(gateway_id, authority_id, batch)
            except Exception as error:
                log.exception("sms_news_failed", gateway_id=gateway_id, why=type(error).__name__)
            await asyncio.sleep(DATABASE_RETRY_S)  # what was not taken in is told again

    async def _close(self, gateway: Gateway) -> None:
        gateway.listener.cancel()
        await asyncio.gather(gateway.listener, return_exceptions=True)
        await gateway.line.close()

    async def _close_all(self) -> None:
        for gateway in self._gateways.values():
            await self._close(gateway)
        self._gateways.clear()

    def _gateway_for(self, message: SmsMessage, now: datetime) -> Gateway | None:
        """The first one that may be asked now: the authority's own before the root's; what was begun goes on where it began."""
        if message.gateway_id and message.gateway_id in self._gateways and message.code == "part_done":
            begun = self._gateways[message.gateway_id]
            return begun if _awake(begun, now) else None
        for authority_id in (message.authority_id, ROOT_AUTHORITY):
            for gateway in sorted(self._gateways.values(), key=lambda g: (g.row.position, g.row.id)):
                if gateway.row.authority_id == authority_id and _awake(gateway, now):
                    return gateway
        return None

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _round(self) -> bool:
        """Send what is due; whether anything was done."""
        now = self._platform.clock()
        async with self._platform.database.reading() as session:
            due = await OutboxRepository(session).due(now, BATCH)
        at_once = asyncio.Semaphore(AT_ONCE)
        busy = False
        async with asyncio.TaskGroup() as sending:
            for message in due:
                if message.expires_at <= now:
                    await self._expire(message.id)
                    busy = True
                elif (gateway := self._gateway_for(message, now)) is not None:
                    busy = True
                    sending.create_task(self._send(message, gateway, at_once), name=f"sms-{message.id}")
        return busy

    async def _expire(self, message_id: str) -> None:
        async with self._platform.database.writing() as work:
            message = await work.session.get_one(SmsMessage, message_id)
            if message.state == SmsState.QUEUED:
                last = f"，最后一次原因：{message.problem}" if message.problem else ""
                await self._fail(work.session, message, "expired", f"超过有效期仍未发出{last}")

    async def _send(self, message: SmsMessage, gateway: Gateway, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            await gateway.pace()
            if not _awake(gateway, self._platform.clock()):
                return
            async with self._platform.database.writing() as work:
                outbox = OutboxRepository(work.session)
                if not await outbox.claim(message.id, gateway.row.id, self._platform.clock()):
                    return
                done = frozenset(part.part for part in await outbox.parts_of(message.id))
            outgoing = Outgoing(
                reference=message.id, to=message.recipient, text=message.text, parts_done=done
            )
            await self._hand_over(message.id, gateway, outgoing)

    async def _hand_over(self, message_id: str, gateway: Gateway, outgoing: Outgoing) -> None:
        try:
            async for taken in gateway.line.submit(outgoing):
                await self._part_taken(message_id, gateway.row, taken)
        except NotTaken as refused:
            await self._not_taken(message_id, gateway, refused)
        except AnswerLost:
            async with self._platform.database.writing() as work:
                message = await work.session.get_one(SmsMessage, message_id)
                if message.state != SmsState.SENDING:
                    return
                if gateway.line.repeatable:
                    wait_s = BACK_OFF_S[min(message.attempts, len(BACK_OFF_S) - 1)]
                    self._queue(message, wait_s, "answer_lost", "短信网关没有应答，将再次提交")
                else:
                    await self._uncertain(work.session, message)
        else:
            gateway.failures, gateway.rested_until, gateway.problem = 0, None, ""
            await self._all_taken(message_id)

    async def _part_taken(self, message_id: str, row: SmsGatewayRow, taken: PartTaken) -> None:
        async with self._platform.database.writing() as work:
            message = await work.session.get_one(SmsMessage, message_id)
            message.code = "part_done"
            part = SmsPart(
                message_id=message_id,
                part=taken.part,
                authority_id=message.authority_id,
                gateway_id=row.id,
                gateway_message_id=taken.gateway_id[:64],
                taken_at=self._platform.clock(),
                state=SmsState.SENT,
                code="",
            )
            work.session.add(part)
            await work.session.flush()
            early = await OutboxRepository(work.session).take_early_report(row.id, part.gateway_message_id)
            if early is not None:
                await self._desk.settle(work.session, part, delivered=early.delivered, code=early.code)

    async def _all_taken(self, message_id: str) -> None:
        async with self._platform.database.writing() as work:
            message = await work.session.get_one(SmsMessage, message_id)
            if message.state != SmsState.SENDING:
                return  # its report was quicker
            parts = await OutboxRepository(work.session).parts_of(message_id)
            reported = all(part.state == SmsState.DELIVERED for part in parts)
            message.state = SmsState.DELIVERED if reported else SmsState.SENT
            message.code, message.problem = "", ""
            message.changed_at = self._platform.clock()
            await self._desk.tell(work.session, message)

    async def _not_taken(self, message_id: str, gateway: Gateway, refused: NotTaken) -> None:
        now = self._platform.clock()
        away = refused.code == "gateway_away"
        if away or refused.throttled:
            wait_s = (
                THROTTLE_S
                if refused.throttled
                else AWAY_RETRY_S[min(gateway.failures, len(AWAY_RETRY_S) - 1)]
            )
            gateway.failures += away
            gateway.rested_until = now + timedelta(seconds=wait_s)
            gateway.problem = refused.reason
        async with self._platform.database.writing() as work:
            message = await work.session.get_one(SmsMessage, message_id)
            if message.state != SmsState.SENDING:
                return
            if away or refused.throttled:
                message.attempts -= 1  # the gateway's matter, not the message's
                self._queue(message, 0, message.code, refused.reason)
            elif refused.retryable and message.attempts < len(BACK_OFF_S) + 3:
                wait_s = BACK_OFF_S[min(message.attempts - 1, len(BACK_OFF_S) - 1)]
                self._queue(message, wait_s, refused.code, refused.reason)
            else:
                await self._fail(work.session, message, refused.code, refused.reason)

    def _queue(self, message: SmsMessage, wait_s: float, code: str, problem: str) -> None:
        now = self._platform.clock()
        message.state, message.changed_at = SmsState.QUEUED, now
        message.due_at = now + timedelta(seconds=wait_s)
        if message.code != "part_done":
            message.code = code[:48]
        message.problem = problem[:255]

    async def _fail(self, session: AsyncSession, message: SmsMessage, code: str, problem: str) -> None:
        message.state, message.changed_at = SmsState.FAILED, self._platform.clock()
        message.code, message.problem = code[:48], problem[:255]
        await self._desk.tell(session, message)


def _awake(gateway: Gateway, now: datetime) -> bool:
    return gateway.rested_until is None or gateway.rested_until <= now


def _mark(row: SmsGatewayRow) -> str:
    """What makes it another line."""
    return hashlib.sha256(
        repr((row.kind, sorted(row.settings.items(), key=str), row.secret)).encode()
    ).hexdigest()
