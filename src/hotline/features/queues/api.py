"""Routes of queues (座席组)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from hotline.features.queues.models import Queue
from hotline.features.queues.repository import QueueRepository
from hotline.features.queues.schemas import MembersReplace, QueueCreate, QueuePage, QueueRead, QueueUpdate
from hotline.features.queues.service import QueueService, read_queues
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.permissions import Permission

router = APIRouter(tags=["queues"])

CanViewQueues = Annotated[Actor, Depends(require(Permission.QUEUES_VIEW))]
CanManageQueues = Annotated[Actor, Depends(require(Permission.QUEUES_MANAGE))]


@router.get("/queues")
async def list_queues(actor: CanViewQueues, session: ReadSession, inactive: bool = False) -> QueuePage:
    """All queues in sight, by number; `inactive` adds those out of service."""
    queues = QueueRepository(session, actor)
    conditions = () if inactive else (Queue.active,)
    items = await read_queues(queues, await queues.all(*conditions, order_by=[Queue.number]))
    return QueuePage(items=items, total=len(items))


@router.post("/queues", status_code=201)
async def create_queue(
    wanted: QueueCreate, actor: CanManageQueues, platform: ThePlatform, work: WriteWork
) -> QueueRead:
    """Make a queue; it takes calls at once."""
    return await QueueService(work, actor, platform).create(wanted)


@router.get("/queues/{queue_id}")
async def get_queue(queue_id: str, actor: CanViewQueues, session: ReadSession) -> QueueRead:
    """One queue."""
    queues = QueueRepository(session, actor)
    return (await read_queues(queues, [await queues.require(queue_id)]))[0]


@router.patch("/queues/{queue_id}")
async def update_queue(
    queue_id: str, wanted: QueueUpdate, actor: CanManageQueues, platform: ThePlatform, work: WriteWork
) -> QueueRead:
    """Change a queue; only given fields change."""
    return await QueueService(work, actor, platform).update(queue_id, wanted)


@router.delete("/queues/{queue_id}", status_code=204)
async def deactivate_queue(
    queue_id: str, actor: CanManageQueues, platform: ThePlatform, work: WriteWork
) -> None:
    """Take a queue out of service; refused while a flow or another queue leads to it."""
    await QueueService(work, actor, platform).deactivate(queue_id)


@router.put("/queues/{queue_id}/members")
async def replace_queue_members(
    queue_id: str, wanted: MembersReplace, actor: CanManageQueues, platform: ThePlatform, work: WriteWork
) -> QueueRead:
    """Set who serves a queue."""
    return await QueueService(work, actor, platform).replace_members(queue_id, wanted.members)
