"""Names for ids: hotlines and queues from the running site's picture, agents from the platform's tables."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.events import Disposition
from hotline.core.site import Site
from hotline.features.calls.repository import agent_names
from hotline.features.calls.schemas import NamedAgent, NamedQueue

DISPOSITIONS: dict[Disposition, str] = {
    Disposition.IVR_HANGUP: "语音菜单挂断",
    Disposition.SELF_SERVED: "自助完成",
    Disposition.AGENT_ANSWERED: "座席接听",
    Disposition.QUEUE_ABANDONED: "排队放弃",
    Disposition.RING_ABANDONED: "振铃放弃",
    Disposition.DUTY_ANSWERED: "值班接听",
    Disposition.DUTY_ABANDONED: "值班放弃",
    Disposition.VOICEMAIL: "留言",
    Disposition.CALLBACK_REQUESTED: "预约回拨",
    Disposition.CLOSED: "非服务时间",
    Disposition.OVERFLOW_LOST: "溢出未接",
    Disposition.REJECTED: "拦截",
    Disposition.SYSTEM_LOST: "系统中断",
    Disposition.CONNECTED: "已接通",
    Disposition.NO_ANSWER: "无人接听",
    Disposition.BUSY: "对方忙",
    Disposition.FAILED: "呼叫失败",
    Disposition.CANCELLED: "已取消",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called."""

    hotlines: dict[str, str]
    queues: dict[str, str]
    agents: dict[str, NamedAgent]

    def queue(self, queue_id: str) -> NamedQueue:
        """A queue; one that is no longer in use says so."""
        return NamedQueue(id=queue_id, name=self.queues.get(queue_id, "（已停用）"))

    def agent(self, agent_id: str) -> NamedAgent:
        """An agent."""
        return self.agents.get(agent_id) or NamedAgent(id=agent_id, number="", name="（未知）")


async def load_names(session: AsyncSession, site: Site) -> Names:
    """Return the names of everything in the site and of every agent there ever was."""
    return Names(
        hotlines={h.id: h.name for h in site.hotlines},
        queues={q.id: q.name for q in site.queues},
        agents={
            agent_id: NamedAgent(id=agent_id, number=number, name=name)
            for agent_id, number, name in await agent_names(session)
        },
    )
