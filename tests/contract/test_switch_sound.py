"""The switch port's contract for sound, on the engines that have any: who hears whom, music, prompts over a talk, rooms, recordings.

Everybody hums a tone of their own (`tests.e2e.tones`); prompts and music hum with the tone of 1003, who is never there.
"""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest

from hotline.adapters.fake_switch import ScriptedPhone
from hotline.adapters.sip_caller.conversation import Conversation
from hotline.adapters.sip_caller.phone import SipPhone
from hotline.core.ids import LegId, PlayId, RecordingId, RoomId
from hotline.core.switching import (
    Answer,
    Bridge,
    Bridged,
    CommandFailed,
    DeviceRegistered,
    HangUp,
    Hold,
    LegAnswered,
    LegHungUp,
    Mute,
    Originate,
    PauseRecording,
    Play,
    PlayDone,
    RecordingDone,
    RoomMember,
    SendDigits,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    ToDevice,
    Unbridge,
    Unbridged,
    Unhold,
)
from hotline.wire import wav
from hotline.wire.g711 import Law, decode
from tests.contract.stages import PHONE, STAGES, SipPeople, Stage
from tests.e2e.product import eventually
from tests.e2e.tones import PITCHES, hear, heard_now, hum, tone
from tests.peers.switch_desk import NUMBER

SOUNDING = [name for name in STAGES if name != "fake"]
MUSIC = "1003"
ROOM = RoomId("room/一")


class Crowd:
    """People on the line by name, each humming."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        assert isinstance(stage.people, SipPeople)
        self.stage = stage
        self.do = stage.do
        self._phones: list[SipPhone] = []
        self._people = stage.people
        self.legs: dict[str, LegId] = {}
        self.calls: dict[str, Conversation] = {}
        for name, seconds in (("music", 4.0), ("prompt", 30.0), ("word", 1.0)):
            audio = tone(PITCHES[MUSIC], seconds)
            (folder / f"{name}.wav").write_bytes(wav.g711_file(Law.ALAW, audio))

    async def join(self, *names: str) -> None:
        """Call in, one after another, and be answered."""
        for name in names:
            phone = self._people.another_phone()
            self._phones.append(phone)
            self.calls[name] = phone.call(NUMBER, shown="13800138000")
            leg_id = self.legs[name] = (await self.stage.wait_incoming(len(self.legs) + 1)).leg_id
            await self.do(Answer(leg_id=leg_id))
            await self.stage.wait(LegAnswered, leg_id=leg_id)
            await self.calls[name].answered.wait()
            hum(name, self.calls[name])

    async def talk(self, one: str, other: str) -> None:
        await self.do(Bridge(leg_id=self.legs[one], peer_id=self.legs[other]))

    async def meet(self, **hears: str) -> None:
        """Set the room: who hears whom, by name, with blanks between."""
        members = tuple(
            RoomMember(leg_id=self.legs[who], hears=tuple(self.legs[other] for other in others.split()))
            for who, others in ((name.removeprefix("n"), others) for name, others in hears.items())
        )
        await self.do(SetRoom(room_id=ROOM, members=members))

    async def hear(self, **wanted: str) -> None:
        """Wait until everybody hears exactly these."""
        await hear(self.calls, {name.removeprefix("n"): others for name, others in wanted.items()})

    async def close(self) -> None:
        for phone in self._phones:
            await phone.close()


async def becomes(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is heard."""

    async def look() -> bool:
        return condition()

    await eventually(look, what)


@pytest.fixture(params=SOUNDING)
async def crowd(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Crowd]:
    async with STAGES[request.param](tmp_path) as stage:
        crowd = Crowd(stage, tmp_path)
        yield crowd
        await crowd.close()


