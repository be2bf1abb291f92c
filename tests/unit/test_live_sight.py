"""Who sees what of the live view, and that it is written out once for all who see the same."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from hotline.core.events import AgentState, Direction, Role
from hotline.core.ids import AgentId, AuthorityId, CallId, LegId
from hotline.features.live.encoding import LiveEncoder
from hotline.features.live.sight import Level, Sight, within
from hotline.ports.call_control import AgentView, CallView, LiveChange, LiveSnapshot, ParticipantView

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY, OTHER = AuthorityId("city"), AuthorityId("other")
FULL = Sight(None, Level.ALL)


def agent(name: str = "李婷", authority: AuthorityId = CITY) -> AgentView:
    return AgentView(
        agent_id=AgentId("a1"), authority_id=authority, number="1001", name=name, state=AgentState.READY, reason="",
        since=AT, until=None, next_state=None, device_id=None, device_registered=True, call_id=CallId("c1"),
        queue_id=None, queues=(), signed_in_at=AT, mobile="13800138000", forwarding_to="01088889999",
    )  # fmt: skip


def call(direction: Direction = Direction.INBOUND) -> CallView:
    outside = ParticipantView(leg_id=LegId("l1"), role=Role.MEMBER, up=True, since=AT, number="13900139000")
    return CallView(
        call_id=CallId("c1"), authority_id=CITY, direction=direction, phase="talking", since=AT, started_at=AT,
        ani="13800138000", dnis="01084000000", hotline_id=None, queue_id=None, agent_id=None, talk_id=None,
        participants=(outside,), offered_number="13700137000", caller_name="王芳",
    )  # fmt: skip


def change(seq: int = 7) -> LiveChange:
    return LiveChange(seq=seq, at=AT, engine_up=True, agents=(agent(),), calls=(call(),))


@pytest.mark.req("ADM-1")
def test_views_of_other_authorities_are_left_out_and_the_seq_is_kept() -> None:
    mixed = LiveChange(seq=7, at=AT, engine_up=True, agents=(agent(), agent(authority=OTHER)))
    seen = within(mixed, Sight(frozenset({OTHER}), Level.ALL))
    assert (seen.seq, [view.authority_id for view in seen.agents]) == (7, [OTHER])


@pytest.mark.req("ADM-4")
def test_whoever_may_not_read_the_call_list_sees_numbers_masked() -> None:
    seen = within(change(), Sight(None, Level.MASKED))
    text = orjson.dumps(seen).decode()
    for number in ("13800138000", "13900139000", "13700137000", "01088889999", "王芳"):
        assert number not in text
    assert seen.calls[0].ani == "138****8000"
    assert seen.calls[0].dnis == "01084000000", "our own number is no secret"
    outbound = within(
        LiveChange(seq=8, at=AT, engine_up=True, calls=(call(Direction.OUTBOUND),)), Sight(None, Level.MASKED)
    )
    assert outbound.calls[0].dnis == "010****0000"


@pytest.mark.req("SUP-3", "ADM-4")
def test_a_wall_board_shows_neither_calls_nor_names() -> None:
    seen = within(change(), Sight(None, Level.WALL))
    text = orjson.dumps(seen).decode()
    assert "138" not in text
    assert "婷" not in text
    assert seen.calls == ()
    assert seen.agents[0].name == "李*"


def test_equal_sights_share_one_text_and_others_get_their_own() -> None:
    encoder = LiveEncoder()
    again = Sight(None, Level.ALL)
    assert encoder.change(change(), FULL) is encoder.change(change(), again)
    assert encoder.change(change(), Sight(None, Level.WALL)) != encoder.change(change(), FULL)
    burst = encoder.burst((change(7), change(8)), FULL)
    assert burst is encoder.burst((change(7), change(8)), again)
    assert [one["seq"] for one in orjson.loads(burst)["changes"]] == [7, 8]


def test_a_snapshot_is_shared_for_a_moment_only() -> None:
    encoder = LiveEncoder()
    snapshot = LiveSnapshot(seq=7, at=AT, engine_up=True, agents=(agent(),), queues=(), calls=(), trunks=())
    text = encoder.snapshot(snapshot, FULL)
    assert orjson.loads(text)["live"]["seq"] == 7
    assert encoder.known_snapshot(FULL, AT + timedelta(milliseconds=400)) == (7, text)
    assert encoder.known_snapshot(FULL, AT + timedelta(milliseconds=600)) is None
    assert encoder.known_snapshot(Sight(None, Level.WALL), AT) is None
