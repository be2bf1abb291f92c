"""What people ask of the centre: the verbs of the desk. Each is carried out or refused with a stable code."""

from dataclasses import dataclass
from datetime import datetime

from hotline.core.events import AgentState, Role, TargetKind
from hotline.core.ids import AgentId, AuthorityId, CallId, DeviceId, HotlineId, LegId, QueueId
from hotline.core.site import Grade


class Refused(Exception):
    """The request cannot be carried out now. Codes are stable and translated on screen.

    not_signed_in, already_signed_in, no_device (the device is not registered), no_such_call, not_your_call, wrong_state,
    agent_busy (a colleague is), you_are_busy (who asks is), no_such_number, not_allowed, answer_on_phone, engine_down,
    line_full, reason_needed, no_leader (none is free), already_taken (a colleague was quicker), no_such_party,
    daily_limit (too many calls out today), number_barred, closed_hours,
    no_hotline (the organisation has none with a trunk to call out over).
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Base of all requests: who asks and when."""

    at: datetime
    agent_id: AgentId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Request):
    """Take part with this device (which must be registered at the switch)."""

    device_id: DeviceId
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut(Request):
    """Leave; refused (wrong_state) while in a call. After a talk, after-call work is ended first."""

    why: str = "self"
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetState(Request):
    """Go ready, busy or rest. During a call it is remembered and takes effect after it. Busy needs a reason."""

    state: AgentState
    reason: str = ""
    by: AgentId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCall(Request):
    """Call a number outside (or a colleague's agent number) through the agent's own device."""

    to: str
    hotline_id: HotlineId | None = None
    queue_id: QueueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCall(Request):
    """Pick up what rings. A desk phone must be picked up by hand: refused with answer_on_phone."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpCall(Request):
    """End the agent's part; the citizen goes on to the survey if there is one. While ringing: refuse the offer."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldCall(Request):
    """Put the citizen on hold."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveCall(Request):
    """Take the citizen back."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteCall(Request):
    """Close or open the agent's microphone at the switch."""

    call_id: CallId
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDigitsOnCall(Request):
    """Send DTMF to the other party."""

    call_id: CallId
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishWrapUp(Request):
    """End after-call work now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReattachDevice(Request):
    """The desk was reloaded in the middle of a call: ring the agent's device again, let it pick up by itself, join the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRecordingOfCall(Request):
    """Pause or resume recording for sensitive data."""

    call_id: CallId
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseCall(Request):
    """A leader ends a call by force (强拆). `agent_id` is the leader."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call is to go. `value`: work number, queue id, digits, flow id ("" = the hotline's own); "" for survey and leader."""

    kind: TargetKind
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCall(Request):
    """Blind transfer (转接) of the agent's talk: the agent is out at once.

    When the target does not answer, the call comes back to the agent, or to the head of the queue it came from.
    """

    call_id: CallId
    to: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultCall(Request):
    """Ask somebody (agent, leader, number outside) while the citizen hears music (咨询)."""

    call_id: CallId
    to: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteConsult(Request):
    """Attended transfer: the consulted party gets the citizen, the agent leaves (转接完成)."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelConsult(Request):
    """Let the consulted party go and take the citizen back (取消咨询)."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference(Request):
    """Join the citizen and the consulted party with the agent; with `to`: call a further member in (三方/会议)."""

    call_id: CallId
    to: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropParticipant(Request):
    """Put a member out of the conference. The lead agent may, and a leader (`by_leader`)."""

    call_id: CallId
    leg_id: LegId
    by_leader: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteParticipant(Request):
    """Close or open the microphone of a member of the conference."""

    call_id: CallId
    leg_id: LegId
    muted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUp(Request):
    """Take over what rings at a colleague or waits (代答). Without `call_id`: what has rung longest in the agent's queues."""

    call_id: CallId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceNumber(Request):
    """Let both sides hear the agent's work number (报工号)."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervise(Request):
    """A leader listens in (monitor), speaks to the agent only (whisper) or to both (barge); repeated: changes the role.

    The leader's telephone picks up by itself. `agent_id` is the leader, who need not be signed in.
    """

    call_id: CallId
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class InterceptCall(Request):
    """A leader who is signed in takes a talk over (拦截): the agent is out, the citizen talks to the leader."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCall(Request):
    """A participant (leader, consulted, member) leaves; for others the call goes on."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettled:
    """The application has sent the survey's SMS of a call that may be over, or could not (`why`)."""

    at: datetime
    authority_id: AuthorityId
    call_id: CallId
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAnswered:
    """A citizen rated on the page of the survey's SMS: one grade a question."""

    at: datetime
    authority_id: AuthorityId
    call_id: CallId
    grades: tuple[Grade, ...]
    served_by: AgentId | None
    queue_id: QueueId | None


Told = LinkSettled | LinkAnswered
"""What the application tells of calls that may be over: no agent asks."""

AnyRequest = (
    SignIn
    | SignOut
    | SetState
    | PlaceCall
    | AnswerCall
    | HangUpCall
    | HoldCall
    | RetrieveCall
    | MuteCall
    | SendDigitsOnCall
    | FinishWrapUp
    | ReattachDevice
    | PauseRecordingOfCall
    | ReleaseCall
    | TransferCall
    | ConsultCall
    | CompleteConsult
    | CancelConsult
    | Conference
    | DropParticipant
    | MuteParticipant
    | PickUp
    | AnnounceNumber
    | Supervise
    | InterceptCall
    | LeaveCall
    | Told
)
