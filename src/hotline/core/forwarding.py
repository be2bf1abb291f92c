"""Call forwarding (呼叫转移) of calls to an agent personally: who is rung instead. Calls of queues are never forwarded.

A chain of forwards is followed a few steps; one that comes back to somebody in it is cut there.
"""

from datetime import datetime

from hotline.core import outbound_rules
from hotline.core.agent import IN_CALL, Agent
from hotline.core.events import AgentState, TargetKind
from hotline.core.floor import Floor
from hotline.core.ids import AgentId
from hotline.core.numbers import dialled
from hotline.core.requests import Target
from hotline.core.site import AgentProfile, ForwardWhen

STEPS_MAX = 3


def target_of(floor: Floor, profile: AgentProfile, when: ForwardWhen, at: datetime) -> Target | None:
    """Return where calls to this agent go in this case: a colleague, or a number outside that the agent might dial too."""
    rule = profile.forwarding
    if rule is None or rule.when is not when:
        return None
    colleague = floor.index.agent_of_number.get(rule.to)
    if colleague is not None:
        own = colleague.authority_id == profile.authority_id and colleague.id != profile.id
        return Target(kind=TargetKind.AGENT, value=colleague.number) if own else None
    number = dialled(rule.to)
    if not number or not profile.may_call_out:
        return None
    site = floor.index.site
    used = floor.calls_today.used(site, profile.id, number, at)
    if outbound_rules.refusal(site, profile, number, at, used) is not None:
        return None
    return Target(kind=TargetKind.NUMBER, value=number)


def instead_of(
    floor: Floor, profile: AgentProfile, at: datetime, caller: AgentId | None = None
) -> AgentProfile | str:
    """Return whom to ring for this agent now: the agent, a colleague, or a number outside."""
    seen = {caller} if caller is not None else set[AgentId]()
    for _ in range(STEPS_MAX):
        seen.add(profile.id)
        to = _now(floor, profile, at)
        if to is None:
            return profile
        if to.kind is TargetKind.NUMBER:
            return to.value
        following = floor.index.agent_of_number[to.value]
        if following.id in seen:
            return profile
        profile = following
    return profile


def _now(floor: Floor, profile: AgentProfile, at: datetime) -> Target | None:
    to = target_of(floor, profile, ForwardWhen.ALWAYS, at)
    agent = floor.agents.get(profile.id)
    if to is None and not is_there(floor, agent):
        to = target_of(floor, profile, ForwardWhen.NO_ANSWER, at)
    elif to is None and is_busy(agent):
        to = target_of(floor, profile, ForwardWhen.BUSY, at)
    return to


def is_there(floor: Floor, agent: Agent | None) -> bool:
    """Whether the agent is signed in with a telephone that can be rung."""
    return agent is not None and agent.signed_in and floor.reachable(agent.device_id)


def is_busy(agent: Agent | None) -> bool:
    """Whether the agent is on the telephone, or writes up what was said."""
    return agent is not None and agent.state in IN_CALL | {AgentState.AFTER_CALL}