async def test_two_parties_hear_each_other_and_a_muted_one_only_hears(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001")
    await crowd.hear(citizen="", n1001="")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(Mute(leg_id=crowd.legs["1001"], muted=True))
    await crowd.hear(citizen="", n1001="citizen")
    await crowd.do(Mute(leg_id=crowd.legs["1001"], muted=False))
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(Unbridge(leg_id=crowd.legs["citizen"]))
    await crowd.hear(citizen="", n1001="")


async def test_on_hold_there_is_music_for_one_and_silence_for_the_other(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen")
    hold = Hold(leg_id=crowd.legs["citizen"], music=("music.wav",))
    await crowd.do(hold, hold)
    await crowd.hear(citizen=MUSIC, n1001="")
    view = next(v for v in (await crowd.stage.switch.snapshot()).legs if v.leg_id == crowd.legs["citizen"])
    assert (view.held, view.peer_id) == (True, crowd.legs["1001"])
    await crowd.do(Unhold(leg_id=crowd.legs["citizen"]))
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.stage.settled()
    assert len(crowd.stage.of(Bridged)) == 1
    assert not crowd.stage.of(Unbridged)


async def test_a_prompt_on_hold_interrupts_the_music(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001")
    await crowd.talk("citizen", "1001")
    citizen = crowd.legs["citizen"]
    await crowd.do(Hold(leg_id=citizen, music=("music.wav",)))
    await crowd.hear(citizen=MUSIC, n1001="")
    await crowd.do(Play(leg_id=citizen, play_id=PlayId("word"), sounds=("long.wav",)))  # silence
    await crowd.hear(citizen="", n1001="")
    await crowd.do(StopPlay(leg_id=citizen))
    assert not (await crowd.stage.wait(PlayDone, play_id=PlayId("word"))).finished
    await crowd.hear(citizen=MUSIC, n1001="")


async def test_a_consultation_leaves_the_citizen_with_music_and_ends_in_a_transfer(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001", "1002")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen", n1002="")
    await crowd.do(
        Hold(leg_id=crowd.legs["citizen"], music=("music.wav",)),
        Bridge(leg_id=crowd.legs["1001"], peer_id=crowd.legs["1002"]),
    )
    await crowd.hear(citizen=MUSIC, n1001="1002", n1002="1001")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen", n1002="")
    await crowd.do(
        Bridge(leg_id=crowd.legs["citizen"], peer_id=crowd.legs["1002"]), HangUp(leg_id=crowd.legs["1001"])
    )
    await crowd.stage.wait(LegHungUp, leg_id=crowd.legs["1001"])
    await crowd.hear(citizen="1002", n1002="citizen")


async def test_the_agent_hangs_up_while_the_citizen_is_on_hold(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001")
    await crowd.talk("citizen", "1001")
    await crowd.do(Hold(leg_id=crowd.legs["citizen"], music=("music.wav",)))
    await crowd.hear(citizen=MUSIC, n1001="")
    crowd.calls["1001"].hang_up()
    await crowd.stage.wait(LegHungUp, leg_id=crowd.legs["1001"])
    await crowd.stage.wait(Unbridged)
    await crowd.hear(citizen=MUSIC)
    await crowd.stage.settled()
    assert len(crowd.stage.of(Unbridged)) == 1


async def test_sounds_over_a_talk_replace_what_one_hears_and_the_other_hears_on(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen")
    citizen = crowd.legs["citizen"]
    await crowd.do(Play(leg_id=citizen, play_id=PlayId("over"), sounds=("prompt.wav",)))
    await crowd.hear(citizen=MUSIC, n1001="citizen")
    await crowd.do(StopPlay(leg_id=citizen))
    assert not (await crowd.stage.wait(PlayDone, play_id=PlayId("over"))).finished
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(Play(leg_id=citizen, play_id=PlayId("short"), sounds=("word.wav", "short.wav")))
    assert (await crowd.stage.wait(PlayDone, play_id=PlayId("short"))).finished
    await crowd.hear(citizen="1001", n1001="citizen")


async def test_a_sequence_runs_to_its_end_as_often_as_asked(crowd: Crowd) -> None:
    await crowd.join("citizen")
    citizen = crowd.legs["citizen"]
    await crowd.do(Play(leg_id=citizen, play_id=PlayId("twice"), sounds=("short.wav", "short.wav"), repeat=2))
    assert (await crowd.stage.wait(PlayDone, play_id=PlayId("twice"))).finished
    await crowd.do(Play(leg_id=citizen, play_id=PlayId("none"), sounds=("nothing.wav",)))
    assert (await crowd.stage.wait(CommandFailed, leg_id=citizen)).code == "no_file"
    assert not (await crowd.stage.wait(PlayDone, play_id=PlayId("none"))).finished
    await crowd.do(Play(leg_id=citizen, play_id=PlayId("ever"), sounds=("short.wav", "word.wav"), repeat=0))
    await crowd.hear(citizen=MUSIC)
    await crowd.do(StopPlay(leg_id=citizen))
    await crowd.stage.wait(PlayDone, play_id=PlayId("ever"))
    await crowd.hear(citizen="")


async def test_a_room_is_exactly_its_matrix(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001", "2001")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen", n2001="")
    # monitor, whisper, barge, and back to two
    await crowd.meet(citizen="1001", n1001="citizen", n2001="citizen 1001")
    await crowd.hear(citizen="1001", n1001="citizen", n2001="citizen 1001")
    await crowd.meet(citizen="1001", n1001="citizen 2001", n2001="citizen 1001")
    await crowd.hear(citizen="1001", n1001="citizen 2001", n2001="citizen 1001")
    await crowd.meet(citizen="1001 2001", n1001="citizen 2001", n2001="citizen 1001")
    await crowd.hear(citizen="1001 2001", n1001="citizen 2001", n2001="citizen 1001")
    await crowd.meet(citizen="1001", n1001="citizen", n2001="citizen 1001")
    await crowd.hear(citizen="1001", n1001="citizen", n2001="citizen 1001")
    await crowd.talk("citizen", "1001")
    await crowd.hear(citizen="1001", n1001="citizen", n2001="")
    await crowd.meet()
    await crowd.hear(citizen="1001", n1001="citizen", n2001="")


async def test_people_come_to_a_room_and_leave_it(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001", "1002", "outside")
    await crowd.meet(citizen="1001 1002", n1001="citizen 1002", n1002="citizen 1001")
    await crowd.hear(citizen="1001 1002", n1001="citizen 1002", n1002="citizen 1001", outside="")
    await crowd.meet(citizen="1001 outside", n1001="citizen outside", outside="citizen 1001")
    await crowd.hear(citizen="1001 outside", n1001="citizen outside", outside="citizen 1001", n1002="")
    crowd.calls["outside"].hang_up()
    await crowd.stage.wait(LegHungUp, leg_id=crowd.legs["outside"])
    await crowd.hear(citizen="1001", n1001="citizen", n1002="")
    await crowd.do(Mute(leg_id=crowd.legs["citizen"], muted=True))
    await crowd.hear(citizen="1001", n1001="", n1002="")


async def test_early_media_is_heard_before_the_answer(crowd: Crowd) -> None:
    phone = crowd._people.another_phone()
    call = phone.call(NUMBER, shown="13800138000")
    leg_id = (await crowd.stage.wait_incoming(1)).leg_id
    await crowd.do(Play(leg_id=leg_id, play_id=PlayId("early"), sounds=("music.wav",), repeat=0))
    await becomes(lambda: heard_now(call) == {MUSIC}, "early media")
    assert not call.answered.is_set()
    await crowd.do(Answer(leg_id=leg_id))
    await crowd.stage.wait(LegAnswered, leg_id=leg_id)
    await becomes(lambda: heard_now(call) == {MUSIC}, "the same sound after the answer")
    await phone.close()


async def test_keys_reach_the_far_end(crowd: Crowd) -> None:
    await crowd.join("citizen", "1001")
    await crowd.do(SendDigits(leg_id=crowd.legs["citizen"], digits="12#"))
    await becomes(lambda: crowd.calls["citizen"].audio.heard.digits == "12#", "the keys")
    await crowd.talk("citizen", "1001")
    await crowd.stage.wait(Bridged)
    crowd.calls["citizen"].audio.press("7")
    await becomes(lambda: crowd.calls["1001"].audio.heard.digits == "7", "the key of the citizen")


# ── Recordings ──────────────────────────────────────────────────────────────────────────────────────────────


def tracks(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Left and right of a recording, one row a quarter of a second, one column a pitch: whether it is heard."""
    read = wav.parse(file.read_bytes())
    assert (read.tag, read.channels, read.rate) == (wav.A_LAW, 2, 8000)
    sides = [
        np.frombuffer(decode(Law.ALAW, wav.channel(read, side).data), dtype="<i2").astype(float)
        for side in (0, 1)
    ]
    return _loud(sides[0]), _loud(sides[1])


def _loud(samples: np.ndarray) -> np.ndarray:
    window = 2000
    rows = [samples[at : at + window] for at in range(0, len(samples) - window + 1, window)]
    time = np.arange(window) / 8000
    waves = np.array([np.exp(-2j * np.pi * pitch * time) for pitch in PITCHES.values()])
    return np.array([np.abs(waves @ (row * np.hanning(window))) / window * 4 > 1500 for row in rows])


def heard_in(track: np.ndarray) -> set[str]:
    return {who for who, loud in zip(PITCHES, track.any(axis=0), strict=True) if loud}


async def test_a_recording_has_the_leg_left_and_people_right_through_transfers(
    crowd: Crowd, tmp_path: Path
) -> None:
    await crowd.join("citizen", "1001", "1002")
    citizen, recording = crowd.legs["citizen"], RecordingId("talk-1")
    await crowd.talk("citizen", "1001")
    await crowd.do(StartRecording(recording_id=recording, leg_id=citizen, path="recordings/2026/talk.wav"))
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(Hold(leg_id=citizen, music=("music.wav",)))
    await crowd.hear(citizen=MUSIC, n1001="")
    await crowd.talk("citizen", "1002")
    await crowd.hear(citizen="1002", n1002="citizen")
    await crowd.do(Unbridge(leg_id=citizen), Play(leg_id=citizen, play_id=PlayId("s"), sounds=("word.wav",)))
    await crowd.stage.wait(PlayDone, play_id=PlayId("s"))
    await crowd.meet(citizen="1001", n1001="citizen")
    await crowd.hear(citizen="1001", n1001="citizen")
    crowd.calls["citizen"].hang_up()
    done = await crowd.stage.wait(RecordingDone, recording_id=recording)
    file = tmp_path / done.path
    assert (done.path, done.error, done.size_bytes) == ("recordings/2026/talk.wav", "", file.stat().st_size)
    left, right = tracks(file)
    assert heard_in(left) == {"citizen"}
    assert heard_in(right) == {"1001", "1002"}, "neither music nor prompts"
    names = list(PITCHES)
    order = [names[int(row.argmax())] for row in right if row.any()]
    turns = [who for at, who in enumerate(order) if at == 0 or order[at - 1] != who]
    assert turns == ["1001", "1002", "1001"]
    assert left.any(axis=1).mean() > 0.8, "the citizen hummed all the time"


async def test_a_paused_recording_is_silent(crowd: Crowd, tmp_path: Path) -> None:
    await crowd.join("citizen", "1001")
    recording = RecordingId("pause-1")
    await crowd.talk("citizen", "1001")
    await crowd.do(
        StartRecording(recording_id=recording, leg_id=crowd.legs["citizen"], path="recordings/p.wav")
    )
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(PauseRecording(recording_id=recording, paused=True))
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(PauseRecording(recording_id=recording, paused=False))
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.do(StopRecording(recording_id=recording))
    done = await crowd.stage.wait(RecordingDone, recording_id=recording)
    for side in tracks(tmp_path / done.path):
        heard = [bool(frame.any()) for frame in side]
        changes = [now for at, now in enumerate(heard) if at == 0 or heard[at - 1] != now]
        assert changes[-3:] == [True, False, True], "speech, a pause, speech"
    assert not (tmp_path / "recordings/.parts").exists() or not any(
        (tmp_path / "recordings/.parts").iterdir()
    )


async def test_a_telephone_of_ours_talks_records_and_is_transferred(crowd: Crowd) -> None:
    await crowd.join("citizen")
    await crowd.stage.people.register(ScriptedPhone.ANSWERS)
    await crowd.stage.wait(DeviceRegistered, device_id=PHONE)
    agent = LegId("agent-leg")
    await crowd.do(
        Originate(
            leg_id=agent,
            to=ToDevice(device_id=PHONE),
            shown_number="13800138000",
            shown_name="张 三",
            timeout_s=10,
            near=crowd.legs["citizen"],
        )
    )
    await crowd.stage.wait(LegAnswered, leg_id=agent)
    crowd.calls["1001"] = crowd._people.rung[-1]
    hum("1001", crowd.calls["1001"])
    await crowd.do(Bridge(leg_id=crowd.legs["citizen"], peer_id=agent))
    await crowd.hear(citizen="1001", n1001="citizen")
    await crowd.join("1002")
    await crowd.talk("citizen", "1002")
    await crowd.hear(citizen="1002", n1002="citizen", n1001="")
