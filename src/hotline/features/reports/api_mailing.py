"""Routes of own reports by e-mail: schedules of one's own, sending at once, what became of each sending."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends

from hotline.features.reports.answering import Control, TheStatistics
from hotline.features.reports.mail_timing import next_due
from hotline.features.reports.mailing import GIVE_UP_AFTER, entries, make
from hotline.features.reports.mailing_repository import Schedules, Sendings, report_of_schedule
from hotline.features.reports.mailing_worker import ReportMailer
from hotline.features.reports.making import StatisticsAway
from hotline.features.reports.models import ReportMailing, ReportSchedule, ReportSending
from hotline.features.reports.repository import OwnReports
from hotline.features.reports.schemas_mailing import ScheduleFields, ScheduleView, SendingView
from hotline.features.reports.schemas_mailing import Schedules as ScheduleList
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.permissions import Permission
from hotline.platform.schemas import Limit, Page
from hotline.ports.mail import MailSender
from hotline.ports.statistics import StatisticsUnavailable

router = APIRouter(prefix="/report-schedules", tags=["reports"])

CanSend = Annotated[Actor, Depends(require(Permission.REPORTS_EXPORT))]
SCHEDULES_MOST = 50


class TooManySchedules(Conflict):
    """Nobody reads that many mails."""

    code = "report_schedules_full"
    text = Text("每人最多 50 个定时发送，请先删除不用的", "At most 50 schedules each; remove some first")


class NoMailServer(Conflict):
    """The site has no mail server."""

    code = "mail_not_set_up"
    text = Text(
        "没有设置邮件服务器，请系统管理员设置 HOTLINE_MAIL_SERVER 与 HOTLINE_MAIL_FROM",
        "No mail server is set (HOTLINE_MAIL_SERVER, HOTLINE_MAIL_FROM)",
    )


class NotToBeRepeated(Conflict):
    """It is under way, was sent, or its file is forgotten."""

    code = "sending_not_repeatable"
    text = Text("这次发送不能重发：已送出、正在发送，或附件已过保存期", "This sending cannot be repeated")


@router.get("")
async def list_report_schedules(actor: CanSend, session: ReadSession, platform: ThePlatform) -> ScheduleList:
    """Return one's own schedules."""
    rows = await Schedules(session, actor).own()
    return ScheduleList(
        mail_ready=MailSender in platform.services, items=[_view(row, name) for row, name in rows]
    )


@router.post("", status_code=201)
async def create_report_schedule(
    wanted: ScheduleFields, actor: CanSend, platform: ThePlatform, work: WriteWork
) -> ScheduleView:
    """Mail a report that one may open, again and again."""
    report = await OwnReports(work.session, actor).openable(wanted.report_id)
    rows = Schedules(work.session, actor)
    if await rows.count(ReportSchedule.owner_id == actor.user_id) >= SCHEDULES_MOST:
        raise TooManySchedules
    row = rows.add(
        ReportSchedule(
            id=new_id(), authority_id=actor.authority_id, owner_id=actor.user_id, owner_name=actor.name, try_at=None, problem="",
            changed_at=platform.clock(), next_at=_next(wanted, platform), **_stored(wanted),
        )
    )  # fmt: skip
    audit.record(work, actor, "reports.schedule_create", _target(row, report.name), after=_stored(wanted))
    _ring(work, platform)
    return _view(row, report.name)


@router.put("/{schedule_id}")
async def change_report_schedule(
    schedule_id: str, wanted: ScheduleFields, actor: CanSend, platform: ThePlatform, work: WriteWork
) -> ScheduleView:
    """Change, pause or go on with one of one's own schedules; what was due while it was paused is not made up for."""
    row = await Schedules(work.session, actor).mine(schedule_id)
    report = await OwnReports(work.session, actor).openable(wanted.report_id)
    before = {name: getattr(row, name) for name in ScheduleFields.model_fields}
    for name, value in _stored(wanted).items():
        setattr(row, name, value)
    row.next_at, row.try_at, row.problem = _next(wanted, platform), None, ""
    row.changed_at = platform.clock()
    audit.record(
        work,
        actor,
        "reports.schedule_change",
        _target(row, report.name),
        before=before,
        after=_stored(wanted),
    )
    _ring(work, platform)
    return _view(row, report.name)


