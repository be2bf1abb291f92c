"""Short messages of the demo site: a line that records and sends nothing (it reports all delivered), so that people see in the outbox what would leave.

Beside it some messages of the days before, over a line that is out of use now. Numbers and texts are invented.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sms.lines import RecordingFields
from hotline.features.sms.models import SmsGatewayRow, SmsInbound, SmsMessage, SmsPart
from hotline.features.tickets.models import Ticket
from hotline.platform.ids import new_id
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.sms import SmsPurpose, SmsState
from hotline.wire.sms_text import parts_of

_GATEWAY: Final = "demo"
_FORMER: Final = "demo-former"
_TICKET: Final = "ticket"
_SENT: Final = (
    (2950, "13700138000", SmsPurpose.TICKET_REPLY, "社保卡丢失后怎样补办", SmsState.DELIVERED, "DELIVRD", "",
     "您咨询的社保卡补办：携带身份证到就近社保经办网点，或在掌上服务申请，十个工作日内领卡。"),
    (2710, "13700003333", SmsPurpose.TICKET_NOTICE, "医保报销什么时候到账", SmsState.DELIVERED, "DELIVRD", "",
     "您反映的医保报销事项已受理并转社会保险服务中心办理，请保持电话畅通。"),
    (1530, "13700001111", SmsPurpose.KNOWLEDGE, "", SmsState.DELIVERED, "DELIVRD", "",
     "二手房过户请带双方身份证、不动产权证书和买卖合同到登记大厅办理，也可网上预约。"),
    (1490, "13700005555", SmsPurpose.TICKET_NOTICE, "", SmsState.FAILED, "UNDELIV", "运营商回执：没有送达（号码停机或关机）",
     "您预约的检定服务定于周四上午，请提前准备器具。"),
    (1380, "13700003333", SmsPurpose.NOTICE, "", SmsState.SENT, "", "",
     "您的养老保险转移申请已提交至转入地，办理结果将另行通知。"),
    (1320, "13700138000", SmsPurpose.MANUAL, "", SmsState.CANCELLED, "", "", "明日办事大厅系统升级，上午暂停叫号。"),
)  # fmt: skip
"""Entered so many minutes ago: to whom, why, about which ticket, what became of it, the carrier's word, the problem, text."""
_CAME: Final = (
    (2900, "13700138000", 0, "收到，谢谢"),
    (1400, "13700001111", 2, "请问周六上午能办吗？"),
)
"""Came so many minutes ago: from whom, in reply to which of `_SENT`, text."""


async def add_messages(session: AsyncSession) -> None:
    """Make the line, unless there is one."""
    if await session.get(SmsGatewayRow, _GATEWAY) is not None:
        return
    session.add(_line(_GATEWAY, "演示网关（只记录，不发送）", position=10, active=True))


def _line(key: str, name: str, *, position: int, active: bool) -> SmsGatewayRow:
    return SmsGatewayRow(
        id=key,
        authority_id=ROOT_AUTHORITY,
        name=name,
        kind="recording",
        settings=RecordingFields(reports=True).model_dump(),
        secret="",
        notify_token="",
        per_second=10,
        position=position,
        active=active,
    )


async def add_outbox(session: AsyncSession, now: datetime) -> None:
    """Enter the messages of the days before, unless there are messages already."""
    if await session.scalar(select(SmsMessage.id).limit(1)) is not None:
        return
    if await session.get(SmsGatewayRow, _FORMER) is None:
        session.add(_line(_FORMER, "政务短信平台（演示，已停用）", position=20, active=False))
    titles = {row.title: row.id for row in await session.execute(select(Ticket.title, Ticket.id))}
    made: list[SmsMessage] = []
    for minutes, to, purpose, about, state, code, problem, text in _SENT:
        at = now - timedelta(minutes=minutes)
        made.append(_message(at, to, purpose, titles.get(about, ""), state, code, problem, text))
    session.add_all(made)
    await session.flush()
    session.add_all(part for row in made for part in _parts(row))
    for minutes, sender, about, text in _CAME:
        session.add(_reply(made[about], now - timedelta(minutes=minutes), sender, text))


def _message(
    at: datetime,
    to: str,
    purpose: SmsPurpose,
    ticket_id: str,
    state: SmsState,
    code: str,
    problem: str,
    text: str,
) -> SmsMessage:
    return SmsMessage(
        id=new_id(), key=f"demo:{at:%Y%m%d%H%M}:{to}", authority_id=ROOT_AUTHORITY, recipient=to, text=text, purpose=purpose.value,
        reference_kind=_TICKET if ticket_id else "", reference_id=ticket_id, created_by="user-1001", created_at=at,
        expires_at=at + timedelta(hours=72), state=state.value, due_at=at, changed_at=at + timedelta(seconds=9), parts=parts_of(text),
        attempts=int(state != SmsState.CANCELLED), gateway_id="" if state == SmsState.CANCELLED else _FORMER, code=code, problem=problem,
        resent_as="",
    )  # fmt: skip


def _parts(row: SmsMessage) -> list[SmsPart]:
    if row.state == SmsState.CANCELLED:
        return []
    reported = row.changed_at if row.code else None
    return [
        SmsPart(
            message_id=row.id, part=part, authority_id=ROOT_AUTHORITY, gateway_id=_FORMER, gateway_message_id=f"{row.id}-{part}",
            taken_at=row.created_at + timedelta(seconds=1), state=row.state, code=row.code, reported_at=reported,
        )
        for part in range(1, row.parts + 1)
    ]  # fmt: skip


def _reply(about: SmsMessage, at: datetime, sender: str, text: str) -> SmsInbound:
    return SmsInbound(
        id=new_id(), authority_id=ROOT_AUTHORITY, gateway_id=_FORMER, unique_key=f"demo:{at:%Y%m%d%H%M}", sender=sender,
        service_number="10690000", text=text, at=at, reply_to=about.id, reference_kind=about.reference_kind,
        reference_id=about.reference_id,
    )  # fmt: skip
