"""Who served each caller last, from the call list: what the centre knows from before its start (`Centre.remember_last_agents`)."""

from datetime import datetime

from sqlalchemy import case, select

from hotline.core.events import Direction
from hotline.core.ids import AgentId
from hotline.features.calls.models import CallRecord, CallTalk
from hotline.platform.database import Database

NUMBERS_MAX = 50_000


async def last_agents(database: Database, since: datetime) -> dict[str, AgentId]:
    """Return the agent of the last talk with each number outside since then, oldest talk first. Of all authorities: no person asks.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    number = case(
        (CallRecord.direction == Direction.INBOUND.value, CallRecord.ani), else_=CallRecord.dnis
    ).label("number")
    newest = (
        select(number, CallTalk.agent_id)
        .join(CallRecord, CallRecord.id == CallTalk.call_id)
        .where(CallTalk.started_at >= since, CallTalk.direction != Direction.INTERNAL.value)
        .order_by(CallTalk.started_at.desc())
        .limit(NUMBERS_MAX)
    )
    found: dict[str, AgentId] = {}
    async with database.reading() as session:
        for outside, agent_id in reversed((await session.execute(newest)).tuples().all()):
            if outside.lstrip("+").isdigit():
                found.pop(outside, None)  # the newest talk decides, also about the order
                found[outside] = AgentId(agent_id)
    return found
