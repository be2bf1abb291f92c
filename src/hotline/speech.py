"""Which engines speak and listen: the models of the speech environment (`make speech`), each in a worker process of its own.

Like the composition root this module knows several adapters; nothing but the root uses it.
"""

from dataclasses import dataclass
from pathlib import Path

from hotline.adapters.speech_kokoro import synthesizer as kokoro
from hotline.adapters.speech_whisper import recognizer as whisper
from hotline.platform.settings import Settings
from hotline.platform.speech_environment import speech_environment

_SOURCE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Speech:
    """Both engines. Nothing runs before the first request."""

    synthesizer: kokoro.KokoroSynthesizer
    recognizer: whisper.WhisperRecognizer

    async def close(self) -> None:
        """End the workers."""
        await self.synthesizer.close()
        await self.recognizer.close()


def speech_for(settings: Settings) -> Speech:
    """Return the engines of this machine; where the environment is missing they say so when they are asked."""
    environment = speech_environment(settings.speech)

    def speaking() -> tuple[str, ...]:
        return kokoro.worker_command(environment.python, environment.voices)

    def listening() -> tuple[str, ...]:
        return whisper.worker_command(environment.python, environment.recognition_model)

    def installed() -> bool:
        return environment.installed

    return Speech(
        synthesizer=kokoro.KokoroSynthesizer(speaking, source=_SOURCE, installed=installed),
        recognizer=whisper.WhisperRecognizer(listening, source=_SOURCE, installed=installed),
    )
