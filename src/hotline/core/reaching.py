"""Whom a target means, and whether they can be reached now: colleagues, leaders, numbers outside. Refuses; changes nothing."""

from datetime import datetime

from hotline.core import forwarding, outbound_rules, trunks
from hotline.core.agent import IN_CALL, Agent
from hotline.core.call import Call
from hotline.core.events import AgentState, TargetKind
from hotline.core.floor import Floor
from hotline.core.ids import DeviceId
from hotline.core.numbers import dialled
from hotline.core.requests import Refused, Target
from hotline.core.site import AgentProfile

ON_THE_PHONE = IN_CALL | {AgentState.AFTER_CALL}
"""Who is in one of these states is not rung by anybody but their own call."""


def has_phone(floor: Floor, agent: Agent) -> bool:
    """Whether this agent's telephone can be rung."""
    return floor.engine_up and floor.reachable(agent.device_id)


def party(floor: Floor, call: Call, by: Agent, to: Target, at: datetime, *, called: bool) -> Agent | str:
    """Return the agent or the number outside that a target means.

    `called`: a citizen is put through, so nobody on a break is asked; a colleague may be asked then too.

    Raises:
        Refused: no_such_number, agent_busy, no_leader, not_allowed, number_barred, closed_hours, daily_limit, line_full,
        no_hotline.
    """
    match to.kind:
        case TargetKind.AGENT:
            return colleague(floor, call, by, to.value, at, called=called)
        case TargetKind.LEADER:
            return leader(floor, by)
        case TargetKind.NUMBER:
            return outside(floor, call, by, to.value, at)
        case TargetKind.QUEUE | TargetKind.FLOW | TargetKind.SURVEY:
            raise Refused("not_allowed", to.kind)


def colleague(floor: Floor, call: Call, by: Agent, number: str, at: datetime, *, called: bool) -> Agent | str:
    """Return the colleague with this work number, or whoever their calls are forwarded to, who can be rung now."""
    profile = floor.index.agent_of_number.get(number)
    if profile is None or profile.authority_id != by.authority_id:
        raise Refused("no_such_number")
    if profile.id == by.agent_id:
        raise Refused("not_allowed", "own number")
    profile = forwarding.instead_of(floor, profile, at, by.agent_id)
    if isinstance(profile, str):
        if trunks.free_trunk(floor, trunks.hotline_of(floor, call, by.agent_id)) is None:
            raise Refused("line_full")
        return profile
    agent = floor.agents.get(profile.id)
    if agent is None or not agent.signed_in or not has_phone(floor, agent):
        raise Refused("no_such_number", "colleague is not signed in")
    if agent.state in ON_THE_PHONE or (called and agent.state is AgentState.REST):
        raise Refused("agent_busy", "colleague")
    return agent


def leader(floor: Floor, by: Agent) -> Agent:
    """Return the leader of the agent's authority who is ready and has been so longest."""
    free = [
        agent
        for agent in floor.agents.values()
        if agent.profile.leader
        and agent.state is AgentState.READY
        and agent.authority_id == by.authority_id
        and agent.agent_id != by.agent_id
        and has_phone(floor, agent)
    ]
    if not free:
        raise Refused("no_leader")
    return min(free, key=lambda agent: (agent.idle_since or agent.since, agent.agent_id))


def outside(floor: Floor, call: Call, by: Agent, text: str, at: datetime) -> str:
    """Return the number outside, which this agent may have called now and for which a channel is free."""
    number = dialled(text)
    if not number:
        raise Refused("no_such_number")
    if not by.profile.may_call_out:
        raise Refused("not_allowed")
    site = floor.index.site
    used = floor.calls_today.used(site, by.agent_id, number, at)
    code = outbound_rules.refusal(site, by.profile, number, at, used)
    if code is not None:
        raise Refused(code)
    hotline = trunks.hotline_of(floor, call, by.agent_id)
    if hotline is None or hotline.outbound_trunk_id is None:
        raise Refused("no_hotline")
    if trunks.free_trunk(floor, hotline) is None:
        raise Refused("line_full")
    return number


def own_phone(floor: Floor, profile: AgentProfile) -> DeviceId:
    """Return the telephone of somebody who need not be signed in: the one signed in with, else browser, else desk phone.

    Raises:
        Refused: no_device.
    """
    agent = floor.agents.get(profile.id)
    if agent is not None and agent.signed_in and agent.device_id in floor.devices:
        assert agent.device_id is not None
        return agent.device_id
    there = [device for device in profile.devices if device in floor.devices]
    if not there:
        raise Refused("no_device")
    return min(there, key=lambda device: (not device.endswith("-web"), device))
