"""Who asks, and about which call: what every verb of the desk checks first. Refuses; changes nothing."""

from typing import Any

from hotline.core.agent import Agent
from hotline.core.call import Call, Phase
from hotline.core.events import Direction
from hotline.core.floor import Floor
from hotline.core.ids import AgentId, CallId
from hotline.core.participants import of_agent
from hotline.core.requests import Refused, Request


def signed_in(floor: Floor, request: Request) -> Agent:
    """Return the agent who asks, who must be signed in."""
    agent = floor.agents.get(request.agent_id)
    if agent is None or not agent.signed_in:
        raise Refused("not_signed_in")
    return agent


def running_call(floor: Floor, call_id: CallId) -> Call:
    """Return a call that has not ended."""
    call = floor.calls.get(call_id)
    if call is None or call.phase is Phase.ENDED:
        raise Refused("no_such_call")
    floor.working_on = call_id
    return call


def own_call(floor: Floor, request: Any) -> Call:
    """Return the running call of the request, in which the agent must be."""
    call = running_call(floor, request.call_id)
    if request.agent_id not in _inside(call) and of_agent(call, request.agent_id) is None:
        raise Refused("not_your_call")
    return call


def _inside(call: Call) -> set[AgentId]:
    agents = {call.offer.agent_id if call.offer is not None else None}
    if call.phase is Phase.DIALLING:
        agents.add(call.placed_by)
    if call.talk is not None:
        agents.add(call.talk.agent_id)
        if call.direction is Direction.INTERNAL:
            agents.add(call.to_agent_id)
    return {agent_id for agent_id in agents if agent_id is not None}


def talk_in(floor: Floor, request: Any, *phases: Phase) -> Call:
    """Return the call in which the agent leads a talk, in one of these phases."""
    call = own_call(floor, request)
    if call.talk is None or call.talk.agent_id != request.agent_id or call.phase not in phases:
        raise Refused("wrong_state")
    return call
