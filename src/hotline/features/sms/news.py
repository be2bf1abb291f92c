"""Take in what gateways tell: delivery reports and citizens' messages, each once, in one transaction with whoever listens."""

import hashlib
from collections.abc import Sequence

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.models import SmsBlocked, SmsEarlyReport, SmsInbound, SmsMessage, SmsPart
from hotline.features.sms.numbers import mobile_number
from hotline.features.sms.repository import (
    REPLY_WINDOW,
    SYSTEM,
    BlockedRepository,
    InboundRepository,
    MessageRepository,
    OutboxRepository,
)
from hotline.features.sms.sender import status_of
from hotline.platform.access import Platform
from hotline.platform.ids import new_id
from hotline.ports.sms import SmsListener, SmsReceived, SmsState
from hotline.ports.sms_gateway import DeliveryReport, GatewayNews, Incoming

log = structlog.stdlib.get_logger(__name__)

_OPT_OUT = frozenset({"t", "td", "n", "退订", "取消", "回t", "回td", "拒收"})
_OPT_IN = frozenset({"恢复", "订阅", "回复订阅"})
_FINAL = (SmsState.SENT, SmsState.SENDING, SmsState.UNCERTAIN)


class NewsDesk:
    """Enters news of gateways."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def take(self, gateway_id: str, authority_id: str, news: Sequence[GatewayNews]) -> None:
        """Enter everything of a batch, or nothing when this raises (the gateway tells it again)."""
        async with self._platform.database.writing() as work:
            for one in news:
                match one:
                    case DeliveryReport():
                        await self._report(work.session, gateway_id, authority_id, one)
                    case Incoming():
                        await self._incoming(work.session, gateway_id, authority_id, one)

    async def _report(
        self, session: AsyncSession, gateway_id: str, authority_id: str, report: DeliveryReport
    ) -> None:
        if not report.final:
            return
        outbox = OutboxRepository(session)
        part = await outbox.part_with(gateway_id, report.gateway_id) if report.gateway_id else None
        if part is None and report.reference:
            part = await session.get(SmsPart, (report.reference, 1))
        if part is not None:
            await self.settle(session, part, delivered=report.delivered, code=report.code)
            return
        message = await session.get(SmsMessage, report.reference) if report.reference else None
        if message is not None and message.state in _FINAL:  # the provider names ours: its answer was lost
            await self._finish(session, message, delivered=report.delivered, code=report.code)
        elif report.gateway_id:
            await session.merge(
                SmsEarlyReport(
                    gateway_id=gateway_id,
                    gateway_message_id=report.gateway_id,
                    authority_id=authority_id,
                    delivered=report.delivered,
                    code=report.code[:48],
                    at=self._platform.clock(),
                )
            )

    async def settle(self, session: AsyncSession, part: SmsPart, *, delivered: bool, code: str) -> None:
        """Enter what became of a part, and of its message once all parts are known."""
        if part.reported_at is not None:
            return
        part.state = SmsState.DELIVERED if delivered else SmsState.FAILED
        part.code, part.reported_at = code[:48], self._platform.clock()
        await session.flush()
        message = await session.get_one(SmsMessage, part.message_id)
        parts = await OutboxRepository(session).parts_of(message.id)
        if message.state not in _FINAL:
            return
        if not delivered:
            await self._finish(session, message, delivered=False, code=code)
        elif len(parts) == parts_expected(message, parts) and all(
            p.state == SmsState.DELIVERED for p in parts
        ):
            await self._finish(session, message, delivered=True, code=code)

    async def _finish(
        self, session: AsyncSession, message: SmsMessage, *, delivered: bool, code: str
    ) -> None:
        message.state = SmsState.DELIVERED if delivered else SmsState.FAILED
        message.code = code[:48]
        message.problem = "" if delivered else f"运营商回执：未送达（{code[:32]}）"
        message.changed_at = self._platform.clock()
        await self.tell(session, message)

    async def tell(self, session: AsyncSession, message: SmsMessage) -> None:
        """Tell whoever listens what became of a message."""
        for listener in self._listeners():
            await listener.sms_changed(session, status_of(message))

    def _listeners(self) -> list[SmsListener]:
        return self._platform.listeners.get(SmsListener, [])

    async def _incoming(
        self, session: AsyncSession, gateway_id: str, authority_id: str, incoming: Incoming
    ) -> None:
        unique = incoming.unique or _digest(incoming)
        inbound = InboundRepository(session, SYSTEM)
        if await inbound.is_known(gateway_id, unique):
            return
        sender = mobile_number(incoming.sender) or incoming.sender[:32]
        since = self._platform.clock() - REPLY_WINDOW
        about = await MessageRepository(session, SYSTEM).newest_to(sender, since)
        word = incoming.text.strip().lower()
        row = SmsInbound(
            id=new_id(),
            authority_id=about.authority_id if about is not None else authority_id,
            gateway_id=gateway_id,
            unique_key=unique[:128],
            sender=sender,
            service_number=incoming.service_number[:32],
            text=incoming.text.replace("\x00", ""),
            at=incoming.at,
            reply_to=about.id if about is not None else "",
            reference_kind=about.reference_kind if about is not None else "",
            reference_id=about.reference_id if about is not None else "",
            opt_out=word in _OPT_OUT,
            seen=False,
        )
        session.add(row)
        await session.flush()
        await self._opting(session, row, word)
        for listener in self._listeners():
            await listener.sms_received(session, _received(row))
        log.info("sms_received", sms_id=row.id, about=row.reference_kind)

    async def _opting(self, session: AsyncSession, row: SmsInbound, word: str) -> None:
        entry = await BlockedRepository(session, SYSTEM).exactly(row.authority_id, row.sender)
        if row.opt_out and entry is None:
            session.add(
                SmsBlocked(
                    authority_id=row.authority_id,
                    number=row.sender,
                    kind="opt_out",
                    note="市民回复退订",
                    since=self._platform.clock(),
                )
            )
        elif word in _OPT_IN and entry is not None and entry.kind == "opt_out":
            await session.delete(entry)


def parts_expected(message: SmsMessage, parts: Sequence[SmsPart]) -> int:
    """How many parts a message has at its gateway: providers that cut it themselves take it as one, which was sent then."""
    return 1 if len(parts) == 1 and message.state == SmsState.SENT else message.parts


def _received(row: SmsInbound) -> SmsReceived:
    return SmsReceived(
        id=row.id,
        sender=row.sender,
        service_number=row.service_number,
        text=row.text,
        at=row.at,
        authority_id=row.authority_id,
        reply_to=row.reply_to,
        reference_kind=row.reference_kind,
        reference_id=row.reference_id,
    )


def _digest(incoming: Incoming) -> str:
    """Where the gateway gives no id: the same words of the same number within the same minute are one message told twice."""
    minute = incoming.at.strftime("%Y%m%d%H%M")
    words = f"{incoming.sender}\x1f{minute}\x1f{incoming.text}"
    return f"sha256:{hashlib.sha256(words.encode('utf-8', 'replace')).hexdigest()}"
