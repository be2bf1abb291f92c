"""Recordings: both channels in real time, whatever the network, the disk or a kill does to them."""

import asyncio
import errno
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hotline.adapters.embedded import recorder
from hotline.adapters.embedded.recorder import salvage
from hotline.core.ids import LegId, RecordingId, RoomId
from hotline.core.switching import (
    Bridge,
    CommandFailed,
    Hold,
    Mute,
    PauseRecording,
    RecordingDone,
    RoomMember,
    SetRoom,
    StartRecording,
    StopRecording,
)
from hotline.wire import wav
from hotline.wire.g711 import Law
from tests.integration.media_desk import DOWN, HIGH, LIKE, UNLIKE, UP, Desk, say, settle
from tests.peers.rtp_peer import likeness

A, B, C = LegId("a"), LegId("b"), LegId("c")
R = RecordingId("rec-1")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


def start(leg_id: LegId = A, recording_id: RecordingId = R, path: str = "rec/2026/x.wav") -> StartRecording:
    return StartRecording(recording_id=recording_id, leg_id=leg_id, path=path)


def sides(file: Path) -> tuple[bytes, bytes]:
    read = wav.parse(file.read_bytes())
    assert (read.tag, read.channels, read.rate) == (wav.A_LAW, 2, 8000)
    return wav.to_linear(wav.channel(read, 0)), wav.to_linear(wav.channel(read, 1))


@pytest.mark.req("TEL-8")
@pytest.mark.parametrize("law", list(Law))
async def test_left_is_what_the_leg_says_and_right_what_people_say_to_it(desk: Desk, law: Law) -> None:
    one, two = await desk.phone(A, law), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), start(), start())
    await settle()
    await say((one, UP), (two, DOWN))
    await say((one, HIGH))
    desk.do(StopRecording(recording_id=R), StopRecording(recording_id=R))
    done = await desk.events.wait(RecordingDone)
    file = desk.data / done.path
    left, right = sides(file)
    (score_up, at_up), (score_down, at_down), (score_high, at_high) = (
        likeness(left, UP),
        likeness(right, DOWN),
        likeness(left, HIGH),
    )
    assert min(score_up, score_down, score_high) > LIKE
    assert abs(at_up - at_down) < 800  # said at the same time
    assert at_high > at_up + 4800
    assert likeness(right, UP)[0] < UNLIKE
    data = file.read_bytes()
    assert (done.path, done.error, done.size_bytes) == ("rec/2026/x.wav", "", len(data))
    assert done.sha256 == hashlib.sha256(data).hexdigest()
    assert done.duration_ms == len(left) // 16
    assert not list(desk.data.rglob("*.part"))
    assert len(desk.events.of(RecordingDone)) == 1
    assert not desk.events.of(CommandFailed)


async def test_loss_and_silence_keep_their_place(desk: Desk) -> None:
    """A pause of the line in the middle of speech is silence of the same length in the file."""
    one, _ = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), start())
    await settle()
    began = asyncio.get_running_loop().time()
    await say((one, UP))
    one.muted = True
    await settle(40)
    one.muted = False
    between = asyncio.get_running_loop().time() - began
    await say((one, HIGH))
    await desk.legs[A].close()
    left, _ = sides(desk.data / (await desk.events.wait(RecordingDone)).path)
    first, second = likeness(left, UP), likeness(left, HIGH)
    assert min(first[0], second[0]) > LIKE
    assert (second[1] - first[1]) / 8000 == pytest.approx(between, abs=0.08)


async def test_prompts_music_pauses_and_muted_speech_are_not_recorded(desk: Desk) -> None:
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), start(), PauseRecording(recording_id=R, paused=True))
    await say((one, UP), (two, DOWN))
    desk.do(PauseRecording(recording_id=R, paused=False), Mute(leg_id=A, muted=True))
    desk.do(Hold(leg_id=A, music=(desk.sound("m.wav", HIGH),)))
    await settle(40)
    await say((one, UP))
    desk.do(StopRecording(recording_id=R))
    left, right = sides(desk.data / (await desk.events.wait(RecordingDone)).path)
    assert likeness(left, UP)[0] < UNLIKE
    assert likeness(right, DOWN)[0] < UNLIKE
    assert likeness(right, HIGH[: len(HIGH) // 3])[0] < UNLIKE
    assert len(left) / 16000 == pytest.approx(2.4, abs=1)


async def test_a_room_is_recorded_as_it_is_heard(desk: Desk) -> None:
    phones = [await desk.phone(leg) for leg in (A, B, C)]
    members = tuple(RoomMember(leg_id=leg, hears=(A, B, C)) for leg in (A, B, C))
    desk.do(SetRoom(room_id=RoomId("r"), members=members), start())
    await settle()
    await say(*zip(phones, (UP, DOWN, HIGH), strict=True))
    await desk.legs[A].close()
    left, right = sides(desk.data / (await desk.events.wait(RecordingDone)).path)
    assert likeness(left, UP)[0] > LIKE
    assert likeness(right, DOWN)[0] > 0.55
    assert likeness(right, HIGH)[0] > 0.55


async def test_the_header_is_right_while_the_recording_grows(desk: Desk) -> None:
    one, _ = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), start())
    await say((one, UP))
    part = desk.data / "rec/2026/x.wav.part"
    async with asyncio.timeout(5):
        while not part.exists() or len(wav.parse(part.read_bytes()).data) < 8000:
            await asyncio.sleep(0.02)
    read = wav.parse(part.read_bytes())
    assert part.read_bytes()[:58] == wav.header(Law.ALAW, 2, len(read.data))


