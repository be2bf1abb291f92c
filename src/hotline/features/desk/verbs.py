"""The verbs of the softphone bar as requests to the centre, and whom a call may be handed to."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Literal

from hotline.core import requests as r
from hotline.core.events import TargetKind
from hotline.core.ids import AgentId, AuthorityId, CallId
from hotline.features.desk.schemas import TargetFields
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid, NotPermitted
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl, CallView

PlainVerb = Literal[
    "answer", "hangup", "hold", "retrieve", "mute", "unmute", "record-pause", "record-resume",
    "survey", "complete", "cancel-consult", "announce",
]  # fmt: skip
_DIALLED: Final = frozenset("0123456789*#+")
_NUMBER_MAX: Final = 32


def _muting(*, muted: bool) -> Callable[[datetime, AgentId, CallId], r.AnyRequest]:
    return lambda at, agent, call: r.MuteCall(at=at, agent_id=agent, call_id=call, muted=muted)


def _recording(*, paused: bool) -> Callable[[datetime, AgentId, CallId], r.AnyRequest]:
    return lambda at, agent, call: r.PauseRecordingOfCall(at=at, agent_id=agent, call_id=call, paused=paused)


_VERBS: Final[dict[PlainVerb, Callable[[datetime, AgentId, CallId], r.AnyRequest]]] = {
    "answer": lambda at, agent, call: r.AnswerCall(at=at, agent_id=agent, call_id=call),
    "hangup": lambda at, agent, call: r.HangUpCall(at=at, agent_id=agent, call_id=call),
    "hold": lambda at, agent, call: r.HoldCall(at=at, agent_id=agent, call_id=call),
    "retrieve": lambda at, agent, call: r.RetrieveCall(at=at, agent_id=agent, call_id=call),
    "mute": _muting(muted=True),
    "unmute": _muting(muted=False),
    "record-pause": _recording(paused=True),
    "record-resume": _recording(paused=False),
    "survey": lambda at, agent, call: r.TransferCall(
        at=at, agent_id=agent, call_id=call, to=r.Target(kind=TargetKind.SURVEY)
    ),
    "complete": lambda at, agent, call: r.CompleteConsult(at=at, agent_id=agent, call_id=call),
    "cancel-consult": lambda at, agent, call: r.CancelConsult(at=at, agent_id=agent, call_id=call),
    "announce": lambda at, agent, call: r.AnnounceNumber(at=at, agent_id=agent, call_id=call),
}


def plain_request(verb: PlainVerb, agent_id: AgentId, call_id: str) -> r.AnyRequest:
    """The request of a verb that needs nothing but the call."""
    return _VERBS[verb](datetime.now(UTC), agent_id, CallId(call_id))


def target_of(fields: TargetFields, actor: Actor, control: CallControl) -> r.Target:
    """Where a call is to go, as the centre knows it.

    Raises:
        NotPermitted: a number outside, without the right to call out.
        Invalid: the target lacks its value, or a number has characters that cannot be dialled.
        Refused: `no_such_number` for colleagues, queues and flows that are not there or not in the actor's sight.
    """
    match fields.kind:
        case TargetKind.SURVEY | TargetKind.LEADER:
            return r.Target(kind=fields.kind)
        case TargetKind.NUMBER:
            return r.Target(kind=fields.kind, value=_number(fields.value, actor))
        case TargetKind.FLOW if not fields.value:
            return r.Target(kind=fields.kind)
        case _:
            if not fields.value:
                raise Invalid("to.value", "必填")
            if not _in_sight(fields, actor, control):
                raise r.Refused("no_such_number")
            return r.Target(kind=fields.kind, value=fields.value)


def _number(value: str, actor: Actor) -> str:
    if not actor.may(Permission.DESK_CALL_OUT):
        raise NotPermitted(permissions=[str(Permission.DESK_CALL_OUT)])
    number = "".join(c for c in value if c not in " -()")
    if not number or len(number) > _NUMBER_MAX or not set(number) <= _DIALLED:
        raise Invalid("to.value", "不是可以拨打的号码")
    return number


def _in_sight(fields: TargetFields, actor: Actor, control: CallControl) -> bool:
    """A colleague, queue or flow of an organisation in sight; queues that the agent serves are in sight wherever they belong."""
    site = control.site()
    owners: list[AuthorityId]
    match fields.kind:
        case TargetKind.AGENT:
            owners = [agent.authority_id for agent in site.agents if agent.number == fields.value]
        case TargetKind.QUEUE:
            own = control.agent(actor.agent_id)
            if own is not None and fields.value in own.queues:
                return True
            owners = [queue.authority_id for queue in site.queues if queue.id == fields.value]
        case _:
            owners = [flow.authority_id for flow in site.flows if flow.id == fields.value]
    return any(actor.sees(owner) for owner in owners)


def refuse_twice(call: CallView | None, to: r.Target) -> None:
    """Refuse to call a number in that is being called or talks already (a second click must not ring it twice)."""
    if call is None or to.kind is not TargetKind.NUMBER:
        return
    if any(party.number == to.value for party in call.participants):
        raise r.Refused("wrong_state", "the number is in the call")
