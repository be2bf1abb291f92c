"""The simulated site: one hotline with a menu, three queues and their agents; or one bare queue for Erlang's models."""

import json
from typing import Any

from hotline.core.ids import AgentId, AuthorityId, DeviceId, FlowId, HotlineId, PromptKey, QueueId, TrunkId
from hotline.core.site import (
    AgentProfile,
    CallerKind,
    CallForwarding,
    FlowDocument,
    ForwardWhen,
    Grade,
    Hotline,
    KnownCaller,
    Membership,
    Overflow,
    OverflowTo,
    Prompt,
    Queue,
    Site,
    Strategy,
    Survey,
    Trunk,
)
from hotline.simulation.plan import Plan

AUTHORITY = AuthorityId("city")
NUMBER = "01084000000"
DUTY_NUMBER = "13900009999"
REGULARS = tuple(f"1370000{n:04d}" for n in range(60))
"""Numbers that call again and again."""
_PROMPTS_MS = {
    "welcome": 3_000,
    "menu": 9_000,
    "invalid_key": 2_500,
    "no_input": 2_500,
    "transferring": 2_500,
    "queue_waiting": 4_000,
    "position_before": 900,
    "position_after": 900,
    "position_next": 2_500,
    "all_lines_busy": 4_000,
    "voicemail_instruction": 6_000,
    "voicemail_thanks": 3_000,
    "beep": 400,
    "answer_ask": 6_000,
    "answer_searching": 2_000,
    "answer_helped": 7_000,
    "answer_unclear": 7_000,
    "self_service": 8_000,
    "goodbye": 2_000,
    "connection_interrupted": 4_000,
    "survey_ask": 5_000,
    "survey_thanks": 2_000,
    "survey_invalid": 2_000,
    "system_error": 4_000,
    "ringback": 5_000,
    "wait_before": 1_000,
    "wait_under_minute": 2_000,
    "wait_long": 2_500,
    "say_minutes": 400,
    "queue_callback_offer": 5_000,
    "queue_voicemail_offer": 2_000,
    "callback_number_before": 1_500,
    "callback_confirm_keys": 4_000,
    "callback_enter_number": 4_000,
    "callback_number_invalid": 2_000,
    "callback_thanks": 3_000,
    "press_one": 2_500,
    "agent_number_before": 800,
    "agent_number_after": 800,
    "say_yao": 400,
    "say_pause": 200,
    "music": 60_000,
}
_QUEUES = ("realestate", "social", "operator")


def day_flow(*, questions: bool = False) -> dict[str, Any]:
    """Return the flow of the simulated hotline: welcome, menu, queues, self service, voicemail; first a smart answer, if wanted."""
    queues = {
        name: {"kind": "queue", "queue": name, "prompts": ["transferring"], "priority": priority}
        for name, priority in zip(_QUEUES, (0, 0, 1), strict=True)
    }
    nodes = {
        "welcome": {"kind": "play", "prompts": ["welcome"], "next": "menu"},
        "menu": {
            "kind": "menu",
            "prompts": ["menu"],
            "choices": {
                "1": {"label": "realestate", "next": "realestate"},
                "2": {"label": "social", "next": "social"},
                "3": {"label": "self service", "next": "served"},
                "0": {"label": "operator", "next": "operator"},
                "9": {"label": "again", "next": "menu"},
                "*": {"label": "message", "next": "message"},
            },
            "invalid": ["invalid_key"],
            "no_input": ["no_input"],
            "on_failure": "operator",
        },
        "served": {"kind": "play", "prompts": ["self_service"], "served": "progress", "next": "bye"},
        "bye": {"kind": "hangup", "prompts": ["goodbye"]},
        "message": {"kind": "voicemail", "prompts": ["voicemail_instruction"], "max_s": 60},
        **queues,
    }
    if questions:
        nodes["answer"] = {"kind": "answer", "solved": "bye", "agent": "menu", "failed": "menu"}
        nodes["welcome"] = {**nodes["welcome"], "next": "answer"}
    return {"format": 1, "start": "welcome", "nodes": nodes}


def make_site(plan: Plan) -> Site:
    """Make the site that the plan asks for."""
    return _day(plan) if plan.model == "day" else _bare(plan)


def _prompts() -> tuple[Prompt, ...]:
    words = [f"say_{word}" for word in (*range(10), "ten", "hundred", "thousand", "liang", "people")]
    lengths = {**_PROMPTS_MS, **dict.fromkeys(words, 400)}
    return tuple(
        Prompt(key=PromptKey(key), path=f"prompts/{key}.wav", duration_ms=ms) for key, ms in lengths.items()
    )


def _agents(plan: Plan, memberships: tuple[tuple[Membership, ...], ...]) -> tuple[AgentProfile, ...]:
    return tuple(
        AgentProfile(
            id=AgentId(f"a{n}"),
            authority_id=AUTHORITY,
            number=str(1001 + n),
            name=f"Agent {n}",
            queues=memberships[n % len(memberships)],
            devices=(DeviceId(f"{1001 + n}-web"),),
            mobile=f"139{n:08d}" if _at_mobile_seat(plan, n) else "",
            forwarding=_forwarding(plan, n),
        )
        for n in range(plan.agents)
    )


