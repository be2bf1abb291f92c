"""Carries out schedules of mailed reports, and sends what was made: each due moment once, each recipient once.

A due moment is entered together with moving the schedule on, in one transaction; a sending is marked before it is handed over. One
whose answer was lost, or whose application died meanwhile, is uncertain and waits for a person. Only the active application runs this.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from hotline.features.reports.mail_timing import next_due
from hotline.features.reports.mailing import Made, entries, entries_in_vain, make, message_of, why_not
from hotline.features.reports.mailing_repository import (
    claim,
    due_schedules,
    due_sendings,
    file_of_mailing,
    forget_old,
    left_sending,
    move_on,
    next_moment,
    put_off,
    report_of_schedule,
    stand_still,
)
from hotline.features.reports.models import ReportMailing, ReportSchedule, ReportSending
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.auth import actor_of_user
from hotline.platform.database import Work
from hotline.platform.errors import DatabaseUnavailable, HotlineError, plain
from hotline.ports.call_control import CallControl
from hotline.ports.mail import MailRefused, MailSender
from hotline.ports.statistics import Statistics, StatisticsUnavailable

log = structlog.stdlib.get_logger(__name__)

_SLEEP_MOST_S: Final = 60.0
_WAITS_S: Final = (60, 300, 900, 1800, 3600)
_STATISTICS_WAIT: Final = timedelta(minutes=1)
_CATCH_UP: Final = timedelta(days=31)
"""What was due longer ago than this, while nothing ran, is not made up for."""
_SWEEP: Final = timedelta(hours=6)
LOST: Final = "已交给邮件服务器，但没有等到确认：可能已送达，请向收件人核实后再决定是否重发"
NO_SERVER: Final = "没有设置邮件服务器（HOTLINE_MAIL_SERVER）"


class _InVain(Exception):
    """A report cannot be made for its due moment. `stop`: nor for any later one, until somebody acts."""

    def __init__(self, name: str, why: str, *, stop: bool) -> None:
        super().__init__(why)
        self.name, self.why, self.stop = name, why, stop


class ReportMailer:
    """Follows schedules while `run` runs. `work_off` does what is due now."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._bell = asyncio.Event()
        self._swept: datetime | None = None

    async def ring(self) -> None:
        """There is something new."""
        self._bell.set()

    async def run(self) -> None:
        """Work for ever."""
        begun = False
        while True:
            wait_s = _SLEEP_MOST_S
            try:
                if not begun:
                    await self.recover()
                    begun = True
                await self.work_off()
                wait_s = await self._until_next()
            except DatabaseUnavailable:
                pass
            except Exception:
                log.exception("report_mailing_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._bell.wait()
            self._bell.clear()

    async def recover(self) -> None:
        """Look at what the last application left under way."""
        async with self._platform.database.writing() as work:
            await left_sending(work.session, self._platform.clock(), LOST)

    async def work_off(self) -> None:
        """Do everything that is due."""
        now = self._platform.clock()
        if self._swept is None or now - self._swept > _SWEEP:
            async with self._platform.database.writing() as work:
                await forget_old(work.session, now)
            self._swept = now
        while await self._make_some():
            pass
        await self._send_some()

    async def _until_next(self) -> float:
        async with self._platform.database.reading() as session:
            at = await next_moment(session)
        if at is None:
            return _SLEEP_MOST_S
        return max(0.05, min((at - self._platform.clock()).total_seconds(), _SLEEP_MOST_S))

    # ── Making ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _make_some(self) -> bool:
        async with self._platform.database.reading() as session:
            due = await due_schedules(session, self._platform.clock())
        for schedule in due:
            await self._make(schedule)
        return bool(due)

    async def _make(self, schedule: ReportSchedule) -> None:
        platform, now, due = self._platform, self._platform.clock(), schedule.next_at
        then = next_due(schedule.frequency, schedule.weekday, schedule.monthday, schedule.at, due)
        if due < now - _CATCH_UP:
            async with platform.database.writing() as work:
                await move_on(work.session, schedule.id, due, then)
            return
        try:
            actor, made = await self._made(schedule, due, now)
        except StatisticsUnavailable:
            await self._later(schedule, due, now + _STATISTICS_WAIT)
            return
        except _InVain as vain:
            await self._in_vain(schedule, vain, then, now)
            return
        async with platform.database.writing() as work:
            if await move_on(work.session, schedule.id, due, then):
                rows = entries(schedule, made, due=due, now=now, recipients=schedule.recipients, manual=False)
                work.session.add_all(rows)
                self._note(work, actor, schedule, made)

    async def _made(self, schedule: ReportSchedule, due: datetime, now: datetime) -> tuple[Actor, Made]:
        """The report, by whoever set it up. Raises `_InVain`, `StatisticsUnavailable`."""
        async with self._platform.database.reading() as session:
            actor = await actor_of_user(session, schedule.owner_id)
            report = await report_of_schedule(session, schedule)
            name = report.name if report is not None else "（已删除）"
            why = why_not(actor, report)
            if actor is None or report is None or why:
                raise _InVain(name, why, stop=True)
            site = self._control().site()
            try:
                return actor, await make(
                    self._platform,
                    session,
                    actor,
                    self._statistics(),
                    site,
                    report,
                    schedule,
                    due=due,
                    now=now,
                )
            except HotlineError as refused:
                words = plain(refused)
                raise _InVain(name, words, stop=False) from refused

    @staticmethod
    def _note(work: Work, actor: Actor, schedule: ReportSchedule, made: Made) -> None:
        target = audit.Target(
            kind="report_schedule", id=schedule.id, name=made.name, authority_id=schedule.authority_id
        )
        told = {
            "format": schedule.format,
            "period": schedule.period,
            "recipients": schedule.recipients,
            "size": len(made.content),
        }
        audit.record(work, actor, "reports.mailed", target, after=told)

    async def _later(self, schedule: ReportSchedule, due: datetime, until: datetime) -> None:
        async with self._platform.database.writing() as work:
            await put_off(work.session, schedule.id, due, until, "统计服务暂时没有响应，正在重试")

    async def _in_vain(
        self, schedule: ReportSchedule, vain: "_InVain", then: datetime, now: datetime
    ) -> None:
        async with self._platform.database.writing() as work:
            if not await move_on(work.session, schedule.id, schedule.next_at, then):
                return
            work.session.add_all(
                entries_in_vain(schedule, vain.name, vain.why, due=schedule.next_at, now=now)
            )
            if vain.stop:
                await stand_still(work.session, schedule.id, vain.why)

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _send_some(self) -> None:
        async with self._platform.database.reading() as session:
            due = await due_sendings(session, self._platform.clock())
        for sending_id in due:
            await self._send(sending_id)

    async def _send(self, sending_id: str) -> None:
        platform = self._platform
        mail = cast("MailSender | None", platform.services.get(MailSender))
        async with platform.database.writing() as work:
            if not await claim(work.session, sending_id, platform.clock()):
                return
        async with platform.database.reading() as session:
            sending = await session.get_one(ReportSending, sending_id)
            mailing = await session.get_one(ReportMailing, sending.mailing_id)
            content = await file_of_mailing(session, mailing.id)
        problem: MailRefused | None = None
        try:
            if mail is None:
                raise MailRefused(NO_SERVER, retryable=True)
            if content is None:
                raise MailRefused("附件已过保存期", retryable=False)
            await mail.send(message_of(sending, mailing, content))
        except MailRefused as refused:
            problem = refused
        await self._note_end(sending_id, problem)

    async def _note_end(self, sending_id: str, problem: MailRefused | None) -> None:
        now = self._platform.clock()
        async with self._platform.database.writing() as work:
            row = await work.session.get_one(ReportSending, sending_id)
            row.changed_at = now
            if problem is None:
                row.state, row.problem = "sent", ""
            elif problem.uncertain:
                row.state, row.problem = "uncertain", LOST
            elif problem.retryable and now < row.give_up_at:
                wait_s = _WAITS_S[min(row.attempts, len(_WAITS_S)) - 1]
                row.state, row.problem = "queued", problem.reason[:200]
                row.next_at = now + timedelta(seconds=wait_s)
            else:
                given_up = "，已试一天，不再自动重试" if problem.retryable else ""
                row.state, row.problem = "failed", f"{problem.reason}{given_up}"[:200]
        if problem is not None:
            log.warning("report_mail_refused", sending_id=sending_id, why=problem.reason)

    def _statistics(self) -> Statistics:
        return cast("Statistics", self._platform.services[Statistics])

    def _control(self) -> CallControl:
        return cast("CallControl", self._platform.services[CallControl])
