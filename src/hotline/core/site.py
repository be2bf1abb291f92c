"""The site as its people have set it up: an immutable picture the core decides by. A change makes a new picture."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hotline.core.ids import (
    AgentId,
    AuthorityId,
    DeviceId,
    FlowId,
    HotlineId,
    HoursId,
    PromptKey,
    QueueId,
    TrunkId,
)

DEFAULT_MUSIC = PromptKey("music")
DEFAULT_MESSAGE = PromptKey("queue_waiting")


class Strategy(StrEnum):
    """Which ready agent gets the next call."""

    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"
    ROUND_ROBIN = "round_robin"
    SKILL_LEVEL = "skill_level"
    LINEAR = "linear"


class OverflowTo(StrEnum):
    """Where a visit goes that cannot stay."""

    NOWHERE = "nowhere"  # apology, then the call ends as overflow_lost
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    DUTY = "duty"  # the duty phone of the hotline, or the rule's own number


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """An overflow rule."""

    to: OverflowTo = OverflowTo.NOWHERE
    queue_id: QueueId | None = None
    number: str = ""
    """The duty phone to ring; "": the hotline's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue (座席组) and how it treats callers. Times in seconds; 0 means without limit."""

    id: QueueId
    authority_id: AuthorityId
    name: str
    number: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    ring_timeout_s: float = 20.0
    wrap_up_s: float = 30.0
    max_wait_s: float = 0.0
    max_length: int = 0
    no_agent_overflow: bool = False
    overflow: Overflow = field(default_factory=Overflow)
    music: PromptKey = DEFAULT_MUSIC
    message: PromptKey | None = DEFAULT_MESSAGE
    message_every_s: float = 30.0
    announce_position: bool = True
    base_priority: int = 0
    missed_limit: int = 3
    """So many offers missed in a row sign the agent out."""
    missed_pause_s: float = 5.0
    """How long the agent stays in `missed` before becoming ready again; 0: until they say so."""
    survey: bool = True
    announce_wait: bool = False
    """Speak the estimated wait (预计等待时间) with the position."""
    announce_agent: bool = False
    """Both sides hear the agent's work number (报工号) when they are connected."""
    callback_key: str = ""
    """The key that keeps the caller's place and calls back (虚拟排队); "": not offered."""
    voicemail_key: str = ""
    """The key that leaves a message instead of waiting."""
    callback_prompt: PromptKey | None = PromptKey("queue_callback_offer")
    last_agent_wait_s: float = 0.0
    """So long a caller waits for the agent who served them last, before anybody else is asked; 0: no preference."""
    widen_after_s: float = 0.0
    """Agents of skill level n are asked only after (n - 1) times this wait; 0: all at once."""
    priority_per_minute: int = 0
    """By so much the priority of a waiting caller grows each minute."""
    own_survey: "Survey | None" = None
    """Asked instead of the hotline's."""
    further_music: tuple[PromptKey, ...] = ()
    """Played after `music`, one after another, then from the beginning."""
    further_messages: tuple[PromptKey, ...] = ()
    """Told in turn with `message`: each time the next one."""


class CallerKind(StrEnum):
    """Class of a known caller."""

    VIP = "vip"
    CONTRACT = "contract"
    CARE = "care"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCaller:
    """A caller who is served with another priority (VIP 合同客户)."""

    number: str
    kind: CallerKind
    priority: int
    name: str = ""


