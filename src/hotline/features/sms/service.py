"""What people do with short messages: write, send again, call off, block numbers, set up gateways. Audited."""

import hashlib
import secrets
from typing import Any

from hotline.features.sms.lines import fields_of
from hotline.features.sms.models import SmsBlocked, SmsGatewayRow, SmsMessage
from hotline.features.sms.numbers import mobile_number
from hotline.features.sms.repository import BlockedRepository, GatewayRepository, MessageRepository
from hotline.features.sms.schemas import SmsGatewayFields, SmsGatewayRead, SmsGatewayUpdate
from hotline.features.sms.worker import OutboxWorker
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Conflict, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.platform.ids import new_id
from hotline.platform.masking import masked
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.schemas import given
from hotline.platform.sealing import Sealer
from hotline.ports.sms import SmsPurpose, SmsRefused, SmsRequest, SmsSender, SmsState


class SmsNotTaken(Conflict):
    """The outbox does not take the message."""

    code = "sms_refused"
    text = Text("短信没有发出：{reason}", "The message was not taken: {reason}")


class NotNow(Conflict):
    """The message has moved on."""

    code = "sms_state"
    text = Text("短信状态已变化，请刷新后再试", "The message has moved on; reload and try again")


async def enter(sender: SmsSender, request: SmsRequest, work: Work) -> str:
    """Enter a message for a person who waits for the answer. Raises `SmsNotTaken`."""
    try:
        return (await sender.send(request, session=work.session)).id
    except SmsRefused as refused:
        raise SmsNotTaken(reason=refused.reason, why=refused.code) from refused


class MessageService:
    """Changes messages within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._sender: SmsSender = platform.services[SmsSender]
        self._messages = MessageRepository(work.session, actor)

    async def write(self, to: str, text: str, request_id: str) -> SmsMessage:
        """A person's own message."""
        request = SmsRequest(
            key=f"manual:{self._actor.user_id}:{request_id}",
            to=to,
            text=text,
            purpose=SmsPurpose.MANUAL,
            authority_id=self._actor.authority_id,
            created_by=self._actor.user_id,
        )
        row = await self._messages.require(await enter(self._sender, request, self._work))
        self._record("sms.send", row, {"text": text})
        return row

    async def resend(self, message_id: str) -> SmsMessage:
        """Send a message that failed, was called off or is uncertain once more, as a new one that names the old."""
        row = await self._messages.require(message_id)
        if row.state not in (SmsState.FAILED, SmsState.UNCERTAIN, SmsState.CANCELLED) or row.resent_as:
            raise NotNow
        request = SmsRequest(
            key=f"again:{row.id}",
            to=row.recipient,
            text=row.text,
            purpose=SmsPurpose(row.purpose),
            authority_id=row.authority_id,
            reference_kind=row.reference_kind,
            reference_id=row.reference_id,
            created_by=self._actor.user_id,
        )
        row.resent_as = await enter(self._sender, request, self._work)
        self._record("sms.resend", row, {"resent_as": row.resent_as})
        return await self._messages.require(row.resent_as)

    async def cancel(self, message_id: str) -> SmsMessage:
        """Call off a message that has not left yet."""
        row = await self._messages.require(message_id)
        if row.state != SmsState.QUEUED:
            raise NotNow
        row.state, row.changed_at = SmsState.CANCELLED, self._platform.clock()
        self._record("sms.cancel", row, {})
        return row

    async def block(self, number: str, note: str) -> SmsBlocked:
        """Never write to a number."""
        wanted = mobile_number(number)
        if not wanted:
            raise Invalid("number", "不是能接收短信的手机号码")
        blocked = BlockedRepository(self._work.session, self._actor)
        row = await blocked.exactly(self._actor.authority_id, wanted)
        if row is None:
            row = SmsBlocked(authority_id=self._actor.authority_id, number=wanted)
            self._work.session.add(row)
        row.kind, row.note, row.since = "blocked", note, self._platform.clock()
        await self._work.session.flush()
        audit.record(self._work, self._actor, "sms.block", self._number(wanted), after={"note": note})
        return row

    async def unblock(self, number: str) -> None:
        """Write to a number again."""
        row = await BlockedRepository(self._work.session, self._actor).exactly(
            self._actor.authority_id, number
        )
        if row is None:
            raise NotFound(id=number)
        await self._work.session.delete(row)
        audit.record(self._work, self._actor, "sms.unblock", self._number(number), before={"note": row.note})

    def _number(self, number: str) -> audit.Target:
        return audit.Target(
            kind="sms_number", id=masked(number), name=masked(number), authority_id=self._actor.authority_id
        )

    def _record(self, action: str, row: SmsMessage, after: dict[str, Any]) -> None:
        target = audit.Target(
            kind="sms", id=row.id, name=masked(row.recipient), authority_id=row.authority_id
        )
        audit.record(self._work, self._actor, action, target, after=after)


