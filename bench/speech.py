"""How long a text takes to be spoken the first time and the second, and speech to be written down: the product's own workers.

The application's part (queue, pieces, files) runs in this process, the models in worker processes of the speech environment, as in
`hotline serve`. Nothing is measured where `make speech` was not run.

    python -m bench.speech --texts 10
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import structlog

from hotline.core.ids import AuthorityId, CallId, InquiryId
from hotline.core.inquiry_messages import Inquire
from hotline.features.speech.saying import SayingService
from hotline.features.speech.spoken import SpokenFiles
from hotline.platform.settings import Settings
from hotline.speech import Speech, speech_for
from hotline.wire import g711, wav

FIRST_MAX_S = 1.5
ROOT = Path(__file__).parents[1]
NAMES = "张王李赵刘陈杨黄周吴"
VOICES = ROOT / "src" / "hotline" / "demo" / "voices"


def texts(count: int) -> list[str]:
    """Return so many different texts of 20 characters, as a flow would fill them in."""
    made = [f"{NAMES[n % len(NAMES)]}先生您好您有{n % 9 + 1}件申请已经办结，请查收。" for n in range(count)]
    assert {len(text) for text in made} == {20}, "texts of the length that the target names"
    return made


async def speak(speech: Speech, data: Path, count: int) -> tuple[list[float], list[float]]:
    """Return the seconds of each text the first time and the second, the model being loaded."""
    files = SpokenFiles(data, lambda: speech.synthesizer)
    await files.file_of("您好。")
    first, second = [], []
    for times in (first, second):
        for text in texts(count):
            began = time.perf_counter()
            file = await files.file_of(text)
            times.append(time.perf_counter() - began)
            assert file.fresh is (times is first)
    return first, second


async def converse(speech: Speech, data: Path, count: int) -> tuple[list[float], list[float]]:
    """Return, for each text as a flow says it for the first time, the seconds until it begins and the longest silence after that."""
    saying = SayingService(SpokenFiles(data / "flow", lambda: speech.synthesizer))
    await saying.prepare(['{"nodes": {"a": {"kind": "speak", "text": "${x}，请查收。"}}}'])
    starts, silences = [], []
    for text in texts(count):
        began = time.perf_counter()
        answer = await saying.ask(_say(text, clauses=True))
        starts.append(time.perf_counter() - began)
        heard_until = time.perf_counter() + float(answer.values["duration_ms"]) / 1_000
        silence = 0.0
        for clause in answer.values.get("more", ()):
            answer = await saying.ask(_say(clause))
            silence = max(silence, time.perf_counter() - heard_until)
            heard_until = max(heard_until, time.perf_counter()) + float(answer.values["duration_ms"]) / 1_000
        silences.append(silence)
    return starts, silences


def _say(text: str, *, clauses: bool = False) -> Inquire:
    return Inquire(
        inquiry_id=InquiryId("bench"),
        call_id=CallId("bench"),
        authority_id=AuthorityId("bench"),
        service="speech.say",
        name="",
        arguments={"text": text, "clauses": clauses},
        timeout_s=20.0,
    )


async def listen(speech: Speech) -> tuple[float, float, int]:
    """Return the seconds that it took to write down the demo's citizens, the seconds of their speech, and how many."""
    took = length = 0.0
    heard = sorted(VOICES.glob("citizen_*.wav"))
    sounds = [g711.decode(g711.Law.ALAW, wav.parse(path.read_bytes()).data) for path in heard]
    await speech.recognizer.recognize(sounds[0])
    for sound in sounds:
        began = time.perf_counter()
        length += (await speech.recognizer.recognize(sound)).seconds
        took += time.perf_counter() - began
    return took, length, len(heard)


async def measure(count: int) -> None:
    """Print the table."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        speech = speech_for(Settings(data=Path(folder)))
        if not speech.synthesizer.installed:
            print("The speech environment is not installed (`make speech`): nothing was measured.")
            return
        try:
            first, second = await speak(speech, Path(folder), count)
            starts, silences = await converse(speech, Path(folder), count)
            took, length, sentences = await listen(speech)
        finally:
            await speech.close()
    missed = "" if max(first) <= FIRST_MAX_S else ": **missed**"
    print(f"Load average at the beginning {load:.1f}.\n")
    print("| seconds | median | worst | target |\n| --- | ---: | ---: | --- |")
    print(
        f"| the same in a flow, until its first clause is heard | {statistics.median(starts):.2f} | {max(starts):.2f} "
        f"| ≤ {FIRST_MAX_S}{'' if max(starts) <= FIRST_MAX_S else ': **missed**'} |"
    )
    print(
        f"| longest silence between its clauses | {statistics.median(silences):.2f} | {max(silences):.2f} | 0 |"
    )
    print(
        f"| a text of 20 characters, the first time | {statistics.median(first):.2f} | {max(first):.2f} "
        f"| ≤ {FIRST_MAX_S}{missed} |"
    )
    print(
        f"| the same text, the second time | {statistics.median(second):.4f} | {max(second):.4f} | 0 (kept) |"
    )
    print(f"| {sentences} spoken sentences written down, per second of speech | {took / length:.2f} | | |")


def main() -> None:
    """Measure, as the command line says."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--texts", type=int, default=10)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    asyncio.run(measure(arguments.parse_args().texts))


if __name__ == "__main__":
    main()
