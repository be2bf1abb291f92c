"""Queries of queues and their members, scoped by the actor's authorities."""

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.queues.models import Queue
from hotline.platform.access import Mention, Use
from hotline.platform.actor import Actor, Repository, authority_in_sight
from hotline.platform.people import Agent, QueueMember, User
from hotline.platform.survey_fields import survey_prompts


class QueueRepository(Repository[Queue]):
    """Queues."""

    model = Queue

    async def number_taken(self, number: str, but: str = "") -> bool:
        """Whether another active queue of the installation has this number: callers are transferred by it."""
        taken = exists().where(Queue.number == number, Queue.id != but)
        return await self.session.scalar(select(taken)) or False

    async def members(self, queue_ids: list[str]) -> dict[str, list[QueueMember]]:
        """The members of these queues, in their order, as far as the agents are in sight."""
        chosen = select(QueueMember).where(QueueMember.queue_id.in_(queue_ids))
        condition = authority_in_sight(QueueMember.authority_id, self.actor)
        if condition is not None:
            chosen = chosen.where(condition)
        found: dict[str, list[QueueMember]] = {}
        for member in await self.session.scalars(
            chosen.order_by(QueueMember.queue_id, QueueMember.position, QueueMember.agent_id)
        ):
            found.setdefault(member.queue_id, []).append(member)
        return found

    async def agents(self, agent_ids: list[str]) -> dict[str, Agent]:
        """The agents among these ids that are in sight."""
        chosen = (
            select(Agent)
            .join(User, User.id == Agent.id)
            .where(Agent.id.in_(agent_ids), Agent.active, User.active)
        )
        condition = authority_in_sight(Agent.authority_id, self.actor)
        if condition is not None:
            chosen = chosen.where(condition)
        return {agent.id: agent for agent in await self.session.scalars(chosen)}

    async def replace_members(self, queue_id: str, members: list[QueueMember]) -> None:
        """Make the members of a queue, as far as they are in sight, be exactly these."""
        chosen = delete(QueueMember).where(QueueMember.queue_id == queue_id)
        condition = authority_in_sight(QueueMember.authority_id, self.actor)
        await self.session.execute(chosen if condition is None else chosen.where(condition))
        self.session.add_all(members)


async def queue_is_known(session: AsyncSession, actor: Actor, queue_id: str) -> bool:
    """Whether a queue is there, active and in sight."""
    return await QueueRepository(session, actor).first(Queue.id == queue_id, Queue.active) is not None


async def queue_number_is_known(session: AsyncSession, actor: Actor, number: str) -> bool:
    """Whether an active queue in sight has this number."""
    return await QueueRepository(session, actor).first(Queue.number == number, Queue.active) is not None


async def uses_by_queues(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """The active queues that refer to a prompt or overflow to a queue."""
    match kind:
        case "prompt":
            rows = await session.scalars(select(Queue).where(Queue.active).order_by(Queue.name))
            return [Use(kind="queue", id=row.id, name=row.name) for row in rows if thing in _prompts(row)]
        case "queue":
            condition = Queue.overflow_queue_id == thing
        case _:
            return []
    rows = await session.scalars(select(Queue).where(condition, Queue.active).order_by(Queue.name))
    return [Use(kind="queue", id=row.id, name=row.name) for row in rows]


def _prompts(row: Queue) -> set[str]:
    played = {row.music, row.message, row.callback_prompt, *row.further_music, *row.further_messages}
    return {key for key in played if key} | survey_prompts(row.own_survey)


async def mentions_by_queues(session: AsyncSession, kind: str) -> list[Mention]:
    """Every prompt that an active queue plays."""
    if kind != "prompt":
        return []
    rows = await session.scalars(select(Queue).where(Queue.active).order_by(Queue.name))
    return [
        Mention(thing=key, use=Use(kind="queue", id=row.id, name=row.name), authority_id=row.authority_id)
        for row in rows
        for key in sorted(_prompts(row))
    ]
