"""A speech environment without models: the folder that the product looks for, with an interpreter that speaks the workers' protocol."""

import sys
from pathlib import Path

from hotline.platform.speech_environment import READY

_WORKER = """
import json, math, os, struct, sys
out = sys.stdout.buffer
def answer(header, audio=b""):
    out.write(json.dumps(header).encode() + b"\\n" + audio)
    out.flush()
answer({"bytes": 0})
speaks = "kokoro" in " ".join(sys.argv)
for line in sys.stdin.buffer:
    request = json.loads(line)
    if speaks:
        tones = [300 + ord(sign) % 2500 for sign in request["text"]]
        samples = [int(8000 * math.sin(at * 2 * math.pi * tone / 8000)) for tone in tones for at in range(1200)]
        audio = struct.pack(f"<{len(samples)}h", *samples)
        answer({"bytes": len(audio)}, audio)
    else:
        sys.stdin.buffer.read(int(request["bytes"]))
        answer({"text": os.environ["HOTLINE_TEST_HEARD"], "no_speech": 0.0, "bytes": 0})
"""


def fake_speech(folder: Path) -> Path:
    """Make the environment; its recogniser hears what the variable HOTLINE_TEST_HEARD says, its synthesiser has a tone for each character."""
    (folder / "bin").mkdir(parents=True)
    (folder / "worker.py").write_text(_WORKER, "utf-8")
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{folder}/worker.py" "$@"\n', "utf-8")
    python.chmod(0o755)
    (folder / READY).touch()
    return folder
