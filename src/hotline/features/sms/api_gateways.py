"""Routes of SMS gateways: set them up, try them, and take what HTTP providers tell us."""

import json
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response

from hotline.features.sms.api import Worker
from hotline.features.sms.lines import HttpFields, NotifyFields, fields_of
from hotline.features.sms.models import SmsGatewayRow
from hotline.features.sms.news import NewsDesk
from hotline.features.sms.numbers import mobile_number
from hotline.features.sms.repository import SYSTEM, GatewayRepository
from hotline.features.sms.schemas import (
    SmsGatewayFields,
    SmsGatewayList,
    SmsGatewayRead,
    SmsGatewayUpdate,
    SmsNotifyAddress,
    SmsTest,
    SmsTestResult,
)
from hotline.features.sms.service import GatewayService, read_gateway, token_hash
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, provided, public, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.ids import new_id
from hotline.platform.masking import masked
from hotline.platform.permissions import Permission
from hotline.platform.sealing import sealer_of
from hotline.ports.sms_gateway import (
    AnswerLost,
    DeliveryReport,
    GatewayNews,
    Incoming,
    NotTaken,
    Outgoing,
)

router = APIRouter(prefix="/sms/gateways", tags=["sms"])

CanManageSms = Annotated[Actor, Depends(require(Permission.SMS_MANAGE))]
Desk = Annotated[NewsDesk, Depends(provided(NewsDesk))]
_ITEMS_MAX = 500


def _service(work: WriteWork, actor: Actor, worker: Worker, platform: Platform) -> GatewayService:
    return GatewayService(work, actor, worker, sealer_of(platform.settings.data))


@router.get("")
async def list_sms_gateways(actor: CanManageSms, session: ReadSession, worker: Worker) -> SmsGatewayList:
    """Gateways in the order they are tried; secrets are never shown."""
    rows = await GatewayRepository(session, actor).in_order()
    return SmsGatewayList(items=[read_gateway(row, worker) for row in rows])


@router.post("", status_code=201)
async def create_sms_gateway(
    wanted: SmsGatewayFields, actor: CanManageSms, platform: ThePlatform, worker: Worker, work: WriteWork
) -> SmsGatewayRead:
    """Add a gateway; it is used at once."""
    return await _service(work, actor, worker, platform).create(wanted)


@router.patch("/{gateway_id}")
async def update_sms_gateway(
    gateway_id: str,
    wanted: SmsGatewayUpdate,
    actor: CanManageSms,
    platform: ThePlatform,
    worker: Worker,
    work: WriteWork,
) -> SmsGatewayRead:
    """Change a gateway; only given fields change."""
    return await _service(work, actor, worker, platform).update(gateway_id, wanted)


@router.delete("/{gateway_id}", status_code=204)
async def remove_sms_gateway(
    gateway_id: str, actor: CanManageSms, platform: ThePlatform, worker: Worker, work: WriteWork
) -> None:
    """Remove a gateway; what is queued goes over the others."""
    await _service(work, actor, worker, platform).remove(gateway_id)


@router.post("/{gateway_id}/notify-address", status_code=201)
async def make_sms_notify_address(
    gateway_id: str, actor: CanManageSms, platform: ThePlatform, worker: Worker, work: WriteWork
) -> SmsNotifyAddress:
    """Make the address a provider sends reports and messages to; an older one ends."""
    token = await _service(work, actor, worker, platform).notify_token(gateway_id)
    return SmsNotifyAddress(path=f"/api/v1/sms/gateways/{gateway_id}/news/{token}")


@router.post("/{gateway_id}/test")
async def test_sms_gateway(
    gateway_id: str, wanted: SmsTest, actor: CanManageSms, platform: ThePlatform, worker: Worker
) -> SmsTestResult:
    """Send a test message over this gateway now, past the outbox, and return what it said."""
    to = mobile_number(wanted.to)
    if not to:
        raise Invalid("to", "不是能接收短信的手机号码")
    async with (
        platform.database.writing() as work
    ):  # over before the gateway is asked, which may take its time
        row = await GatewayRepository(work.session, actor).require(gateway_id)
        target = audit.Target(kind="sms_gateway", id=row.id, name=row.name, authority_id=row.authority_id)
        audit.record(work, actor, "sms.gateway_test", target, after={"to": masked(to)})
    line = worker.line_of(gateway_id)
    if line is None:
        return SmsTestResult(taken=False, problem="网关未启用，或正在启动", gateway_ids=[])
    taken: list[str] = []
    message = Outgoing(reference=f"test-{new_id()}", to=to, text=wanted.text)
    try:
        async for part in line.submit(message):
            taken.append(part.gateway_id)  # noqa: PERF401 - what was taken before a refusal counts too
    except NotTaken as refused:
        return SmsTestResult(taken=False, problem=refused.reason, gateway_ids=taken)
    except AnswerLost:
        return SmsTestResult(taken=False, problem="已提交，但网关没有应答", gateway_ids=taken)
    return SmsTestResult(taken=True, problem="", gateway_ids=taken)


@router.api_route(
    "/{gateway_id}/news/{token}",
    methods=["POST"],
    dependencies=[public("a provider has no account: known by the token in the address")],
    include_in_schema=False,
)
async def take_sms_news(
    gateway_id: str, token: str, request: Request, session: ReadSession, platform: ThePlatform, desk: Desk
) -> Response:
    """What a provider tells: reports and citizens' messages. Answered only when it is entered durably."""
    row = await GatewayRepository(session, SYSTEM).get(gateway_id)
    if row is None or not row.notify_token or row.notify_token != token_hash(token):
        raise NotFound(id=gateway_id)
    given = fields_of(row)
    assert isinstance(given, HttpFields), "tokens are made for HTTP gateways only"
    body = _body(await request.body(), request.headers.get("content-type", ""))
    await desk.take(row.id, row.authority_id, _news(row, given.notify, body, platform))
    return Response(given.notify.answer, media_type="text/plain; charset=utf-8")


def _body(content: bytes, media_type: str) -> Any:
    try:
        if "json" in media_type or content.lstrip()[:1] in (b"{", b"["):
            return json.loads(content)
        return dict(parse_qsl(content.decode(), max_num_fields=200))
    except ValueError as broken:
        raise Invalid("body", "无法识别的内容") from broken


def _news(row: SmsGatewayRow, notify: NotifyFields, body: Any, platform: Platform) -> list[GatewayNews]:
    _ = row
    items = _value(body, notify.items) if notify.items else body
    found: list[GatewayNews] = []
    for item in (items if isinstance(items, list) else [items])[:_ITEMS_MAX]:
        state = _text(item, notify.report_state)
        gateway_message_id, reference = _text(item, notify.report_id), _text(item, notify.report_reference)
        sender, text = _text(item, notify.inbound_sender), _text(item, notify.inbound_text)
        if state and (gateway_message_id or reference):
            found.append(
                DeliveryReport(
                    gateway_id=gateway_message_id[:64],
                    reference=reference[:64],
                    delivered=state in notify.delivered_values,
                    final=True,
                    code=state[:48],
                    at=platform.clock(),
                )
            )
        elif sender and text:
            found.append(
                Incoming(
                    sender=sender[:32],
                    service_number=_text(item, notify.inbound_number)[:32],
                    text=text[:2000],
                    at=platform.clock(),
                    unique=_text(item, notify.inbound_id)[:128],
                )
            )
    return found


def _value(body: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body


def _text(body: Any, path: str) -> str:
    value = _value(body, path) if path else None
    return str(value) if isinstance(value, str | int | float) else ""