class GatewayService:
    """Changes gateways within one unit of work."""

    def __init__(self, work: Work, actor: Actor, worker: OutboxWorker, sealer: Sealer) -> None:
        self._work = work
        self._actor = actor
        self._worker = worker
        self._sealer = sealer
        self._gateways = GatewayRepository(work.session, actor)

    async def create(self, wanted: SmsGatewayFields) -> SmsGatewayRead:
        """Add a gateway."""
        gateway_id = new_id()
        row = SmsGatewayRow(
            id=gateway_id,
            authority_id=self._actor.authority_id or ROOT_AUTHORITY,
            name=wanted.name,
            kind=wanted.line.kind,
            settings=wanted.line.model_dump(),
            secret=self._sealer.seal(wanted.secret, f"sms_gateway:{gateway_id}"),
            notify_token="",
            per_second=wanted.per_second,
            position=wanted.position,
            active=wanted.active,
        )
        self._gateways.add(row)
        return await self._changed("sms.gateway_create", row, None)

    async def update(self, gateway_id: str, patch: SmsGatewayUpdate) -> SmsGatewayRead:
        """Change a gateway."""
        row = await self._gateways.require(gateway_id)
        before = read_gateway(row, self._worker).model_dump()
        values = given(patch)
        if "line" in values:
            row.kind, row.settings = patch.line.kind, patch.line.model_dump()
        if values.get("secret"):
            row.secret = self._sealer.seal(patch.secret, f"sms_gateway:{row.id}")
        for name in ("name", "per_second", "position", "active"):
            if name in values:
                setattr(row, name, values[name])
        return await self._changed("sms.gateway_update", row, before)

    async def remove(self, gateway_id: str) -> None:
        """Remove a gateway; messages keep that they went over it."""
        row = await self._gateways.require(gateway_id)
        before = read_gateway(row, self._worker).model_dump()
        await self._work.session.delete(row)
        await self._work.session.flush()
        target = audit.Target(kind="sms_gateway", id=row.id, name=row.name, authority_id=row.authority_id)
        audit.record(self._work, self._actor, "sms.gateway_remove", target, before=before)
        self._work.after_commit("sms_gateways", self._worker.gateways_changed)

    async def notify_token(self, gateway_id: str) -> str:
        """Make the token by which a provider's requests are known; an older one ends."""
        row = await self._gateways.require(gateway_id)
        if row.kind != "http":
            raise Invalid("kind", "只有 HTTP 网关需要通知地址")
        token = secrets.token_urlsafe(24)
        row.notify_token = token_hash(token)
        await self._changed("sms.gateway_token", row, None)
        return token

    async def _changed(
        self, action: str, row: SmsGatewayRow, before: dict[str, Any] | None
    ) -> SmsGatewayRead:
        await self._work.session.flush()
        read = read_gateway(row, self._worker)
        target = audit.Target(kind="sms_gateway", id=row.id, name=row.name, authority_id=row.authority_id)
        audit.record(self._work, self._actor, action, target, before=before, after=read.model_dump())
        self._work.after_commit("sms_gateways", self._worker.gateways_changed)
        return read


def token_hash(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def read_gateway(row: SmsGatewayRow, worker: OutboxWorker) -> SmsGatewayRead:
    """Return a gateway without its secret."""
    return SmsGatewayRead(
        id=row.id,
        name=row.name,
        kind=row.kind,  # pyright: ignore[reportArgumentType] - checked when it was entered
        line=fields_of(row).model_dump(),
        has_secret=bool(row.secret),
        per_second=row.per_second,
        position=row.position,
        active=row.active,
        connected=worker.connected(row.id) if row.active else None,
        problem=worker.problem_of(row.id) if row.active else "",
    )
