"""The switch port's contract, on the fake, on the embedded engine, and on the embedded engine over the control line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.adapters.fake_switch import ScriptedPhone
from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId
from hotline.core.switching import (
    Answer,
    Bridge,
    Bridged,
    CommandFailed,
    DeviceRegistered,
    DigitPressed,
    EngineUp,
    HangUp,
    HangUpBy,
    HangUpCause,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegKind,
    LegRinging,
    LegState,
    Originate,
    Play,
    PlayDone,
    RecordingDone,
    Reject,
    Ring,
    StartRecording,
    StopPlay,
    StopRecording,
    ToDevice,
    Unbridge,
    Unbridged,
)
from tests.contract.stages import PHONE, STAGES, Stage
from tests.peers.switch_desk import NUMBER

AGENT = LegId("agent-leg")
PLAY = PlayId("play")
RECORDING = RecordingId("recording")


@pytest.fixture(params=list(STAGES))
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with STAGES[request.param](tmp_path) as stage:
        yield stage


async def answered_call(stage: Stage) -> LegId:
    leg_id = await stage.call_in()
    await stage.do(Answer(leg_id=leg_id))
    await stage.wait(LegAnswered, leg_id=leg_id)
    return leg_id


def originate(leg_id: LegId = AGENT, device_id: DeviceId = PHONE) -> Originate:
    return Originate(
        leg_id=leg_id, to=ToDevice(device_id=device_id), shown_number="13800138000", timeout_s=10
    )


async def talking(stage: Stage) -> LegId:
    """A citizen and the telephone, bridged."""
    citizen = await answered_call(stage)
    await stage.people.register(ScriptedPhone.ANSWERS)
    await stage.wait(DeviceRegistered, device_id=PHONE)
    await stage.do(originate())
    await stage.wait(LegAnswered, leg_id=AGENT)
    await stage.do(Bridge(leg_id=citizen, peer_id=AGENT))
    await stage.wait(Bridged)
    return citizen


async def test_the_engine_says_first_that_it_is_up(stage: Stage) -> None:
    await stage.wait(EngineUp)
    assert isinstance(stage.events[0], EngineUp)


async def test_an_incoming_call_is_reported_with_numbers_and_waits(stage: Stage) -> None:
    leg_id = await stage.call_in()
    event = stage.of(LegIncoming)[0]
    assert (event.kind, event.ani, event.dnis) == (LegKind.TRUNK, "13800138000", NUMBER)
    (view,) = (await stage.switch.snapshot()).legs
    assert (view.leg_id, view.state) == (leg_id, LegState.INCOMING)


async def test_a_call_is_rung_and_answered_once_however_often_it_is_said(stage: Stage) -> None:
    leg_id = await stage.call_in()
    await stage.do(Ring(leg_id=leg_id), Answer(leg_id=leg_id), Answer(leg_id=leg_id))
    await stage.wait(LegAnswered, leg_id=leg_id)
    await stage.settled()
    assert len(stage.of(LegAnswered, leg_id=leg_id)) == 1


async def test_a_rejected_call_ends_once(stage: Stage) -> None:
    leg_id = await stage.call_in()
    await stage.do(Reject(leg_id=leg_id, sip_status=486))
    await stage.wait(LegHungUp, leg_id=leg_id)
    await stage.settled()
    assert len(stage.of(LegHungUp, leg_id=leg_id)) == 1
    assert not (await stage.switch.snapshot()).legs


async def test_a_hang_up_is_reported_once_and_says_that_we_did_it(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    await stage.do(HangUp(leg_id=leg_id))
    ended = await stage.wait(LegHungUp, leg_id=leg_id)
    assert ended.by is HangUpBy.LOCAL
    await stage.settled()
    assert len(stage.of(LegHungUp)) == 1


async def test_the_citizen_hangs_up(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    await stage.people.citizen_hangs_up()
    ended = await stage.wait(LegHungUp, leg_id=leg_id)
    assert (ended.by, ended.cause) == (HangUpBy.REMOTE, HangUpCause.NORMAL)


async def test_a_command_on_a_leg_that_is_gone_fails_and_does_nothing_else(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    await stage.do(HangUp(leg_id=leg_id))
    await stage.wait(LegHungUp, leg_id=leg_id)
    before = len(stage.events)
    await stage.do(Play(leg_id=leg_id, play_id=PLAY, sounds=("long.wav",)))
    failed = await stage.wait(CommandFailed, leg_id=leg_id)
    assert failed.code == "no_such_leg"
    await stage.settled()
    assert len(stage.events) == before + 1


async def test_a_stopped_play_is_done_once_and_not_finished(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    play = Play(leg_id=leg_id, play_id=PLAY, sounds=("long.wav",))
    await stage.do(play, play, StopPlay(leg_id=leg_id), StopPlay(leg_id=leg_id))
    done = await stage.wait(PlayDone, leg_id=leg_id)
    assert (done.play_id, done.finished) == (PLAY, False)
    await stage.settled()
    assert len(stage.of(PlayDone)) == 1


async def test_a_play_that_is_replaced_or_hung_up_is_done_too(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    await stage.do(Play(leg_id=leg_id, play_id=PLAY, sounds=("long.wav",)))
    await stage.do(Play(leg_id=leg_id, play_id=PlayId("second"), sounds=("long.wav",), repeat=0))
    await stage.wait(PlayDone, play_id=PLAY)
    await stage.do(HangUp(leg_id=leg_id))
    await stage.wait(LegHungUp, leg_id=leg_id)
    done = await stage.wait(PlayDone, play_id=PlayId("second"))
    assert not done.finished
    assert len(stage.of(PlayDone)) == 2


async def test_a_digit_is_reported_once_and_stops_a_play_that_asks_for_it(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    await stage.do(Play(leg_id=leg_id, play_id=PLAY, sounds=("long.wav",), stop_on_digit=True))
    await stage.people.citizen_presses("5")
    pressed = await stage.wait(DigitPressed, leg_id=leg_id)
    assert pressed.digit == "5"
    assert not (await stage.wait(PlayDone, play_id=PLAY)).finished
    await stage.settled()
    assert len(stage.of(DigitPressed)) == 1


async def test_a_telephone_rings_answers_and_is_bridged_and_both_ends_are_told_of(stage: Stage) -> None:
    citizen = await talking(stage)
    assert stage.of(LegRinging, leg_id=AGENT)
    views = {view.leg_id: view for view in (await stage.switch.snapshot()).legs}
    assert (views[citizen].peer_id, views[AGENT].peer_id) == (AGENT, citizen)
    assert views[AGENT].device_id == PHONE
    await stage.people.phone_hangs_up()
    ended = await stage.wait(LegHungUp, leg_id=AGENT)
    assert ended.by is HangUpBy.REMOTE
    await stage.wait(Unbridged)
    assert [view.leg_id for view in (await stage.switch.snapshot()).legs] == [citizen]


async def test_parted_legs_stay_up(stage: Stage) -> None:
    citizen = await talking(stage)
    await stage.do(Unbridge(leg_id=citizen), Unbridge(leg_id=citizen))
    await stage.wait(Unbridged)
    await stage.settled()
    assert len(stage.of(Unbridged)) == 1
    assert all(view.peer_id is None for view in (await stage.switch.snapshot()).legs)


async def test_the_same_originate_twice_is_one_leg(stage: Stage) -> None:
    await stage.people.register(ScriptedPhone.RINGS)
    await stage.wait(DeviceRegistered, device_id=PHONE)
    await stage.do(originate(), originate())
    await stage.wait(LegRinging, leg_id=AGENT)
    assert len((await stage.switch.snapshot()).legs) == 1
    await stage.do(HangUp(leg_id=AGENT))
    await stage.wait(LegHungUp, leg_id=AGENT)


async def test_a_busy_telephone_and_one_that_is_not_there_end_with_their_cause(stage: Stage) -> None:
    await stage.do(originate(LegId("nobody"), DeviceId("1002")))
    assert (await stage.wait(LegHungUp, leg_id=LegId("nobody"))).cause is HangUpCause.UNREACHABLE
    await stage.people.register(ScriptedPhone.IS_BUSY)
    await stage.wait(DeviceRegistered, device_id=PHONE)
    await stage.do(originate())
    assert (await stage.wait(LegHungUp, leg_id=AGENT)).cause is HangUpCause.BUSY


async def test_every_recording_is_done_once_by_stop_or_by_hang_up(stage: Stage) -> None:
    leg_id = await answered_call(stage)
    start = StartRecording(recording_id=RECORDING, leg_id=leg_id, path="recordings/one.wav")
    await stage.do(start, start, StopRecording(recording_id=RECORDING), StopRecording(recording_id=RECORDING))
    done = await stage.wait(RecordingDone, recording_id=RECORDING)
    assert (done.path, done.error) == ("recordings/one.wav", "")
    second = RecordingId("second")
    await stage.do(StartRecording(recording_id=second, leg_id=leg_id, path="recordings/two.wav"))
    await stage.do(HangUp(leg_id=leg_id))
    await stage.wait(RecordingDone, recording_id=second)
    await stage.settled()
    assert len(stage.of(RecordingDone)) == 2


async def test_events_of_a_leg_arrive_in_order(stage: Stage) -> None:
    citizen = await talking(stage)
    await stage.people.citizen_hangs_up()
    await stage.wait(LegHungUp, leg_id=citizen)
    kinds = [type(event).__name__ for event in stage.events if getattr(event, "leg_id", None) == citizen]
    assert kinds[0] == "LegIncoming"
    assert kinds[-1] == "LegHungUp"
    assert kinds.index("LegIncoming") < kinds.index("LegAnswered") < kinds.index("Bridged")
