"""The synthesiser survives its worker: errors, death, hanging and impatience never reach the next request.

The worker here is a small script that speaks the protocol of `speech_kokoro.worker`; with the speech environment
installed (`make prompts`), the last test runs the real model.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from hotline.adapters.speech_kokoro.synthesizer import WAITING_MAX, KokoroSynthesizer, worker_command
from hotline.core.ids import FlowId
from hotline.core.site import FlowDocument
from hotline.ports.speech import Speech, SynthesisFailed, Synthesizer
from hotline.speech import nodes_that_speak
from tests.small_site import CITY, small_site

pytestmark = pytest.mark.req("TEL-4")

ROOT = Path(__file__).parents[2]
SPEECH_PYTHON = ROOT / ".venv-speech" / "bin" / "python"
VOICES = ROOT / ".venv-speech" / "voices"

WORKER = """
import json, os, sys, time
out = sys.stdout.buffer
def answer(header, audio=b""):
    out.write(json.dumps(header).encode() + b"\\n" + audio)
    out.flush()
answer({"bytes": 0})
for line in sys.stdin.buffer:
    text = json.loads(line)["text"]
    if text == "die":
        out.write(b'{"bytes": 100}\\nhalf')
        out.flush()
        os._exit(1)
    elif text == "hang":
        time.sleep(600)
    elif text == "babble":
        answer({"bytes": -5})
    elif text == "refuse":
        answer({"error": "nothing to say"})
    else:
        answer({"bytes": 2 * len(text)}, text.encode("utf-16-le"))
"""

Make = Callable[..., KokoroSynthesizer]


@pytest_asyncio.fixture
async def make() -> AsyncIterator[Make]:
    made: list[KokoroSynthesizer] = []

    def build(deadline_s: float = 20.0, program: str = WORKER) -> KokoroSynthesizer:
        made.append(
            KokoroSynthesizer(
                lambda: [sys.executable, "-c", program],
                source=ROOT / "src",
                load_s=20.0,
                deadline_s=deadline_s,
            )
        )
        return made[-1]

    yield build
    for synthesizer in made:
        await synthesizer.close()


async def speak(synthesizer: Synthesizer, text: str) -> str:
    """Say `text`; the worker's audio is the text itself, so that answers cannot be mistaken for each other."""
    speech: Speech = await synthesizer.synthesize(text, voice="zf_xiaoyi")
    return speech.samples.decode("utf-16-le")


async def test_answers_go_to_whoever_asked(make: Make) -> None:
    synthesizer = make()
    texts = [f"第{number}位" for number in range(WAITING_MAX)]
    assert await asyncio.gather(*(speak(synthesizer, text) for text in texts)) == texts


async def test_a_warm_worker_is_there_before_the_first_text_and_stays(make: Make) -> None:
    synthesizer = make()
    await synthesizer.warm()
    process = synthesizer._line._process
    assert process is not None
    assert process.returncode is None
    assert await speak(synthesizer, "好") == "好"
    await synthesizer.warm()
    assert synthesizer._line._process is process


async def test_a_worker_that_cannot_start_is_no_fault_of_warming(make: Make) -> None:
    synthesizer = make(program="raise SystemExit(1)")
    await synthesizer.warm()
    assert not synthesizer._line.running


def test_only_what_published_flows_need_is_kept_warm() -> None:
    def flow(kind: str) -> FlowDocument:
        nodes = {"n": {"kind": kind}}
        return FlowDocument(
            id=FlowId(kind), authority_id=CITY, name=kind, version=1, json=json.dumps({"nodes": nodes})
        )

    assert nodes_that_speak(small_site()) == set()
    assert nodes_that_speak(replace(small_site(), flows=(flow("speak"), flow("menu")))) == {"speak"}
    assert nodes_that_speak(replace(small_site(), flows=(flow("answer"),))) == {"answer"}


async def test_line_of_waiting_texts_is_bounded(make: Make) -> None:
    synthesizer = make()
    results = await asyncio.gather(
        *(speak(synthesizer, "好") for _ in range(WAITING_MAX + 3)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, SynthesisFailed)]
    assert len(refused) == 3
    assert all(failure.retryable for failure in refused)


@pytest.mark.parametrize("text", ["die", "babble"])
async def test_lost_worker_is_retryable_and_the_next_request_starts_another(make: Make, text: str) -> None:
    synthesizer = make()
    with pytest.raises(SynthesisFailed) as failure:
        await speak(synthesizer, text)
    assert failure.value.retryable
    assert await speak(synthesizer, "您好") == "您好"


async def test_worker_that_hangs_is_ended_at_the_deadline(make: Make) -> None:
    synthesizer = make(deadline_s=0.2)
    with pytest.raises(SynthesisFailed, match="in time") as failure:
        await speak(synthesizer, "hang")
    assert failure.value.retryable
    assert await speak(synthesizer, "您好") == "您好"


async def test_given_up_request_does_not_shift_the_answers(make: Make) -> None:
    synthesizer = make()
    assert await speak(synthesizer, "一") == "一"
    impatient = asyncio.create_task(speak(synthesizer, "hang"), name="impatient")
    waiting = asyncio.create_task(speak(synthesizer, "二"), name="waiting")
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await waiting == "二"


async def test_worker_that_does_not_start_is_retryable(make: Make) -> None:
    with pytest.raises(SynthesisFailed, match="lost") as failure:
        await speak(make(program="raise SystemExit('no model')"), "您好")
    assert failure.value.retryable


@pytest.mark.parametrize(
    "text, voice, speed",
    [("", "zf_xiaoyi", 1.0), (" \n", "zf_xiaoyi", 1.0), ("好" * 501, "zf_xiaoyi", 1.0), ("好", "nobody", 1.0)]
    + [("好", "zf_xiaoyi", speed) for speed in (0.0, 2.1, float("nan"))],
)
async def test_nonsense_is_refused_for_good(make: Make, text: str, voice: str, speed: float) -> None:
    with pytest.raises(SynthesisFailed) as failure:
        await make().synthesize(text, voice=voice, speed=speed)
    assert not failure.value.retryable


async def test_what_the_model_refuses_is_refused_for_good(make: Make) -> None:
    with pytest.raises(SynthesisFailed, match="nothing to say") as failure:
        await speak(make(), "refuse")
    assert not failure.value.retryable


async def test_closed_synthesiser_says_so(make: Make) -> None:
    synthesizer = make()
    assert await speak(synthesizer, "您好") == "您好"
    await synthesizer.close()
    with pytest.raises(SynthesisFailed, match="closed"):
        await speak(synthesizer, "您好")


@pytest.mark.skipif(
    not (SPEECH_PYTHON.exists() and VOICES.exists()),
    reason="the speech environment is made by `make prompts`",
)
async def test_real_model_speaks_and_refuses_what_has_no_sound() -> None:
    synthesizer = KokoroSynthesizer(lambda: worker_command(SPEECH_PYTHON, VOICES), source=ROOT / "src")
    try:
        speech = await synthesizer.synthesize("您好，请按1。", voice="zf_xiaoyi")
        assert 700 < speech.duration_ms < 3_000
        assert await synthesizer.synthesize("您好，请按1。", voice="zf_xiaoyi") == speech
        with pytest.raises(SynthesisFailed):
            await synthesizer.synthesize("！！", voice="zf_xiaoyi")
    finally:
        await synthesizer.close()