@router.delete("/{schedule_id}", status_code=204)
async def remove_report_schedule(schedule_id: str, actor: CanSend, work: WriteWork) -> None:
    """Mail it no more; what was sent stays told."""
    row = await Schedules(work.session, actor).mine(schedule_id)
    report = await report_of_schedule(work.session, row)
    audit.record(work, actor, "reports.schedule_remove", _target(row, report.name if report else ""), before={"recipients": row.recipients})  # fmt: skip
    await work.session.delete(row)


@router.post("/{schedule_id}/send", status_code=202)
async def send_report_now(
    schedule_id: str,
    actor: CanSend,
    platform: ThePlatform,
    session: ReadSession,
    statistics: TheStatistics,
    control: Control,
) -> None:
    """Make the report of the days it means now, and send it to all recipients at once."""
    if MailSender not in platform.services:
        raise NoMailServer
    row = await Schedules(session, actor).mine(schedule_id)
    report = await OwnReports(session, actor).openable(row.report_id)
    now = platform.clock()
    try:
        made = await make(platform, session, actor, statistics, control.site(), report, row, due=now, now=now)
    except StatisticsUnavailable as away:
        raise StatisticsAway from away
    async with platform.database.writing() as work:
        work.session.add_all(entries(row, made, due=now, now=now, recipients=row.recipients, manual=True))
        told = {
            "format": row.format,
            "period": row.period,
            "recipients": row.recipients,
            "size": len(made.content),
        }
        audit.record(work, actor, "reports.mailed", _target(row, report.name), after=told)
        _ring(work, platform)


@router.get("/sendings")
async def list_report_sendings(
    actor: CanSend, session: ReadSession, cursor: str | None = None, limit: Limit = 50
) -> Page[SendingView]:
    """Return what became of each sending of one's schedules, latest first."""
    rows = await Sendings(session, actor).page(cursor, limit)
    shown = rows[:limit]
    return Page(
        items=[_sending(row, made) for row, made in shown],
        next_cursor=make_cursor(shown[-1][0].id) if len(rows) > limit else None,
    )


@router.post("/sendings/{sending_id}/repeat", status_code=202)
async def repeat_report_sending(
    sending_id: str, actor: CanSend, platform: ThePlatform, work: WriteWork
) -> None:
    """Send again what failed or is uncertain: the same file."""
    if MailSender not in platform.services:
        raise NoMailServer
    row, made = await Sendings(work.session, actor).mine(sending_id)
    if not _repeatable(row, made):
        raise NotToBeRepeated
    now = platform.clock()
    row.state, row.problem, row.next_at, row.changed_at = "queued", "", now, now
    row.give_up_at = now + GIVE_UP_AFTER
    target = audit.Target(
        kind="report_sending", id=row.id, name=made.report_name, authority_id=row.authority_id
    )
    audit.record(work, actor, "reports.mail_repeated", target, after={"recipient": row.recipient})
    _ring(work, platform)


def _next(wanted: ScheduleFields, platform: Platform) -> datetime:
    return next_due(wanted.frequency, wanted.weekday, wanted.monthday, wanted.at, platform.clock())


def _stored(wanted: ScheduleFields) -> dict[str, object]:
    return {**wanted.model_dump(mode="json"), "recipients": list(dict.fromkeys(wanted.recipients))}


def _ring(work: Work, platform: Platform) -> None:
    mailer = cast("ReportMailer", platform.services[ReportMailer])
    work.after_commit("report-mailing", mailer.ring)


def _target(row: ReportSchedule, name: str) -> audit.Target:
    return audit.Target(kind="report_schedule", id=row.id, name=name, authority_id=row.authority_id)


def _view(row: ReportSchedule, name: str) -> ScheduleView:
    fields = {key: getattr(row, key) for key in ScheduleView.model_fields if key != "report_name"}
    return ScheduleView.model_validate({**fields, "report_name": name})


def _repeatable(row: ReportSending, made: ReportMailing) -> bool:
    return row.state in {"failed", "uncertain"} and made.size_bytes > 0


def _sending(row: ReportSending, made: ReportMailing) -> SendingView:
    return SendingView(
        id=row.id, report_name=made.report_name, recipient=row.recipient, due_at=made.due_at, start=made.start, end=made.end,
        manual=made.manual, format=made.format, size_bytes=made.size_bytes, state=row.state, attempts=row.attempts,  # pyright: ignore[reportArgumentType]
        next_at=row.next_at, problem=row.problem, changed_at=row.changed_at, repeatable=_repeatable(row, made),
    )  # fmt: skip
