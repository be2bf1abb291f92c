"""What tickets do by themselves: turn amber and red at their time, follow a changed calendar, and send their news through channels.

One task sleeps until the next such moment or until somebody rings. A web hook gets JSON signed with HMAC-SHA256 over the body
(`X-Hotline-Signature`); what is not taken is tried again, slower and slower, for a day.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, cast

import httpx
import structlog

from hotline.features.tickets.context import TicketContext, calendars_of
from hotline.features.tickets.models import Ticket, TicketChannel, TicketDelivery
from hotline.features.tickets.notice_repository import (
    active_after,
    due_for_check,
    next_check,
    next_delivery,
    waiting_deliveries,
)
from hotline.features.tickets.notices import owner_and_leaders, publish
from hotline.features.tickets.timing import refresh
from hotline.platform.access import Platform
from hotline.platform.actor import system_actor
from hotline.platform.database import Work
from hotline.platform.errors import DatabaseUnavailable
from hotline.platform.outward import Forbidden, allowed_address, port_of, to_address, trusted
from hotline.platform.sealing import Sealer
from hotline.ports.mail import MailMessage, MailRefused, MailSender
from hotline.ports.sms import SmsPurpose, SmsRefused, SmsRequest, SmsSender

log = structlog.stdlib.get_logger(__name__)

_BATCH: Final = 200
_SLEEP_MOST_S: Final = 60.0
_HOOK_TIMEOUT_S: Final = 10.0
_GIVE_UP_AFTER: Final = timedelta(days=1)
_WAITS_S: Final = (30, 60, 300, 900, 3600)

Post = Callable[[str, bytes, dict[str, str]], Awaitable[int]]
"""Sends a body to an address and returns the HTTP status. Raises OSError or httpx.HTTPError when nobody answers."""


class TicketFollower:
    """Follows tickets while `run` runs. `work_off` does what is due now."""

    def __init__(self, platform: Platform, post: Post | None = None) -> None:
        self._platform = platform
        self._post = post or _post
        self._bell = asyncio.Event()
        self._calendar_changed = True

    async def ring(self) -> None:
        """There is something new."""
        self._bell.set()

    async def calendar_changed(self) -> None:
        """Opening hours or holidays are others now: every running deadline is computed anew."""
        self._calendar_changed = True
        self._bell.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            wait_s = _SLEEP_MOST_S
            try:
                await self.work_off()
                wait_s = await self._until_next()
            except DatabaseUnavailable:
                pass
            except Exception:
                log.exception("tickets_following_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._bell.wait()
            self._bell.clear()

    async def work_off(self) -> None:
        """Do everything that is due."""
        if self._calendar_changed:
            self._calendar_changed = False
            await self._recompute()
        while await self._warn_some():
            pass
        while await self._deliver_some():
            pass

    async def _until_next(self) -> float:
        async with self._platform.database.reading() as session:
            moments = [await next_check(session), await next_delivery(session)]
        now = self._platform.clock()
        waits = [(at - now).total_seconds() for at in moments if at is not None]
        return max(0.05, min([*waits, _SLEEP_MOST_S]))

    async def _recompute(self) -> None:
        seq, calendars = 0, calendars_of(self._platform)
        if not calendars:
            return
        while True:
            async with self._platform.database.writing() as work:
                rows = await active_after(work.session, seq, _BATCH)
                for row in rows:
                    refresh(row, calendars, self._platform.clock())
            if len(rows) < _BATCH:
                return
            seq = rows[-1].seq

    async def _warn_some(self) -> bool:
        async with self._platform.database.writing() as work:
            now = self._platform.clock()
            rows = await due_for_check(work.session, now, _BATCH)
            for row in rows:
                await self._warn(work, row, now)
        return len(rows) == _BATCH

    async def _warn(self, work: Work, row: Ticket, now: datetime) -> None:
        context = TicketContext(
            work=work, actor=system_actor("工单时限", row.authority_id), platform=self._platform, now=now
        )
        overdue = row.due_at is not None and row.due_at <= now
        row.next_check_at = None if overdue else row.due_at
        kind, text = ("overdue", "已超时") if overdue else ("amber", "即将超时")
        await publish(context, row, kind, text, owner_and_leaders(row))

    # ── Channels ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _deliver_some(self) -> bool:
        async with self._platform.database.reading() as session:
            waiting = await waiting_deliveries(session, self._platform.clock(), _BATCH)
        for delivery, channel in waiting:
            problem = "通道已停用" if not channel.active else await self._deliver(delivery, channel)
            async with self._platform.database.writing() as work:
                row = await work.session.get_one(TicketDelivery, delivery.id)
                self._note(row, problem, gone=not channel.active)
        return len(waiting) == _BATCH

    def _note(self, row: TicketDelivery, problem: str, *, gone: bool) -> None:
        now = self._platform.clock()
        row.attempts += 1
        row.problem = problem[:255]
        if not problem:
            row.state = "sent"
        elif gone or now - row.created_at > _GIVE_UP_AFTER:
            row.state = "failed"
        else:
            row.next_at = now + timedelta(seconds=_WAITS_S[min(row.attempts, len(_WAITS_S)) - 1])

    async def _deliver(self, delivery: TicketDelivery, channel: TicketChannel) -> str:
        """Hand one over; return "" or what was wrong."""
        try:
            match channel.kind:
                case "webhook":
                    return await self._hook(delivery, channel)
                case "email":
                    return await self._mail(delivery, channel)
                case _:
                    return await self._sms(delivery, channel)
        except Forbidden:
            return "不允许的地址（本机或云平台内部地址）"
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return f"没有连上（{type(error).__name__}）"
        except Exception as error:
            log.exception("ticket_delivery_failed", delivery_id=delivery.id)
            return f"出错（{type(error).__name__}）"

    async def _hook(self, delivery: TicketDelivery, channel: TicketChannel) -> str:
        body = json.dumps({"id": delivery.id} | delivery.body, ensure_ascii=False).encode()
        secret = cast("Sealer", self._platform.services[Sealer]).open(channel.secret, channel.id)
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hotline-Signature": f"sha256={signature}"}
        status = await self._post(channel.to, body, headers)
        return "" if 200 <= status < 300 else f"对方回应 {status}"

    async def _mail(self, delivery: TicketDelivery, channel: TicketChannel) -> str:
        sender = cast("MailSender | None", self._platform.services.get(MailSender))
        if sender is None:
            return "没有配置邮件服务器（HOTLINE_MAIL_SERVER）"
        news = delivery.body
        message = MailMessage(
            key=f"ticket-news:{delivery.id}", to=channel.to, subject=f"工单 {news['number']} {news['state_name']}",
            text=f"{news['text']}\n\n工单编号：{news['number']}\n当前状态：{news['state_name']}\n\n此邮件由热线平台自动发出，请登录平台处理。",
        )  # fmt: skip
        try:
            await sender.send(message)
        except MailRefused as refused:
            return refused.reason
        return ""

    async def _sms(self, delivery: TicketDelivery, channel: TicketChannel) -> str:
        sender = cast("SmsSender | None", self._platform.services.get(SmsSender))
        if sender is None:
            return "没有配置短信通道"
        request = SmsRequest(
            key=f"ticket-news:{delivery.id}", to=channel.to, text=str(delivery.body["text"]), purpose=SmsPurpose.TICKET_NOTICE,
            authority_id=delivery.authority_id, reference_kind="ticket", reference_id=delivery.ticket_id,
        )  # fmt: skip
        try:
            await sender.send(request)
        except SmsRefused as refused:
            return refused.reason
        return ""


async def _post(address: str, body: bytes, headers: dict[str, str]) -> int:
    url = httpx.URL(address)
    async with httpx.AsyncClient(
        verify=trusted(), timeout=_HOOK_TIMEOUT_S, follow_redirects=False, trust_env=False
    ) as client:
        to = await allowed_address(url.host, port_of(url), allow_loopback=False)
        answer = await client.send(
            to_address(client.build_request("POST", url, content=body, headers=headers), to)
        )
        return answer.status_code
