"""Prompts: any common recording in, telephone audio of even loudness out, with range requests and without orphans."""

import io
import math
import struct

import av
import httpx
import numpy as np
import pytest
from av.audio.frame import AudioFrame

from hotline.features.prompts.audio import AudioTooLong, BadAudio, convert
from hotline.wire import wav
from tests.integration.features_admin.conftest import World

SECOND = 8000


def tone(level: float, seconds: float = 1.0, rate: int = 44_100) -> np.ndarray:
    at = np.arange(int(seconds * rate)) / rate
    return (np.sin(2 * math.pi * 440 * at) * level * 32767).astype(np.int16)


def encoded(samples: np.ndarray, container: str, codec: str, rate: int = 44_100) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        frame = AudioFrame.from_ndarray(np.repeat(samples, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            output.mux(packet)
    return file.getvalue()


def loudness_dbfs(data: bytes) -> float:
    linear = np.frombuffer(wav.to_linear(wav.parse(data)), "<i2").astype(float)
    return 20 * math.log10(math.sqrt(float(np.mean(linear[800:-800] ** 2))) / 32767)


@pytest.mark.req("TEL-4")
@pytest.mark.parametrize(
    "container,codec", [("wav", "pcm_s16le"), ("mp3", "mp3"), ("flac", "flac"), ("ogg", "libopus")]
)
@pytest.mark.parametrize("level", [0.05, 0.9])
def test_recordings_of_any_kind_become_telephone_audio_of_even_loudness(
    container: str, codec: str, level: float
) -> None:
    rate = 48_000 if codec == "libopus" else 44_100
    made = convert(encoded(tone(level, rate=rate), container, codec, rate))
    parsed = wav.parse(made)
    assert (parsed.tag, parsed.channels, parsed.rate) == (wav.A_LAW, 1, SECOND)
    assert parsed.duration_ms == pytest.approx(1000, abs=80)
    assert loudness_dbfs(made) == pytest.approx(-20, abs=1)


def test_a_whisper_is_lifted_ten_times_at_most() -> None:
    assert loudness_dbfs(convert(encoded(tone(0.006), "wav", "pcm_s16le"))) == pytest.approx(-27.4, abs=1.5)


@pytest.mark.parametrize(
    "data", [b"", b"not audio at all" * 99, wav.pcm_file(bytes(16000)), b"RIFF\0\0\0\0WAVE"]
)
def test_what_is_no_recording_is_refused(data: bytes) -> None:
    with pytest.raises(BadAudio):
        convert(data)


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(AudioTooLong):
        convert(wav.pcm_file(struct.pack("<h", 9000) * SECOND * 16 * 60, rate=SECOND)[:-2])


async def upload(client: httpx.AsyncClient, key: str, data: bytes) -> httpx.Response:
    files = {"file": ("a.wav", data, "audio/wav")}
    return await client.post("/prompts", data={"key": key, "name": "公告", "text": "你好"}, files=files)


@pytest.mark.req("TEL-4")
async def test_an_uploaded_prompt_is_played_back_whole_and_in_parts(world: World) -> None:
    manager = await world.log_in("manager")
    answer = await upload(manager, "my_notice", encoded(tone(0.5), "wav", "pcm_s16le"))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    whole = await manager.get(f"/prompts/{made['id']}/audio")
    part = await manager.get(f"/prompts/{made['id']}/audio", headers={"Range": "bytes=0-3"})
    assert (whole.status_code, len(whole.content)) == (200, made["size_bytes"])
    assert (part.status_code, part.content) == (206, b"RIFF")
    assert world.reconfigured == 1
    assert (await upload(manager, "my_notice", whole.content)).json()["error"]["code"] == "taken"
    assert (await upload(manager, "Bad Key", whole.content)).status_code == 422
    assert (await upload(manager, "noise", b"junk")).json()["error"]["code"] == "bad_audio"


@pytest.mark.req("TEL-4")
async def test_a_prompt_is_exchanged_and_described_anew(world: World) -> None:
    manager = await world.log_in("manager")
    made = (await upload(manager, "my_notice", encoded(tone(0.5), "wav", "pcm_s16le"))).json()
    longer = encoded(tone(0.5, seconds=2), "wav", "pcm_s16le")
    files = {"file": ("b.wav", longer, "audio/wav")}
    changed = (await manager.put(f"/prompts/{made['id']}/audio", files=files)).json()
    assert changed["sha256"] != made["sha256"]
    assert changed["duration_ms"] == pytest.approx(2000, abs=50)
    assert (await manager.patch(f"/prompts/{made['id']}", json={"text": "再见"})).json()["text"] == "再见"
    assert (await manager.delete(f"/prompts/{made['id']}")).status_code == 204


@pytest.mark.req("TEL-4", "ADM-1")
async def test_everybody_plays_the_common_prompts_and_only_the_root_changes_them(world: World) -> None:
    branch = await world.log_in("manager-a")
    assert "music" in {row["key"] for row in (await branch.get("/prompts")).json()["items"]}
    assert (await branch.patch("/prompts/prompt-music", json={"name": "x"})).status_code == 404
    own = (await upload(branch, "ours", encoded(tone(0.5), "wav", "pcm_s16le"))).json()
    stranger = await world.log_in("manager-b")
    assert (await stranger.get(f"/prompts/{own['id']}/audio")).status_code == 404
