"""The way of a ticket (工单流转) between agent, departments and leaders: one table of states, who may do what, what each step counts.

Knows no clock, no database and no names. `step` answers with the ticket's new state or raises `NotNow`/`NotYours`; nothing else
changes a ticket's state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from hotline.core.tickets.deadlines import TicketClock


class TicketState(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"  # 待处理: with the centre
    ASSIGNED = "assigned"  # 待签收: sent to a department
    WORKING = "working"  # 处理中: the department has it
    REPLIED = "replied"  # 部门已回复: the centre is to tell the citizen
    WAITING = "waiting"  # 等待市民, asked by the centre
    WAITING_DEPARTMENT = "waiting_department"  # 等待市民, asked by the department
    ANSWERED = "answered"  # 已答复: the citizen knows
    CLOSED = "closed"  # 已办结
    CANCELLED = "cancelled"  # 已作废
    MERGED = "merged"  # 已并单


class TicketAction(StrEnum):
    """What is done to a ticket."""

    DISPATCH = "dispatch"  # 派单
    ACCEPT = "accept"  # 签收
    RETURN = "return"  # 退单
    REASSIGN = "reassign"  # 改派
    REPLY = "reply"  # 部门回复 (to the centre: 协商回复)
    REPLY_CITIZEN = "reply_citizen"  # 短信回复 (the department to the citizen)
    ANSWER = "answer"  # 答复市民
    CLOSE = "close"  # 办结
    REOPEN = "reopen"  # 重开
    WAIT = "wait"  # 等待市民补充
    RESUME = "resume"  # 市民已补充
    URGE = "urge"  # 催办
    ESCALATE = "escalate"  # 升级
    SUPERVISE = "supervise"  # 督办
    MERGE = "merge"  # 并单
    CANCEL = "cancel"  # 作废
    TRANSFER = "transfer"  # 转交 (to another agent)
    VERIFY = "verify"  # 核实投诉
    NOTE = "note"  # 备注
    EDIT = "edit"  # 修改


class Side(StrEnum):
    """Who acts."""

    CENTRE = "centre"
    LEADER = "leader"
    DEPARTMENT = "department"
    SYSTEM = "system"


_S, _A = TicketState, TicketAction
WITH_CENTRE: Final = frozenset({_S.OPEN, _S.REPLIED, _S.WAITING})
WITH_DEPARTMENT: Final = frozenset({_S.ASSIGNED, _S.WORKING, _S.WAITING_DEPARTMENT})
ACTIVE: Final = WITH_CENTRE | WITH_DEPARTMENT
PAUSED: Final = frozenset({_S.WAITING, _S.WAITING_DEPARTMENT})
DONE: Final = frozenset({_S.ANSWERED, _S.CLOSED, _S.CANCELLED, _S.MERGED})

TRANSITIONS: Final[Mapping[tuple[TicketState, TicketAction], TicketState]] = {
    (_S.OPEN, _A.DISPATCH): _S.ASSIGNED,
    (_S.REPLIED, _A.DISPATCH): _S.ASSIGNED,  # the reply does not do: back to a department
    (_S.ASSIGNED, _A.ACCEPT): _S.WORKING,
    (_S.ASSIGNED, _A.RETURN): _S.OPEN,
    (_S.WORKING, _A.RETURN): _S.OPEN,
    (_S.ASSIGNED, _A.REASSIGN): _S.ASSIGNED,
    (_S.WORKING, _A.REASSIGN): _S.ASSIGNED,
    (_S.WAITING_DEPARTMENT, _A.REASSIGN): _S.ASSIGNED,
    (_S.ASSIGNED, _A.REPLY): _S.REPLIED,
    (_S.WORKING, _A.REPLY): _S.REPLIED,
    (_S.ASSIGNED, _A.REPLY_CITIZEN): _S.ANSWERED,
    (_S.WORKING, _A.REPLY_CITIZEN): _S.ANSWERED,
    (_S.OPEN, _A.ANSWER): _S.ANSWERED,
    (_S.REPLIED, _A.ANSWER): _S.ANSWERED,
    (_S.ANSWERED, _A.CLOSE): _S.CLOSED,
    (_S.ANSWERED, _A.REOPEN): _S.OPEN,
    (_S.CLOSED, _A.REOPEN): _S.OPEN,
    (_S.OPEN, _A.WAIT): _S.WAITING,
    (_S.REPLIED, _A.WAIT): _S.WAITING,
    (_S.WAITING, _A.RESUME): _S.OPEN,
    (_S.WORKING, _A.WAIT): _S.WAITING_DEPARTMENT,
    (_S.WAITING_DEPARTMENT, _A.RESUME): _S.WORKING,
    (_S.OPEN, _A.CANCEL): _S.CANCELLED,
    (_S.REPLIED, _A.CANCEL): _S.CANCELLED,
    (_S.WAITING, _A.CANCEL): _S.CANCELLED,
    **{(state, _A.MERGE): _S.MERGED for state in ACTIVE},
    **{(state, action): state for state in ACTIVE for action in (_A.URGE, _A.ESCALATE, _A.SUPERVISE, _A.TRANSFER, _A.EDIT)},
    **{(state, _A.VERIFY): state for state in ACTIVE | {_S.ANSWERED, _S.CLOSED}},
    **{(state, _A.NOTE): state for state in _S},
}  # fmt: skip
"""Everything that may happen. What is absent is refused."""

_CENTRE = frozenset({Side.CENTRE, Side.LEADER})
_OFFICE = frozenset({Side.DEPARTMENT})
ACTORS: Final[Mapping[TicketAction, frozenset[Side]]] = {
    _A.DISPATCH: _CENTRE,
    _A.ACCEPT: _OFFICE,
    _A.RETURN: _OFFICE,
    _A.REASSIGN: _CENTRE,
    _A.REPLY: _OFFICE,
    _A.REPLY_CITIZEN: _OFFICE,
    _A.ANSWER: _CENTRE,
    _A.CLOSE: _CENTRE | {Side.SYSTEM},
    _A.REOPEN: _CENTRE,
    _A.WAIT: _CENTRE | _OFFICE,
    _A.RESUME: _CENTRE | _OFFICE | {Side.SYSTEM},
    _A.URGE: _CENTRE,
    _A.ESCALATE: _CENTRE,
    _A.SUPERVISE: frozenset({Side.LEADER}),
    _A.MERGE: _CENTRE,
    _A.CANCEL: frozenset({Side.LEADER}),
    _A.TRANSFER: _CENTRE,
    _A.VERIFY: frozenset({Side.LEADER}),
    _A.NOTE: _CENTRE | _OFFICE | {Side.SYSTEM},
    _A.EDIT: _CENTRE,
}

TEXT_NEEDED: Final = frozenset(
    {_A.RETURN, _A.REASSIGN, _A.REPLY, _A.REPLY_CITIZEN, _A.ANSWER, _A.REOPEN, _A.WAIT, _A.URGE, _A.ESCALATE, _A.SUPERVISE, _A.CANCEL, _A.TRANSFER,
     _A.NOTE}
)  # fmt: skip
"""Steps that say why or what; the others may."""
DEPARTMENT_NEEDED: Final = frozenset({_A.DISPATCH, _A.REASSIGN})


class StepRefused(Exception):
    """A step that is not taken."""

    def __init__(self, state: TicketState, action: TicketAction) -> None:
        super().__init__(f"{action} in {state}")
        self.state = state
        self.action = action


class NotNow(StepRefused):
    """The state does not allow it."""


class NotYours(StepRefused):
    """Whoever asks may not do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFlow:
    """A ticket as far as its way matters. Counters only grow; `round` counts from 1 and grows with each reopening."""

    state: TicketState
    clock: TicketClock
    department_id: str | None = None
    round: int = 1
    returned: int = 0
    reassigned: int = 0
    urged: int = 0
    level: int = 0
    supervised: bool = False