@pytest.mark.parametrize("path", ["../x.wav", "/tmp/x.wav", ""])
async def test_a_recording_never_leaves_the_data_folder(desk: Desk, path: str) -> None:
    await desk.phone(A)
    desk.do(start(path=path))
    assert [f.code for f in desk.events.of(CommandFailed)] == ["bad_path"]


async def test_orders_for_unknown_or_second_recordings_are_refused(desk: Desk) -> None:
    await desk.phone(A)
    other = RecordingId("other")
    desk.do(start(LegId("gone")), PauseRecording(recording_id=R, paused=True), StopRecording(recording_id=R))
    desk.do(start(), start(recording_id=other))
    codes = [f.code for f in desk.events.of(CommandFailed)]
    assert codes == ["no_such_leg", "no_such_recording", "no_such_recording", "bad_state"]


async def test_an_earlier_recording_is_never_overwritten(desk: Desk) -> None:
    await desk.phone(A)
    (desk.data / "x.wav").write_bytes(b"evidence")
    desk.do(start(path="x.wav"), StopRecording(recording_id=R))
    done = await desk.events.wait(RecordingDone)
    assert done.path == "x-2.wav"
    assert (desk.data / "x.wav").read_bytes() == b"evidence"


# ── Faults ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number,code", [(errno.ENOSPC, "disk_full"), (errno.EIO, "write_failed")])
async def test_a_failing_disk_cuts_the_recording_and_not_the_call(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    write, room = os.pwrite, 8_000

    def pwrite(fd: int, data: bytes, at: int) -> int:
        if at + len(data) > room:
            fits = max(0, room - at)
            if not fits:
                raise OSError(number, os.strerror(number))
            return write(fd, data[:fits], at)
        return write(fd, data, at)

    monkeypatch.setattr(recorder.os, "pwrite", pwrite)
    one, two = await desk.phone(A), await desk.phone(B)
    desk.do(Bridge(leg_id=A, peer_id=B), start())
    await settle()
    await say((one, UP), (two, DOWN))
    await settle(40)
    await say((one, UP), (two, DOWN))
    assert likeness(two.audio(), UP)[0] > LIKE
    await desk.legs[A].close()
    done = await desk.events.wait(RecordingDone)
    assert done.error == code
    assert done.size_bytes == (desk.data / done.path).stat().st_size
    assert 7_900 <= done.size_bytes <= 8_000
    assert wav.parse((desk.data / done.path).read_bytes()).duration_ms == done.duration_ms


async def test_a_folder_that_cannot_be_written_is_reported(desk: Desk) -> None:
    await desk.phone(A)
    (desk.data / "rec").write_text("a file where a folder should be")
    desk.do(start(), StopRecording(recording_id=R))
    done = await desk.events.wait(RecordingDone)
    assert (done.error, done.size_bytes, done.sha256) == ("write_failed", 0, "")


KILLED = """
import asyncio, sys
from pathlib import Path
from hotline.adapters.embedded.recorder import Recording, RecordWriter
async def main():
    rec = Recording("r", "leg", Path(sys.argv[1]), "rec/killed.wav", RecordWriter(), 0)
    for beat in range(100):
        rec.says(1, beat * 160, bytes([beat]) * 160, beat * 160)
        rec.flush(beat * 160)
    await asyncio.sleep(0.3)
    print("ready", flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_what_a_killed_process_left_is_salvaged_and_living_recordings_are_left_alone(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    assert salvage(tmp_path) == []  # it is alive
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    part = tmp_path / "rec/killed.wav.part"
    with part.open("r+b") as file:  # the kernel may have kept the audio and lost the header's last change
        file.write(wav.header(Law.ALAW, 2, 0))
        file.seek(0, 2)
        file.write(b"\xd5")  # half a sample
    (saved,) = salvage(tmp_path)
    data = (tmp_path / saved.path).read_bytes()
    assert saved.path == "rec/killed.wav"
    assert saved.sha256 == hashlib.sha256(data).hexdigest()
    assert (saved.size_bytes, saved.duration_ms) == (len(data), wav.parse(data).duration_ms)
    assert wav.channel(wav.parse(data), 0).data[160 * 50] == 50
    assert salvage(tmp_path) == []


def test_a_part_without_even_a_header_is_salvaged_as_an_empty_recording(tmp_path: Path) -> None:
    (tmp_path / "x.wav.part").write_bytes(b"RIFF")
    (saved,) = salvage(tmp_path)
    assert saved.duration_ms == 0
    assert wav.parse((tmp_path / saved.path).read_bytes()).data == b""


def test_a_locked_part_is_somebody_elses(tmp_path: Path) -> None:
    part = tmp_path / "x.wav.part"
    part.write_bytes(wav.header(Law.ALAW, 2, 0))
    with part.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert salvage(tmp_path) == []
    assert len(salvage(tmp_path)) == 1
