"""Short stories on a FreeSWITCH, told the same way when they are recorded (with real telephones) and when they are replayed.

The story gives commands and waits for events; `Far` acts for the far ends and does nothing in a replay, where the trace tells what they did.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from hotline.core.ids import DeviceId, LegId, PlayId, RecordingId, RoomId
from hotline.core.switching import (
    Answer,
    Bridge,
    Bridged,
    DeviceRegistered,
    DigitPressed,
    HangUp,
    Hold,
    LegAnswered,
    LegHungUp,
    LegIncoming,
    LegRinging,
    Mute,
    Originate,
    PauseRecording,
    Play,
    PlayDone,
    RecordingDone,
    Reject,
    Ring,
    RoomMember,
    SetRoom,
    StartRecording,
    StopPlay,
    StopRecording,
    ToDevice,
    Unbridge,
    Unbridged,
    Unhold,
)
from tests.contract.stages import Stage

AGENT = LegId("agent-leg")
PHONE = DeviceId("1001")


class Far(Protocol):
    """The far ends."""

    async def call_in(self) -> None: ...
    async def caller_hangs_up(self, number: int = 0) -> None: ...
    async def caller_presses(self, digit: str) -> None: ...
    async def register(self, answers: str) -> None: ...
    async def phone_answers(self) -> None: ...
    async def phone_hangs_up(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Teller:
    """Whom a story is told with."""

    stage: Stage
    far: Far

    async def caller(self, number: int = 1) -> LegId:
        """The n-th caller is there, answered."""
        await self.far.call_in()
        leg_id = (await self.stage.wait(LegIncoming, number)).leg_id
        await self.stage.do(Ring(leg_id=leg_id), Answer(leg_id=leg_id), Answer(leg_id=leg_id))
        await self.stage.wait(LegAnswered, leg_id=leg_id)
        return leg_id

    async def agent(self) -> None:
        """The telephone registers, rings and is answered."""
        await self.far.register("rings")
        await self.stage.wait(DeviceRegistered)
        call = Originate(leg_id=AGENT, to=ToDevice(device_id=PHONE), shown_number="13800138000", timeout_s=20)
        await self.stage.do(call, call)
        await self.stage.wait(LegRinging, leg_id=AGENT)
        await self.far.phone_answers()
        await self.stage.wait(LegAnswered, leg_id=AGENT)


async def talk(tell: Teller) -> None:
    """Menu, key, music, agent, talk on record, hold, the agent leaves, survey, the citizen leaves."""
    stage = tell.stage
    citizen = await tell.caller()
    menu = Play(leg_id=citizen, play_id=PlayId("menu"), sounds=("long.wav",), stop_on_digit=True)
    await stage.do(menu, menu)
    await tell.far.caller_presses("1")
    await stage.wait(DigitPressed)
    await stage.wait(PlayDone, play_id=PlayId("menu"))
    await stage.do(Play(leg_id=citizen, play_id=PlayId("music"), sounds=("long.wav", "short.wav"), repeat=0))
    await tell.agent()
    recording = RecordingId("talk")
    await stage.do(
        Bridge(leg_id=citizen, peer_id=AGENT),
        StartRecording(recording_id=recording, leg_id=citizen, path="recordings/talk.wav"),
    )
    await stage.wait(Bridged)
    await stage.do(Mute(leg_id=AGENT, muted=True), Mute(leg_id=AGENT, muted=False))
    await stage.do(Hold(leg_id=citizen, music=("long.wav",)), Unhold(leg_id=citizen))
    await stage.do(Play(leg_id=citizen, play_id=PlayId("number"), sounds=("short.wav",)))
    await stage.wait(PlayDone, play_id=PlayId("number"))
    await stage.do(PauseRecording(recording_id=recording, paused=True))
    await stage.settled()
    await tell.far.phone_hangs_up()
    await stage.wait(LegHungUp, leg_id=AGENT)
    await stage.wait(Unbridged)
    await stage.do(
        StopRecording(recording_id=recording),
        Play(leg_id=citizen, play_id=PlayId("survey"), sounds=("long.wav",)),
        Play(leg_id=citizen, play_id=PlayId("again"), sounds=("short.wav",)),
    )
    await stage.wait(PlayDone, play_id=PlayId("again"))
    await stage.wait(RecordingDone, recording_id=recording)
    await tell.far.caller_hangs_up()
    await stage.wait(LegHungUp, leg_id=citizen)


async def refusals(tell: Teller) -> None:
    """A call refused, one taken back, a telephone that is not there, one that is busy, one that is called off."""
    stage = tell.stage
    await tell.far.call_in()
    first = (await stage.wait(LegIncoming, 1)).leg_id
    await stage.do(Reject(leg_id=first, sip_status=486))
    await stage.wait(LegHungUp, leg_id=first)
    await tell.far.call_in()
    second = (await stage.wait(LegIncoming, 2)).leg_id
    await stage.do(Play(leg_id=second, play_id=PlayId("early"), sounds=("long.wav",)))
    await stage.settled()
    await tell.far.caller_hangs_up(1)
    await stage.wait(LegHungUp, leg_id=second)
    await stage.wait(PlayDone, play_id=PlayId("early"))
    await tell.far.register("busy")
    await stage.wait(DeviceRegistered)
    to = ToDevice(device_id=PHONE)
    await stage.do(Originate(leg_id=LegId("busy"), to=to, shown_number="1", timeout_s=20))
    await stage.wait(LegHungUp, leg_id=LegId("busy"))
    await tell.far.register("rings")
    await stage.wait(DeviceRegistered, 2)
    await stage.do(Originate(leg_id=LegId("off"), to=to, shown_number="1", timeout_s=20))
    await stage.wait(LegRinging, leg_id=LegId("off"))
    await stage.do(HangUp(leg_id=LegId("off")), HangUp(leg_id=LegId("off")))
    await stage.wait(LegHungUp, leg_id=LegId("off"))


async def room(tell: Teller) -> None:
    """Two talk, a third listens, whispers, takes part; then two again, and all leave."""
    stage = tell.stage
    one, two, three = [await tell.caller(number) for number in (1, 2, 3)]
    await stage.do(Bridge(leg_id=one, peer_id=two))
    await stage.wait(Bridged)

    def meet(*hears: tuple[LegId, ...]) -> SetRoom:
        legs = (one, two, three)
        members = tuple(RoomMember(leg_id=leg, hears=who) for leg, who in zip(legs, hears, strict=True))
        return SetRoom(room_id=RoomId("room"), members=members)

    await stage.do(meet((two,), (one,), (one, two)))
    await stage.wait(Unbridged)
    await stage.do(meet((two,), (one, three), (one, two)), meet((two, three), (one, three), (one, two)))
    await stage.do(Bridge(leg_id=one, peer_id=two))
    await stage.wait(Bridged, 2)
    await stage.do(Unbridge(leg_id=two))
    await stage.wait(Unbridged, 2)
    await stage.do(Play(leg_id=one, play_id=PlayId("bye"), sounds=("long.wav",)), StopPlay(leg_id=one))
    await stage.wait(PlayDone, play_id=PlayId("bye"))
    await stage.do(HangUp(leg_id=one), HangUp(leg_id=two))
    await tell.far.caller_hangs_up(2)
    for leg in (one, two, three):
        await stage.wait(LegHungUp, leg_id=leg)


STORIES: dict[str, Callable[[Teller], Awaitable[None]]] = {"talk": talk, "refusals": refusals, "room": room}