def possible(state: TicketState, sides: frozenset[Side]) -> list[TicketAction]:
    """What these people may do now, in a fixed order: what is not here is not offered."""
    return [
        action
        for action in TicketAction
        if (state, action) in TRANSITIONS and ACTORS[action] & sides and _holds(state, action, sides)
    ]


def _holds(state: TicketState, action: TicketAction, sides: frozenset[Side]) -> bool:
    """Waiting for the citizen is begun and ended by whoever has the ticket; a leader may begin and end any."""
    if action not in {TicketAction.WAIT, TicketAction.RESUME}:
        return True
    if state in WITH_DEPARTMENT:
        return bool(sides & {Side.DEPARTMENT, Side.LEADER, Side.SYSTEM})
    return bool(sides & {Side.CENTRE, Side.LEADER, Side.SYSTEM})


def step(
    flow: TicketFlow,
    action: TicketAction,
    at: datetime,
    sides: frozenset[Side],
    department_id: str | None = None,
) -> TicketFlow:
    """Return the ticket after a step. Raises `NotNow`, `NotYours`."""
    state = TRANSITIONS.get((flow.state, action))
    if state is None:
        raise NotNow(flow.state, action)
    if action not in possible(flow.state, sides):
        raise NotYours(flow.state, action)
    if action in DEPARTMENT_NEEDED:
        assert department_id, "the caller asks for the department first"
        return _moved(
            replace(flow, department_id=department_id, reassigned=flow.reassigned + (action is _A.REASSIGN)),
            state,
            at,
        )
    match action:
        case TicketAction.RETURN:
            flow = replace(flow, returned=flow.returned + 1, department_id=None)
        case TicketAction.URGE:
            flow = replace(flow, urged=flow.urged + 1)
        case TicketAction.ESCALATE:
            flow = replace(flow, level=flow.level + 1)
        case TicketAction.SUPERVISE:
            flow = replace(flow, supervised=True)
        case TicketAction.REOPEN:
            return replace(
                flow, state=state, round=flow.round + 1, department_id=None, clock=TicketClock(started_at=at)
            )
        case _:
            pass
    return _moved(flow, state, at)


def _moved(flow: TicketFlow, state: TicketState, at: datetime) -> TicketFlow:
    """Into the state, with the clock paused, running or stopped as the state wants it."""
    clock = flow.clock
    if state in DONE:
        clock = clock.stopped(at)
    elif state in PAUSED:
        clock = clock.paused(at)
    else:
        clock = clock.resumed(at)
    return replace(flow, state=state, clock=clock)
