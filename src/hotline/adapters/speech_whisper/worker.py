"""The process that owns the recognition model: audio on standard input, text on standard output, one after another.

The protocol is `platform.worker_line`'s: a request is `{"hints": […], "bytes": n}` and n bytes of 8 kHz 16-bit audio, the answer
`{"text", "no_speech"}` or `{"error": reason}`. Ends when its input ends. What libraries print goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hotline.adapters.speech_whisper.model import Whisper, to_model_rate

if TYPE_CHECKING:
    from typing import BinaryIO


def main() -> None:
    """Load the model, say that it is ready, and answer until the input ends."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    chosen = arguments.parse_args()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    model = Whisper(chosen.model)
    _answer(answers, {"bytes": 0})
    requests = sys.stdin.buffer
    for line in requests:
        header = json.loads(line)
        _answer(answers, serve(model, header, requests.read(int(header["bytes"]))))


def serve(model: Whisper, header: dict[str, Any], audio: bytes) -> dict[str, Any]:
    """Return the answer to one request. A request never ends the process."""
    try:
        text, doubt = model.write_down(to_model_rate(audio), [str(hint) for hint in header["hints"]])
    except Exception as error:  # noqa: BLE001 - the border of the process: the reason travels to whoever asked
        return {"error": f"{type(error).__name__}: {error}"}
    return {"text": text, "no_speech": doubt, "bytes": 0}


def _answer(answers: BinaryIO, header: dict[str, Any]) -> None:
    answers.write(json.dumps(header).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