def _at_mobile_seat(plan: Plan, n: int) -> bool:
    """Spread the mobile seats evenly over the agents."""
    return plan.model == "day" and int((n + 1) * plan.mobile) > int(n * plan.mobile)


def _forwarding(plan: Plan, n: int) -> CallForwarding | None:
    """Let every fourth agent's calls go to the next one when nobody answers, and some in a circle."""
    if plan.model != "day" or n % 4:
        return None
    when = (ForwardWhen.NO_ANSWER, ForwardWhen.BUSY, ForwardWhen.ALWAYS)[n // 4 % 3]
    return CallForwarding(when=when, to=str(1001 + (n + 4) % plan.agents))


def _day(plan: Plan) -> Site:
    def queue(name: str, strategy: Strategy, **settings: Any) -> Queue:
        return Queue(
            id=QueueId(name),
            authority_id=AUTHORITY,
            name=name,
            number=f"7{_QUEUES.index(name)}",
            strategy=strategy,
            wrap_up_s=plan.wrap_up_s,
            announce_wait=True,
            **settings,
        )

    to_operator = Overflow(to=OverflowTo.QUEUE, queue_id=QueueId("operator"))
    queues = (
        queue(
            "realestate",
            Strategy.LONGEST_IDLE,
            max_wait_s=240.0,
            overflow=to_operator,
            callback_key="1",
            voicemail_key="2",
            announce_agent=True,
        ),
        queue(
            "social",
            Strategy.FEWEST_CALLS,
            max_length=30,
            overflow=to_operator,
            last_agent_wait_s=15.0,
            priority_per_minute=1,
            callback_key="1",
        ),
        queue(
            "operator",
            Strategy.ROUND_ROBIN,
            max_wait_s=300.0,
            no_agent_overflow=True,
            overflow=Overflow(to=OverflowTo.DUTY),
            widen_after_s=8.0,
        ),
    )
    both = (
        (Membership(queue_id=QueueId("realestate")), Membership(queue_id=QueueId("operator"), level=2)),
        (Membership(queue_id=QueueId("social")), Membership(queue_id=QueueId("operator"), level=3)),
        (Membership(queue_id=QueueId("operator")),),
    )
    survey = Survey(
        ask=PromptKey("survey_ask"),
        thanks=PromptKey("survey_thanks"),
        invalid=PromptKey("survey_invalid"),
        grades=tuple(Grade(key=str(n), grade=n, label=str(n), satisfied=n < 3) for n in (1, 2, 3)),
    )
    return _site(
        plan, queues, _agents(plan, both), day_flow(questions=plan.questions), survey, recording=True
    )


def _bare(plan: Plan) -> Site:
    """One queue without prompts, ring time or after-call work: M/M/n, or M/M/n+M with patience."""
    queue = Queue(
        id=QueueId("only"),
        authority_id=AUTHORITY,
        name="only",
        number="70",
        wrap_up_s=0.0,
        message=None,
        message_every_s=0.0,
        announce_position=False,
        survey=False,
    )
    flow = {"format": 1, "start": "queue", "nodes": {"queue": {"kind": "queue", "queue": "only"}}}
    agents = _agents(plan, ((Membership(queue_id=queue.id),),))
    return _site(plan, (queue,), agents, flow, None, recording=False)


def _site(
    plan: Plan,
    queues: tuple[Queue, ...],
    agents: tuple[AgentProfile, ...],
    flow: dict[str, Any],
    survey: Survey | None,
    *,
    recording: bool,
) -> Site:
    trunk = Trunk(id=TrunkId("trunk"), authority_id=AUTHORITY, name="trunk", max_calls=plan.max_calls)
    second = Trunk(id=TrunkId("second"), authority_id=AUTHORITY, name="second", max_calls=5, max_outbound=3)
    hotline = Hotline(
        id=HotlineId("hotline"),
        authority_id=AUTHORITY,
        number=NUMBER,
        name="hotline",
        flow_id=FlowId("flow"),
        survey=survey,
        outbound_trunk_id=trunk.id,
        recording=recording,
        further_trunk_ids=(second.id,),
        duty_number=DUTY_NUMBER,
    )
    document = FlowDocument(
        id=FlowId("flow"), authority_id=AUTHORITY, name="flow", version=1, json=json.dumps(flow)
    )
    return Site(
        authority_id=AUTHORITY,
        hotlines=(hotline,),
        queues=queues,
        agents=agents,
        flows=(document,),
        prompts=_prompts(),
        trunks=(trunk, second),
        known_callers=tuple(
            KnownCaller(number=number, kind=CallerKind.VIP, priority=5) for number in REGULARS[:6]
        ),
        max_calls=plan.max_calls,
    )
