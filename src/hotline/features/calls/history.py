"""What the desk wants to know of calls that are over, from the call list (`ports.call_history`)."""

from collections.abc import Collection
from datetime import datetime

from hotline.core.events import Direction, Disposition
from hotline.core.ids import AgentId, AuthorityId, CallId
from hotline.core.metrics.folds import milliseconds
from hotline.core.numbers import presented
from hotline.features.calls.names import load_names
from hotline.features.calls.repository import count_missed, count_today, earlier_calls, last_of_calls
from hotline.features.calls.service import seconds_of
from hotline.platform.database import Database
from hotline.platform.errors import DatabaseUnavailable
from hotline.ports.call_control import CallControl
from hotline.ports.call_history import AgentToday, EarlierCall


class SqlCallHistory:
    """`ports.call_history.CallHistory` over the call list. While the database is away: nothing earlier, and today as last counted."""

    def __init__(self, database: Database, control: CallControl) -> None:
        self._database = database
        self._control = control
        self._counted: dict[AgentId, AgentToday] = {}

    async def earlier(
        self, number: str, *, authorities: Collection[AuthorityId] | None, but: CallId, limit: int = 10
    ) -> list[EarlierCall]:
        """Return the newest calls from or to a number; none for a withheld one."""
        if not presented(number):
            return []
        try:
            return await self._earlier(number, authorities, but, limit)
        except DatabaseUnavailable:
            return []

    async def _earlier(
        self, number: str, authorities: Collection[AuthorityId] | None, but: CallId, limit: int
    ) -> list[EarlierCall]:
        async with self._database.reading() as session:
            sight = None if authorities is None else frozenset(authorities)
            found = await earlier_calls(session, number, sight, but, limit)
            names = await load_names(session, self._control.site())
            queues, agents = await last_of_calls(session, [record.id for record in found])
        return [
            EarlierCall(
                call_id=CallId(record.id),
                at=record.started_at,
                direction=Direction(record.direction),
                disposition=Disposition(record.disposition) if record.disposition else None,
                hotline_name=names.hotlines.get(record.hotline_id or "", ""),
                queue_name=names.queue(queues[record.id]).name if record.id in queues else "",
                agent_name=names.agent(agents[record.id]).name if record.id in agents else "",
                talk_s=seconds_of(record.talk_ms) or 0,
            )
            for record in found
        ]

    async def today_of(self, agent_id: AgentId, since: datetime) -> AgentToday:
        """Count an agent's calls begun at or after `since`."""
        try:
            async with self._database.reading() as session:
                inbound, outbound, over = await count_today(session, agent_id, since)
                missed = await count_missed(session, agent_id, since)
        except DatabaseUnavailable:
            return self._counted.get(agent_id) or AgentToday(answered=0, missed=0, outbound=0, talk_s=0)
        talked = sum(milliseconds(start, end) for start, end in over)
        today = AgentToday(answered=inbound, missed=missed, outbound=outbound, talk_s=talked // 1000)
        self._counted[agent_id] = today
        return today