class ForwardWhen(StrEnum):
    """When calls to an agent personally go elsewhere."""

    ALWAYS = "always"
    BUSY = "busy"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallForwarding:
    """Call forwarding (呼叫转移) of calls to the agent personally (internal, transferred); calls of queues are never forwarded.

    `to` is a colleague's work number or a number outside.
    """

    when: ForwardWhen
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRule:
    """Rewrite a number that begins with `prefix`: drop the first `strip` digits, put `prepend` before. The longest prefix wins."""

    prefix: str
    strip: int = 0
    prepend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRule:
    """Who may call numbers beginning with `prefix`, when and how often (toll-fraud protection). The longest prefix wins.

    `min_class` is the lowest call class of an agent that may; local minutes `from_min` to `until_min` (end exclusive) of each day;
    `daily_limit` calls per agent and local day, 0 without limit.
    """

    prefix: str
    allowed: bool = True
    min_class: int = 0
    from_min: int = 0
    until_min: int = 1440
    daily_limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """An agent in a queue with a skill level (1 best) and an order (for the linear strategy)."""

    queue_id: QueueId
    level: int = 1
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """An agent (座席). `number` is the work number (工号)."""

    id: AgentId
    authority_id: AuthorityId
    number: str
    name: str
    queues: tuple[Membership, ...] = ()
    devices: tuple[DeviceId, ...] = ()
    may_call_out: bool = True
    default_hotline_id: HotlineId | None = None
    mobile: str = ""
    """The number of the mobile seat (移动座席), whose device is `<number>-mobile`; "": none."""
    forwarding: CallForwarding | None = None
    leader: bool = False
    """Calls may be transferred to them as leader (转班长)."""
    call_class: int = 2
    """What they may dial (`OutboundRule.min_class`): 0 colleagues, 1 local, 2 the country, 3 the world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """One answer of the survey."""

    key: str
    grade: int
    label: str
    satisfied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondQuestion:
    """A further question of the survey. `only_unsatisfied`: asked only of who was not satisfied by the first."""

    ask: PromptKey
    grades: tuple[Grade, ...]
    only_unsatisfied: bool = False


class SurveyWay(StrEnum):
    """How callers are asked: in the call; by a link in an SMS after it; in the call, and by SMS who hangs up before answering."""

    SPOKEN = "spoken"
    LINK = "link"
    LINK_WHEN_MISSED = "link_when_missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLink:
    """The survey by SMS: the message, with `{link}` in it, and the words of the page; good for `valid_h` hours."""

    text: str
    question: str
    second: str
    thanks: str
    valid_h: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The satisfaction survey (服务评价) of a hotline, or of a queue that has its own."""

    ask: PromptKey
    thanks: PromptKey
    invalid: PromptKey | None
    grades: tuple[Grade, ...]
    timeout_s: float = 8.0
    retries: int = 1
    second: SecondQuestion | None = None
    way: SurveyWay = SurveyWay.SPOKEN
    link: SurveyLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """A service number (热线) and what a caller to it meets."""

    id: HotlineId
    authority_id: AuthorityId
    number: str
    name: str
    flow_id: FlowId
    hours_id: HoursId | None = None
    survey: Survey | None = None
    outbound_trunk_id: TrunkId | None = None
    recording: bool = True
    region: str = ""
    web_calls: bool = False
    """Whether citizens may call it from a browser."""
    further_trunk_ids: tuple[TrunkId, ...] = ()
    """Tried in order for calls out when `outbound_trunk_id` is full."""
    duty_number: str = ""
    """The duty phone (值班电话); "": none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What callers of these hotlines are told for a time (公告). `valid_until` None: until taken back."""

    prompt: PromptKey
    hotlines: frozenset[HotlineId]
    valid_from: datetime
    valid_until: datetime | None = None

    def in_force(self, hotline_id: HotlineId | None, at: datetime) -> bool:
        """Whether a caller of this hotline hears it at this moment."""
        begun = self.valid_from <= at and (self.valid_until is None or at < self.valid_until)
        return begun and hotline_id in self.hotlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Open from `start` to `end` (minutes of the local day, end exclusive, 1440 = midnight)."""

    start_min: int
    end_min: int


class DayOrigin(StrEnum):
    """Who says that a date is special."""

    OWN = "special_day"  # the site's own people
    HOLIDAY = "holiday"  # the national calendar: a public holiday (法定节假日)
    MAKE_UP = "make_up_workday"  # the national calendar: a weekend that is worked (调休上班)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A date (ISO) with its own periods: empty = closed all day. Holidays and make-up workdays are such days too."""

    day: str
    periods: tuple[Period, ...]
    note: str = ""
    origin: DayOrigin = DayOrigin.OWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Opening hours (工作时段). `override`: "" by the calendar, "open" or "closed" until `override_until` (None: until taken back)."""

    id: HoursId
    authority_id: AuthorityId
    name: str
    week: tuple[tuple[Period, ...], ...]
    """Seven entries, Monday first."""
    special: tuple[SpecialDay, ...] = ()
    """Wins over the week. National holidays and make-up workdays are filled in by the hours feature when the picture is made."""
    override: str = ""
    override_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt and its file, relative to the data folder."""

    key: PromptKey
    path: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A trunk (中继) as far as calls out need it; the engine's side is `switching.TrunkEntry`."""

    id: TrunkId
    authority_id: AuthorityId
    name: str
    max_calls: int
    inbound_rules: tuple[NumberRule, ...] = ()
    """For callers' numbers."""
    outbound_rules: tuple[NumberRule, ...] = ()
    """For numbers dialled."""
    max_outbound: int = 0
    """Channels that calls out may use; 0: all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A global parameter of flows (全局参数); `inherited_by` are the organisations in which this value counts."""

    key: str
    kind: str
    value: str
    inherited_by: frozenset[AuthorityId]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDocument:
    """A published flow as JSON text, parsed and checked by `core.flow`."""

    id: FlowId
    authority_id: AuthorityId
    name: str
    version: int
    json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything together. `authority_id` is the root organisation, to which calls for unknown numbers belong.

    `flows` may hold several versions of a flow: the newest is used for new calls, older ones while calls still run on them.
    `offset_min` is the local time's distance from UTC (China: 480, no summer time).
    """

    authority_id: AuthorityId
    hotlines: tuple[Hotline, ...] = ()
    queues: tuple[Queue, ...] = ()
    agents: tuple[AgentProfile, ...] = ()
    hours: tuple[Hours, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    flows: tuple[FlowDocument, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    blacklist: frozenset[str] = frozenset()
    offset_min: int = 480
    reattach_grace_s: float = 20.0
    max_calls: int = 60
    known_callers: tuple[KnownCaller, ...] = ()
    outbound_rules: tuple[OutboundRule, ...] = ()
    """None matches: allowed, but for numbers that begin with 00 (abroad)."""
    transfer_ring_s: float = 25.0
    mobile_confirm: bool = True
    """Who picks up a mobile seat or the duty phone presses 1 first, so that no mailbox swallows a citizen."""
