"""What of the live view a person may see: which authorities, and how much that is personal. Pure.

Three levels: all of it; telephone numbers masked, for those who may not read the call list; and a wall board's, which hangs where
visitors pass: no calls, no numbers, and only surnames.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol, TypeVar

from hotline.core.ids import AuthorityId
from hotline.platform.actor import Actor
from hotline.platform.masking import masked
from hotline.platform.permissions import Permission
from hotline.ports.call_control import AgentView, CallView, LiveChange, LiveSnapshot, ParticipantView


class Level(StrEnum):
    """How much that is personal is shown."""

    ALL = "all"
    MASKED = "masked"
    WALL = "wall"


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees; equal sights see the same bytes."""

    authorities: frozenset[AuthorityId] | None
    level: Level


class _Scoped(Protocol):
    @property
    def authority_id(self) -> AuthorityId: ...


Scoped = TypeVar("Scoped", bound=_Scoped)
Live = TypeVar("Live", LiveSnapshot, LiveChange)


def sight_of(actor: Actor, *, wall: bool) -> Sight:
    """Return what the actor sees; whoever may only look at wall boards sees no more than those."""
    if wall or not actor.may(Permission.LIVE_VIEW):
        return Sight(actor.authorities, Level.WALL)
    return Sight(actor.authorities, Level.ALL if actor.may(Permission.CALLS_READ) else Level.MASKED)


def within(live: Live, sight: Sight) -> Live:
    """Leave out what is out of sight; the seq is kept, so that the reader sees no gap."""
    if sight.authorities is None and sight.level is Level.ALL:
        return live
    agents, calls = _seen(live.agents, sight), _seen(live.calls, sight)
    match sight.level:
        case Level.ALL:
            pass
        case Level.MASKED:
            agents = tuple(_masked_agent(agent) for agent in agents)
            calls = tuple(_masked_call(call) for call in calls)
        case Level.WALL:
            agents, calls = tuple(_wall_agent(agent) for agent in agents), ()
    return replace(
        live,
        agents=agents,
        calls=calls,
        queues=_seen(live.queues, sight),
        trunks=_seen(live.trunks, sight),
    )


def _seen(views: tuple[Scoped, ...], sight: Sight) -> tuple[Scoped, ...]:
    if sight.authorities is None:
        return views
    return tuple(view for view in views if view.authority_id in sight.authorities)


def _masked_agent(agent: AgentView) -> AgentView:
    if not (agent.mobile or agent.forwarding_to):
        return agent
    return replace(agent, mobile=masked(agent.mobile), forwarding_to=masked(agent.forwarding_to))


def _masked_call(call: CallView) -> CallView:
    inbound = call.direction == "inbound"
    return replace(
        call,
        ani=masked(call.ani) if inbound else call.ani,
        dnis=call.dnis if inbound else masked(call.dnis),
        offered_number=masked(call.offered_number),
        consult_ended=None,
        caller_name=call.caller_name[:1] + "*" if call.caller_name else "",
        participants=tuple(_masked_party(party) for party in call.participants),
    )


def _masked_party(party: ParticipantView) -> ParticipantView:
    return party if party.agent_id is not None else replace(party, number=masked(party.number))


def _wall_agent(agent: AgentView) -> AgentView:
    return replace(agent, name=agent.name[:1] + "*", mobile="", forwarding_to="", call_id=None)
