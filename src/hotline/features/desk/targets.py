"""What the transfer and pick-up dialogs list: colleagues, queues, flows and leaders within sight; calls that can be taken over."""

from typing import Final

from hotline.core.events import AgentState
from hotline.core.site import Site
from hotline.features.desk.pickable import is_pickable
from hotline.features.desk.schemas import (
    PickableCall,
    PickableCalls,
    TargetAgent,
    TargetFlow,
    TargetQueue,
    Targets,
)
from hotline.platform.actor import Actor
from hotline.platform.masking import masked
from hotline.platform.regions import region_of
from hotline.ports.call_control import AgentView, CallControl, CallView

MOST: Final = 50


def targets_of(control: CallControl, actor: Actor, own: AgentView, words: str) -> Targets:
    """Where `own` may hand a call to; `words` are looked for in names, and at the beginning of numbers."""
    live = control.live(None)
    seen = [a for a in live.agents if actor.sees(a.authority_id) and a.agent_id != own.agent_id]
    colleagues = [a for a in seen if _found(words, a.number, a.name) and a.state is not AgentState.OFFLINE]
    away = [a for a in seen if _found(words, a.number, a.name) and a.state is AgentState.OFFLINE]
    colleagues.sort(key=lambda a: (a.state is not AgentState.READY, a.number))
    queues = [
        TargetQueue(id=q.queue_id, name=q.name, number=number, waiting=q.waiting, ready=q.ready)
        for q in live.queues
        if (actor.sees(q.authority_id) or q.queue_id in own.queues)
        and _found(words, number := _number_of(control.site(), q.queue_id), q.name)
    ]
    flows = {
        f.id: f for f in control.site().flows if actor.sees(f.authority_id) and _found(words, "", f.name)
    }
    return Targets(
        agents=[_target(a) for a in (*colleagues, *away)][:MOST],
        queues=queues[:MOST],
        flows=[TargetFlow(id=f.id, name=f.name) for f in flows.values()][:MOST],
        leader_available=any(a.leader and a.state is AgentState.READY for a in seen),
    )


def _found(words: str, number: str, name: str) -> bool:
    return not words or (bool(number) and number.startswith(words)) or words.lower() in name.lower()


def _number_of(site: Site, queue_id: str) -> str:
    return next((queue.number for queue in site.queues if queue.id == queue_id), "")


def _target(agent: AgentView) -> TargetAgent:
    return TargetAgent(
        agent_id=agent.agent_id,
        number=agent.number,
        name=agent.name,
        state=agent.state,
        available=agent.state is AgentState.READY,
        leader=agent.leader,
    )


def pickable_calls(control: CallControl, own: AgentView) -> PickableCalls:
    """What rings at colleagues and waits in the agent's queues, the longest first."""
    site = control.site()
    calls = [
        call
        for call in control.live(None).calls
        if is_pickable(call) and call.queue_id in own.queues and call.agent_id != own.agent_id
    ]
    calls.sort(key=lambda call: call.since)
    return PickableCalls(items=[_pickable(control, site, call) for call in calls[:MOST]])


def _pickable(control: CallControl, site: Site, call: CallView) -> PickableCall:
    ringing = control.agent(call.agent_id) if call.agent_id and call.phase != "waiting" else None
    return PickableCall(
        call_id=call.call_id,
        phase="waiting" if call.phase == "waiting" else "ringing",
        number=masked(call.ani),
        region=region_of(call.ani),
        queue_id=call.queue_id or "",
        queue_name=next((queue.name for queue in site.queues if queue.id == call.queue_id), ""),
        since=call.since,
        position=call.position,
        ringing_at=ringing.name if ringing else "",
        ringing_at_number=ringing.number if ringing else "",
        caller_kind=call.caller_kind,
    )
