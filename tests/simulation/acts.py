"""A history in which people also do by hand what the simulated ones never do."""

from dataclasses import replace
from itertools import count, cycle

from hotline.core import events as e
from hotline.core.ids import AgentId, LegId, QueueId, RecordingId

WHYS = ("self", "forced", "missed_calls", "device_lost", "session_ended", "system")
LEADER = AgentId("a5")
TARGETS = (
    (e.TargetKind.AGENT, "1002"),
    (e.TargetKind.QUEUE, "operator"),
    (e.TargetKind.NUMBER, "01084000001"),
    (e.TargetKind.FLOW, "flow"),
    (e.TargetKind.SURVEY, ""),
    (e.TargetKind.LEADER, "1006"),
)
ALONE = {e.Role.MONITOR, e.Role.WHISPER, e.Role.BARGE, e.Role.INTERCEPT}


def by_hand(events: tuple[e.Event, ...]) -> tuple[e.Event, ...]:
    """Some talks get every verb, agents sign out for every reason, leaders change states, ratings name another agent and queue."""
    out: list[e.Event] = []
    talks, ratings, states, whys = count(), count(), count(), cycle(WHYS)
    signed_in: set[str] = set()
    for event in events:
        match event:
            case e.AgentSignedIn(agent_id=agent_id):
                if agent_id in signed_in and agent_id != LEADER:
                    why = next(whys)
                    by = LEADER if why == "forced" else None
                    out.append(
                        e.AgentSignedOut(
                            at=event.at, authority_id=event.authority_id, agent_id=agent_id, why=why, by=by
                        )
                    )
                signed_in.add(agent_id)
                out.append(replace(event, address=f"10.0.0.{len(out) % 200}"))
            case e.AgentStateChanged() if next(states) % 9 == 0:
                out.append(replace(event, by=LEADER))
            case e.SurveyAnswered() if next(ratings) % 3 == 0:
                out.append(replace(event, agent_id=AgentId("a2"), queue_id=QueueId("operator")))
            case e.TalkStarted() if next(talks) % 20 == 0:
                out += [event, *_verbs(event)]
            case _:
                out.append(event)
    return tuple(out)


def _verbs(talk: e.TalkStarted) -> list[e.Event]:
    of = {"at": talk.at, "authority_id": talk.authority_id, "call_id": talk.call_id}
    agent = talk.agent_id
    verbs: list[e.Event] = [
        e.TalkMuted(**of, talk_id=talk.talk_id, agent_id=agent, muted=muted) for muted in (True, False)
    ]
    verbs += [
        e.RecordingPaused(**of, recording_id=RecordingId("r"), agent_id=agent, paused=paused)
        for paused in (True, False)
    ]
    verbs += [e.TransferMade(**of, by=agent, kind=kind, to=to) for kind, to in TARGETS]
    verbs.append(e.TransferMade(**of, by=None, kind=e.TargetKind.QUEUE, to="social"))
    for role in e.Role:
        by, whom = (LEADER, LEADER) if role in ALONE else (agent, AgentId("a1"))
        verbs.append(e.ParticipantInvited(**of, leg_id=LegId("l"), role=role, by=by, agent_id=whom))
    verbs.append(
        e.ParticipantInvited(**of, leg_id=LegId("l"), role=e.Role.MEMBER, by=agent, number="13800000000")
    )
    return [*verbs, e.CallClassified(**of, by=agent, business_type="投诉")]
