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
from hotline.features.prompts.loudness import GAIN_MAX_DB, PEAK_MAX_DB, TARGET_LUFS, Loudness, measure
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


def heard(data: bytes) -> Loudness:
    """What a telephone file measures."""
    return measure(np.frombuffer(wav.to_linear(wav.parse(data)), "<i2").astype(float))


@pytest.mark.parametrize("dbfs,lufs", [(-20, -23.0), (-40, -43.0)])
def test_loudness_is_measured_as_bs_1770_says(dbfs: float, lufs: float) -> None:
    """EBU Tech 3341, test signals 1 and 2, of one channel instead of two: 3 LU less."""
    at = np.arange(20 * SECOND) / SECOND
    assert measure(np.sin(2 * math.pi * 1000 * at) * 10 ** (dbfs / 20) * 32768).lufs == pytest.approx(
        lufs, abs=0.1
    )


def test_pauses_do_not_count_and_short_words_are_measured() -> None:
    word = tone(0.1, seconds=0.3, rate=SECOND).astype(float)
    with_pause = np.concatenate([tone(0.1, seconds=4, rate=SECOND), np.zeros(8 * SECOND)]).astype(float)
    assert measure(word).lufs == pytest.approx(measure(with_pause).lufs, abs=0.6)


@pytest.mark.req("TEL-4")
def test_the_true_peak_is_held_down_and_both_measures_are_told() -> None:
    clicks = np.where(np.arange(44_100 * 2) % 11_025 < 9, 30_000, tone(0.02, seconds=2)).astype(np.int16)
    made, before, after = convert(encoded(clicks, "wav", "pcm_s16le"))
    assert before.lufs < after.lufs
    assert after.peak_db <= PEAK_MAX_DB + 0.1
    assert heard(made).peak_db <= PEAK_MAX_DB + 0.5  # A-law rounds


@pytest.mark.req("TEL-4")
@pytest.mark.parametrize(
    "container,codec", [("wav", "pcm_s16le"), ("mp3", "mp3"), ("flac", "flac"), ("ogg", "libopus")]
)
@pytest.mark.parametrize("level", [0.05, 0.9])
def test_recordings_of_any_kind_become_telephone_audio_of_even_loudness(
    container: str, codec: str, level: float
) -> None:
    rate = 48_000 if codec == "libopus" else 44_100
    made, _, after = convert(encoded(tone(level, rate=rate), container, codec, rate))
    parsed = wav.parse(made)
    assert (parsed.tag, parsed.channels, parsed.rate) == (wav.A_LAW, 1, SECOND)
    assert parsed.duration_ms == pytest.approx(1000, abs=80)
    assert heard(made).lufs == pytest.approx(TARGET_LUFS, abs=0.5)
    assert after.lufs == pytest.approx(TARGET_LUFS, abs=0.1)


def test_a_whisper_is_lifted_thirty_decibels_at_most() -> None:
    made, before, after = convert(encoded(tone(0.002), "wav", "pcm_s16le"))
    assert after.lufs - before.lufs == pytest.approx(GAIN_MAX_DB, abs=0.3)
    assert heard(made).lufs < TARGET_LUFS


@pytest.mark.parametrize(
    "samples,word", [(tone(0.5, seconds=0.1), "太短"), (tone(0.0), "没有声音"), (tone(0.0001), "没有声音")]
)
def test_silence_and_what_is_too_short_are_refused_in_plain_words(samples: np.ndarray, word: str) -> None:
    with pytest.raises(BadAudio) as refused:
        convert(encoded(samples, "wav", "pcm_s16le"))
    assert word in refused.value.details["reason"]


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
    assert (made["lufs"], made["lufs_before"]) == (
        pytest.approx(TARGET_LUFS, abs=0.1),
        pytest.approx(-10, abs=2),
    )
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
