"""A media plane with telephones around it, for the tests of this folder."""

import asyncio
from pathlib import Path

from hotline.adapters.embedded.audio_port import LegAudio, MediaCommand, MediaSettings
from hotline.adapters.embedded.media import Media
from hotline.core.ids import LegId, PlayId
from hotline.core.switching import Play
from hotline.wire import wav
from hotline.wire.g711 import Law
from tests.peers.rtp_peer import RtpPeer, chirp, likeness
from tests.peers.switch_events import EventLog

UP, DOWN, HIGH = chirp(0.6, 300, 1500), chirp(0.6, 3000, 1600), chirp(0.6, 1500, 3400)
LIKE, UNLIKE = 0.97, 0.4
"""Three voices that cannot be taken for each other; what scores above LIKE is the same, below UNLIKE something else."""
PORTS = range(34000, 34700)


class Desk:
    """Legs by name, each with its telephone."""

    def __init__(self, data: Path, *, ports: range = PORTS, media_timeout_ms: int = 30_000) -> None:
        self.data = data
        self.events = EventLog()
        settings = MediaSettings(
            address="127.0.0.1", advertised="", ports=ports, data=data, media_timeout_ms=media_timeout_ms
        )
        self.media = Media(settings, self.events.take)
        self.phones: list[RtpPeer] = []
        self.legs: dict[str, LegAudio] = {}

    async def phone(
        self, name: str, law: Law = Law.ALAW, *, answered: bool = True, key_type: int | None = 101
    ) -> RtpPeer:
        """A telephone that called us."""
        peer = await RtpPeer(law=law, key_type=key_type).start()
        self.phones.append(peer)
        leg = self.legs[name] = self.media.open(LegId(name), webrtc=False)
        peer.aim(await leg.take_offer(peer.sdp()))
        if answered:
            leg.answered()
        return peer

    def do(self, *commands: MediaCommand) -> None:
        """Carry out commands in order."""
        for command in commands:
            self.media.execute(command)

    def sound(self, name: str, linear: bytes) -> str:
        """Put a prompt into the data folder; return its path."""
        (self.data / name).write_bytes(wav.pcm_file(linear))
        return name

    def play(self, leg: str, play: str, *sounds: str, repeat: int = 1, stop_on_digit: bool = False) -> None:
        """Play sounds to a leg."""
        command = Play(
            leg_id=LegId(leg), play_id=PlayId(play), sounds=sounds, repeat=repeat, stop_on_digit=stop_on_digit
        )
        self.media.execute(command)

    async def close(self) -> None:
        """Hang up everywhere."""
        for phone in self.phones:
            phone.close()
        await self.media.close()


async def say(*speeches: tuple[RtpPeer, bytes]) -> None:
    """Let telephones speak at once; return when all is said and had time to arrive."""
    for phone in {id(phone): phone for phone, _ in speeches}.values():
        phone.heard.clear()
    await asyncio.gather(*(phone.say(speech).wait() for phone, speech in speeches))
    await asyncio.sleep(0.15)  # the jitter buffer's 60 ms and the loop; nothing announces the last packet


def heard(phone: RtpPeer, speech: bytes) -> float:
    """How like the speech is what the telephone heard since it began to speak."""
    return likeness(phone.audio(), speech)[0]


async def settle(beats: int = 8) -> None:
    """Let some 20 ms beats pass: what is checked next is that something did not happen."""
    await asyncio.sleep(beats * 0.02)
