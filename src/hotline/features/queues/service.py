"""Change queues and who serves them. Every change stands in the audit trail and reaches the running centre after the commit."""

from hotline.core.site import OverflowTo
from hotline.features.queues.models import Queue
from hotline.features.queues.repository import QueueRepository
from hotline.features.queues.schemas import Member, QueueCreate, QueueFields, QueueRead, QueueUpdate
from hotline.platform import audit
from hotline.platform.access import Platform, mark_site_changed
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound, Taken
from hotline.platform.ids import new_id
from hotline.platform.people import QueueMember
from hotline.platform.schemas import changed, put
from hotline.platform.survey_fields import prompt_fields


async def read_queues(queues: QueueRepository, rows: list[Queue]) -> list[QueueRead]:
    """Return queues with their members."""
    members = await queues.members([row.id for row in rows])
    return [
        QueueRead(
            **QueueFields.model_validate(row, extra="ignore").model_dump(),
            id=row.id,
            authority_id=row.authority_id,
            active=row.active,
            members=[
                Member(agent_id=m.agent_id, level=m.level, order=m.position) for m in members.get(row.id, [])
            ],
        )
        for row in rows
    ]


class QueueService:
    """Changes queues within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._queues = QueueRepository(work.session, actor)

    async def create(self, wanted: QueueCreate) -> QueueRead:
        """Make a queue."""
        fields = QueueFields.model_validate(wanted.model_dump(exclude={"authority_id", "members"}))
        row = Queue(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            active=True,
            **_columns(fields),
        )
        await self._check(fields, row.id)
        self._queues.add(row)
        await self._work.session.flush()
        await self._set_members(row, wanted.members)
        read = await self._one(row)
        audit.record(self._work, self._actor, "queues.create", _target(row), after=read.model_dump())
        mark_site_changed(self._work, self._platform)
        return read

    async def update(self, queue_id: str, patch: QueueUpdate) -> QueueRead:
        """Change the given fields."""
        row = await self._active(queue_id)
        before = await self._one(row)
        fields = changed(QueueFields, row, patch)
        await self._check(fields, row.id)
        put(row, _columns(fields))
        return await self._changed("queues.update", row, before)

    async def replace_members(self, queue_id: str, members: list[Member]) -> QueueRead:
        """Set who serves the queue."""
        row = await self._active(queue_id)
        before = await self._one(row)
        await self._set_members(row, members)
        return await self._changed("queues.members", row, before)

    async def deactivate(self, queue_id: str) -> None:
        """Take the queue out of service; history keeps it. Refused while something refers to it."""
        row = await self._active(queue_id)
        await self._platform.require_unused(self._work.session, "queue", row.id)
        before = await self._one(row)
        row.active = False
        await self._set_members(row, [])
        await self._changed("queues.remove", row, before)

    async def _changed(self, action: str, row: Queue, before: QueueRead) -> QueueRead:
        after = await self._one(row)
        audit.record(
            self._work,
            self._actor,
            action,
            _target(row),
            before=before.model_dump(),
            after=after.model_dump(),
        )
        mark_site_changed(self._work, self._platform)
        return after

    async def _active(self, queue_id: str) -> Queue:
        row = await self._queues.require(queue_id)
        if not row.active:
            raise NotFound(id=queue_id)
        return row

    async def _one(self, row: Queue) -> QueueRead:
        await self._work.session.flush()
        return (await read_queues(self._queues, [row]))[0]

    async def _check(self, fields: QueueFields, queue_id: str) -> None:
        if await self._queues.number_taken(fields.number, but=queue_id):
            raise Taken(value=fields.number)
        if fields.overflow_to is OverflowTo.QUEUE and fields.overflow_queue_id == queue_id:
            raise Invalid("overflow_queue_id", "不能溢出到自己")
        check = self._platform.require_reference
        session = self._work.session
        await check(session, self._actor, "overflow_queue_id", "queue", fields.overflow_queue_id)
        await check(session, self._actor, "music", "prompt", fields.music)
        await check(session, self._actor, "message", "prompt", fields.message)
        for name in ("further_music", "further_messages"):
            for key in getattr(fields, name):
                await check(session, self._actor, name, "prompt", key)
        if fields.own_survey is not None:
            for name, key in prompt_fields(fields.own_survey).items():
                await check(session, self._actor, f"own_survey.{name}", "prompt", key)
        if fields.callback_key:
            await check(session, self._actor, "callback_prompt", "prompt", fields.callback_prompt)

    async def _set_members(self, row: Queue, members: list[Member]) -> None:
        agents = await self._queues.agents([member.agent_id for member in members])
        if len({member.agent_id for member in members}) != len(members):
            raise Invalid("members", "同一个座席只能出现一次")
        if missing := [member.agent_id for member in members if member.agent_id not in agents]:
            raise Invalid("members", f"没有找到座席：{'、'.join(missing[:5])}")
        rows = [
            QueueMember(
                queue_id=row.id,
                agent_id=member.agent_id,
                authority_id=agents[member.agent_id].authority_id,
                level=member.level,
                position=member.order,
            )
            for member in members
        ]
        await self._queues.replace_members(row.id, rows)


def _columns(fields: QueueFields) -> dict[str, object]:
    return fields.model_dump(mode="json")


def _target(row: Queue) -> audit.Target:
    return audit.Target(kind="queue", id=row.id, name=row.name, authority_id=row.authority_id)
