"""What every recogniser keeps: the fake, the adapter over a small worker, and the real model where the speech environment is (`make speech`)."""

import asyncio
import difflib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

import hotline.demo
from hotline.adapters.speech_whisper.recognizer import WhisperRecognizer, worker_command
from hotline.platform.speech_environment import DEFAULT_FOLDER, speech_environment
from hotline.ports.speech import HEARING_MAX_S, RecognitionFailed, Recognizer, SpeechMissing
from hotline.wire import wav
from tests.speech_fakes import FakeRecognizer

pytestmark = pytest.mark.req("IVR-8")

SOURCE = Path(__file__).parents[2] / "src"
VOICES = Path(hotline.demo.__file__).parent / "voices"
SECOND = 16_000
WORKER = """
import json, os, sys
known = json.loads(sys.argv[1])
out = sys.stdout.buffer
def answer(header):
    out.write(json.dumps(header).encode() + b"\\n")
    out.flush()
answer({"bytes": 0})
for line in sys.stdin.buffer:
    size = int(json.loads(line)["bytes"])
    sys.stdin.buffer.read(size)
    text = known.get(str(size), "")
    answer({"text": text, "no_speech": 0.0 if text else 1.0, "bytes": 0})
"""


def spoken(key: str) -> tuple[bytes, str]:
    """A shipped recording and what is said in it."""
    manifest = json.loads((VOICES / "manifest.json").read_text("utf-8"))
    entries = cast(
        "list[dict[str, str]]", next(value for value in manifest.values() if isinstance(value, list))
    )
    text = next(one["text"] for one in entries if one["key"] == key)
    return wav.to_linear(wav.parse((VOICES / f"{key}.wav").read_bytes())), text


KNOWN = dict(spoken(key) for key in ("citizen_01", "citizen_04"))


def made(kind: str) -> Recognizer:
    """A recogniser of this kind."""
    if kind == "fake":
        return FakeRecognizer(KNOWN)
    if kind == "worker":
        by_size = json.dumps({str(len(audio)): text for audio, text in KNOWN.items()})
        return WhisperRecognizer(lambda: [sys.executable, "-c", WORKER, by_size], source=SOURCE, load_s=20.0)
    environment = speech_environment(DEFAULT_FOLDER)
    if not environment.installed:
        pytest.skip("the speech environment is not here: `make speech` installs it")
    command = worker_command(environment.python, environment.recognition_model)
    return WhisperRecognizer(lambda: command, source=SOURCE)


@pytest_asyncio.fixture(params=["fake", "worker", "whisper"], scope="module", loop_scope="module")
async def recognizer(request: pytest.FixtureRequest) -> AsyncIterator[Recognizer]:
    one = made(request.param)
    yield one
    await one.close()


def alike(one: str, other: str) -> float:
    """How much of two sentences is the same, punctuation aside."""
    plain = [[sign for sign in text if sign.isalnum()] for text in (one, other)]
    return difflib.SequenceMatcher(None, plain[0], plain[1]).ratio()


@pytest.mark.asyncio(loop_scope="module")
async def test_speech_is_written_down(recognizer: Recognizer) -> None:
    assert recognizer.installed
    for audio, text in KNOWN.items():
        heard = await recognizer.recognize(audio)
        assert alike(heard.text, text) > 0.6
        assert heard.seconds == pytest.approx(len(audio) / SECOND)


@pytest.mark.asyncio(loop_scope="module")
async def test_silence_gives_no_text(recognizer: Recognizer) -> None:
    heard = await recognizer.recognize(bytes(2 * SECOND))
    assert heard.text == ""
    assert heard.no_speech > 0.4


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "audio", [b"", bytes(SECOND // 10), bytes(SECOND + 1), bytes((HEARING_MAX_S + 1) * SECOND)]
)
async def test_audio_outside_the_limits_is_refused_for_good(recognizer: Recognizer, audio: bytes) -> None:
    with pytest.raises(RecognitionFailed) as failed:
        await recognizer.recognize(audio)
    assert not failed.value.retryable


@pytest.mark.asyncio(loop_scope="module")
async def test_several_at_once_each_get_their_own(recognizer: Recognizer) -> None:
    pairs = list(KNOWN.items())
    heard = await asyncio.gather(*(recognizer.recognize(audio, hints=["不动产"]) for audio, _ in pairs))
    for one, (_, text) in zip(heard, pairs, strict=True):
        assert alike(one.text, text) > 0.6


@pytest.mark.parametrize("kind", ["fake", "worker"])
async def test_once_closed_it_answers_no_more_and_may_be_closed_again(kind: str) -> None:
    one = made(kind)
    await one.close()
    await one.close()
    with pytest.raises(RecognitionFailed) as failed:
        await one.recognize(bytes(SECOND))
    assert failed.value.retryable


def _nobody() -> Sequence[str]:
    raise AssertionError("nothing is started where nothing is installed")


async def test_where_nothing_is_installed_it_says_so() -> None:
    missing: list[Recognizer] = [
        FakeRecognizer({}, installed=False),
        WhisperRecognizer(_nobody, source=SOURCE, installed=lambda: False),
    ]
    for one in missing:
        assert not one.installed
        with pytest.raises(SpeechMissing):
            await one.recognize(bytes(SECOND))
