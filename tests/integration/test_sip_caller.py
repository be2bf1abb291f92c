"""`hotline call` as people use it: a process that dials, presses keys, speaks and records, with an exit status that tells."""

import asyncio
import math
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from hotline.adapters.sip_caller.audio import PhoneAudio
from hotline.adapters.sip_caller.beat import Beat
from hotline.core.ids import PlayId
from hotline.core.switching import (
    Answer,
    DigitPressed,
    HangUp,
    LegHungUp,
    LegIncoming,
    Play,
    Reject,
    SwitchCommand,
    SwitchEvent,
)
from hotline.wire import offer_answer, wav
from hotline.wire.g711 import FRAME, Law, decode
from hotline.wire.rtp_stream import OutgoingStream
from tests.peers.switch_desk import NUMBER, Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    opened = await open_desk(tmp_path)
    yield opened
    await opened.close()


def write_tone(path: Path, hertz: int) -> None:
    samples = (round(8_000 * math.sin(2 * math.pi * hertz * n / 8_000)) for n in range(16_000))
    path.write_bytes(wav.pcm_file(b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)))


async def hotline_call(desk: Desk, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hotline.cli.main", "call",
        "--to", NUMBER, "--server", f"127.0.0.1:{desk.switch.port}", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    async with asyncio.timeout(60):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_it_is_answered_presses_keys_hears_and_records(desk: Desk, tmp_path: Path) -> None:
    write_tone(tmp_path / "tone.wav", 500)

    def react(event: SwitchEvent) -> list[SwitchCommand]:
        match event:
            case LegIncoming():
                play = Play(leg_id=event.leg_id, play_id=PlayId("p"), sounds=("tone.wav",), repeat=0)
                return [Answer(leg_id=event.leg_id), play]
            case DigitPressed(digit="#"):
                return [HangUp(leg_id=event.leg_id)]
            case _:
                return []

    desk.react = react
    heard = tmp_path / "heard.wav"
    status, output = await hotline_call(
        desk, "--keys", "12,#", "--after", "1", "--from", "13912345678", "--record", str(heard), "--test"
    )
    assert status == 0, output
    assert "the far end hung up" in output
    incoming = desk.of(LegIncoming)[0]
    assert (incoming.ani, incoming.test) == ("13912345678", True)
    assert "".join(event.digit for event in desk.of(DigitPressed)) == "12#"
    samples = np.frombuffer(wav.to_linear(wav.parse(heard.read_bytes())), dtype="<i2")[2_000:10_000]
    assert abs(int(np.abs(np.fft.rfft(samples * np.hanning(8_000))).argmax()) - 500) <= 2


async def test_a_telephone_that_was_kept_from_listening_has_missed_nothing() -> None:
    """The packets wait at its socket meanwhile, and are many at once afterwards."""
    beat = Beat()
    far, phone = PhoneAudio("127.0.0.1", beat), PhoneAudio("127.0.0.1", beat)
    try:
        port = offer_answer.read(phone.answer(far.offer())).port
        frames = [bytes([0x80 + n]) * FRAME for n in range(60)]
        stream = OutgoingStream(1, 1, 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            for n, frame in enumerate(frames):
                line.sendto(stream.timed(Law.ALAW.value, frame, n * FRAME), ("127.0.0.1", port))
                time.sleep(0.02)  # nobody else may run: that is what is tested
                if n < 10 or n > 50:
                    await asyncio.sleep(0.001)
        while phone.heard.packets < len(frames):
            await asyncio.sleep(0.01)
        said = decode(Law.ALAW, b"".join(frames))
        assert phone.recording().endswith(said)
    finally:
        phone.close()
        far.close()


async def test_what_it_says_arrives(desk: Desk, tmp_path: Path) -> None:
    write_tone(tmp_path / "say.wav", 300)
    desk.react = lambda event: [Answer(leg_id=event.leg_id)] if isinstance(event, LegIncoming) else []
    status, output = await hotline_call(desk, "--say", str(tmp_path / "say.wav"), "--seconds", "1.5")
    assert status == 0, output
    stats = (await desk.wait(LegHungUp)).stats
    assert stats is not None and stats.level_dbfs is not None and stats.level_dbfs > -20
    assert stats.packets_lost == 0


@pytest.mark.parametrize("sip_status", [486, 603])
async def test_a_refused_call_exits_with_1(desk: Desk, sip_status: int) -> None:
    desk.react = lambda event: (
        [Reject(leg_id=event.leg_id, sip_status=sip_status)] if isinstance(event, LegIncoming) else []
    )
    status, output = await hotline_call(desk)
    assert status == 1 and f"refused: {sip_status}" in output


async def test_a_missing_file_exits_with_2(desk: Desk, tmp_path: Path) -> None:
    status, output = await hotline_call(desk, "--say", str(tmp_path / "none.wav"))
    assert status == 2 and "none.wav" in output
    assert not desk.of(LegIncoming)
