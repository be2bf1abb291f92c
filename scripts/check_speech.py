"""Load both speech models once, so that files which are missing or not the examined ones are found at installation.

Run by `make speech` in the environment of the `speech` extra. Prints what it did; exits 1 with the reason otherwise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np


def main() -> int:
    """Check the environment in the folder given. Returns the exit status."""
    from hotline.adapters.speech_kokoro.model import Kokoro
    from hotline.adapters.speech_kokoro.model import WrongFile as WrongVoice
    from hotline.adapters.speech_kokoro.voices import VOICE_SHA256
    from hotline.adapters.speech_whisper.model import Whisper
    from hotline.adapters.speech_whisper.model import WrongFile as WrongModel

    folder = Path(sys.argv[1])
    try:
        synthesis = Kokoro(folder / "voices")
        for voice in VOICE_SHA256:
            synthesis.speak("您好。", voice=voice, speed=1.0)
        recognition = Whisper(folder / "whisper")
        recognition.write_down(np.zeros(16_000, np.float32), [])
    except (WrongVoice, WrongModel) as wrong:
        print(f"speech: {wrong}", file=sys.stderr)
        return 1
    print(f"speech: {len(VOICE_SHA256)} voices and the recognition model are whole")
    return 0


if __name__ == "__main__":
    sys.exit(main())
