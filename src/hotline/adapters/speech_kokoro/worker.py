"""The process that owns the model: requests on standard input, audio on standard output, one after another.

A request is a line of JSON `{"text", "voice", "speed"}`. The answer is a line of JSON, `{"bytes": n}` followed by n bytes of
8 kHz 16-bit audio, or `{"error": reason}`. Ends when its input ends. Everything printed by libraries goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotline.adapters.speech_kokoro import telephone_band
from hotline.adapters.speech_kokoro.model import Kokoro

if TYPE_CHECKING:
    from typing import BinaryIO

THREADS_MAX = 2
"""A caller waits; calls on the same machine need the rest."""


def main() -> None:
    """Load the model, say that it is ready, and answer until the input ends."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--voices", type=Path, required=True)
    chosen = arguments.parse_args()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    model = Kokoro(chosen.voices, threads=min(THREADS_MAX, os.cpu_count() or 1))
    _answer(answers, {"bytes": 0})
    for line in sys.stdin.buffer:
        header, audio = serve(model, line)
        _answer(answers, header, audio)


def serve(model: Kokoro, line: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the answer to one request: its header and its audio. A request never ends the process."""
    try:
        request = json.loads(line)
        samples = model.speak(
            str(request["text"]), voice=str(request["voice"]), speed=float(request["speed"])
        )
        audio = telephone_band.pcm16(telephone_band.to_telephone(samples))
    except Exception as error:  # noqa: BLE001 - the border of the process: the reason travels to whoever asked
        return {"error": f"{type(error).__name__}: {error}"}, b""
    return {"bytes": len(audio)}, audio


def _answer(answers: BinaryIO, header: dict[str, Any], audio: bytes = b"") -> None:
    answers.write(json.dumps(header).encode() + b"\n" + audio)
    answers.flush()


if __name__ == "__main__":
    main()
