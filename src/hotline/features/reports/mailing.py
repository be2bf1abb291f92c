"""Make an own report as a mail's file and words, under the rights that whoever set it up has now. Callers' numbers leave masked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Dimension
from hotline.core.site import Site
from hotline.features.reports.export import TYPES, file_of, sheet
from hotline.features.reports.mail_timing import PERIOD_NAMES, days_of
from hotline.features.reports.making import asked_of, reports_for
from hotline.features.reports.models import OwnReport, ReportMailing, ReportSchedule, ReportSending
from hotline.features.reports.own_making import OwnMaking
from hotline.features.reports.repository import may_open
from hotline.features.reports.schemas import DimensionValue, QueryRequest, ReportAnswer, ReportRow
from hotline.features.reports.schemas_own import Definition
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid
from hotline.platform.ids import new_id
from hotline.platform.masking import masked
from hotline.platform.permissions import Permission
from hotline.platform.tabular import local
from hotline.ports.mail import MailFile, MailMessage
from hotline.ports.statistics import Statistics

GIVE_UP_AFTER: Final = timedelta(days=1)
SIZE_MOST: Final = 15 * 1024 * 1024
"""Bytes; few mail servers take more in one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A report ready to be sent."""

    name: str
    start: datetime
    end: datetime
    text: str
    content: bytes


def why_not(actor: Actor | None, report: OwnReport | None) -> str:
    """Why a schedule may not be carried out; "" when it may."""
    if actor is None:
        return "设置人的账号已停用"
    if not (actor.may(Permission.REPORTS_VIEW) and actor.may(Permission.REPORTS_EXPORT)):
        return "设置人已没有导出报表的权限"
    if report is None:
        return "报表已被删除"
    if not (actor.sees(report.authority_id) and may_open(report, actor)):
        return "报表已不再共享给设置人"
    return ""


async def make(
    platform: Platform,
    session: AsyncSession,
    actor: Actor,
    statistics: Statistics,
    site: Site,
    report: OwnReport,
    schedule: ReportSchedule,
    *,
    due: datetime,
    now: datetime,
) -> Made:
    """Make the report of the days that `due` means. Raises `Invalid`, `StatisticsUnavailable`."""
    definition = Definition.model_validate(report.definition)
    start, end = days_of(schedule.period, due)
    picked = definition.model_dump(exclude={"period", "picture"})
    query = QueryRequest.model_validate({**picked, "name": report.name, "from": start, "to": end})
    wanted = asked_of(query, actor, now)
    reports = await reports_for(session, actor, statistics, site, wanted)
    making = OwnMaking(platform, session, actor, reports, site)
    answer = without_numbers(await making.make(query, wanted, now))
    file = sheet(answer, f"{actor.name}（{actor.username}）定时发送")
    content = await asyncio.to_thread(file_of, file, schedule.format)
    if len(content) > SIZE_MOST:
        raise Invalid("period", "文件超过 15 MB，邮件发不出去，请减少指标或选择更大的粒度")
    return Made(name=report.name, start=start, end=end, text=_text(answer, schedule, actor), content=content)


def without_numbers(answer: ReportAnswer) -> ReportAnswer:
    """The report with callers' numbers masked: a mail lies in boxes that we do not guard."""
    if Dimension.CALLER not in answer.group_by:
        return answer
    return answer.model_copy(update={"rows": [_row_without(row) for row in answer.rows]})


def _row_without(row: ReportRow) -> ReportRow:
    keys = [_key_without(key) for key in row.keys]
    return row.model_copy(update={"keys": keys})


def _key_without(key: DimensionValue) -> DimensionValue:
    if key.dimension != Dimension.CALLER or key.id is None:
        return key
    return key.model_copy(update={"id": masked(key.id), "name": masked(key.name)})


def _text(answer: ReportAnswer, schedule: ReportSchedule, actor: Actor) -> str:
    figures = [f"　{column.name}：{answer.totals.texts[column.key]}" for column in answer.columns[:12]]
    last = local(answer.end) - timedelta(days=1)
    span = f"{local(answer.start):%Y-%m-%d} 至 {last:%Y-%m-%d}"
    behind = [f"注意：统计正在追赶，还有 {answer.behind} 条事件未计入。"] if answer.behind else []
    lines = [
        f"报表“{answer.name}”，{PERIOD_NAMES[schedule.period]}（{span}），见附件。",
        "",
        "合计：",
        *figures,
        "",
        f"口径：{answer.variant_words}",
        f"制表时间：{local(answer.made_at):%Y-%m-%d %H:%M:%S}（北京时间）",
        *behind,
        "",
        f"这封邮件由热线系统按 {actor.name} 的设置自动发送，请勿回复；不想再收到，请与设置人联系。",
    ]
    return "\n".join(lines)[:2000]


def entries(
    schedule: ReportSchedule,
    made: Made,
    *,
    due: datetime,
    now: datetime,
    recipients: Sequence[str],
    manual: bool,
) -> list[ReportMailing | ReportSending]:
    """What is entered when a report was made: the mailing, and a sending for each recipient."""
    mailing = _mailing(schedule, made.name, due=due, days=(made.start, made.end), manual=manual)
    mailing.text, mailing.content, mailing.size_bytes = made.text, made.content, len(made.content)
    return [mailing, *(_sending(mailing, one, "queued", "", now) for one in recipients)]


def entries_in_vain(
    schedule: ReportSchedule, name: str, why: str, *, due: datetime, now: datetime
) -> list[ReportMailing | ReportSending]:
    """What is entered when it could not be made for good: every recipient went without."""
    mailing = _mailing(schedule, name, due=due, days=days_of(schedule.period, due), manual=False)
    return [mailing, *(_sending(mailing, one, "failed", why, now) for one in schedule.recipients)]


def _mailing(
    schedule: ReportSchedule, name: str, *, due: datetime, days: tuple[datetime, datetime], manual: bool
) -> ReportMailing:
    return ReportMailing(
        id=new_id(), authority_id=schedule.authority_id, schedule_id=schedule.id, owner_id=schedule.owner_id, report_name=name,
        due_at=due, start=days[0], end=days[1], manual=manual, format=schedule.format, text="", size_bytes=0, content=None,
    )  # fmt: skip


def _sending(mailing: ReportMailing, recipient: str, state: str, why: str, now: datetime) -> ReportSending:
    return ReportSending(
        id=new_id(), authority_id=mailing.authority_id, mailing_id=mailing.id, recipient=recipient, state=state, attempts=0,
        next_at=now, give_up_at=now + GIVE_UP_AFTER, problem=why[:200], changed_at=now,
    )  # fmt: skip


def message_of(sending: ReportSending, mailing: ReportMailing, content: bytes) -> MailMessage:
    """The message: the same at every attempt, so that its Message-ID is the same."""
    days = f"{local(mailing.start):%Y-%m-%d}"
    last = local(mailing.end) - timedelta(days=1)
    span = days if last.date() == local(mailing.start).date() else f"{days} 至 {last:%Y-%m-%d}"
    return MailMessage(
        key=f"report-sending:{sending.id}",
        to=sending.recipient,
        subject=f"【热线报表】{mailing.report_name} {span}",
        text=mailing.text,
        file=MailFile(
            name=f"{_file_name(mailing.report_name)}-{days}.{mailing.format}",
            media_type=TYPES[mailing.format],
            content=content,
        ),
    )


def _file_name(name: str) -> str:
    return "".join(c if c not in '\\/:*?"<>|' and c.isprintable() else "_" for c in name)
