"""Which engines speak and listen: the models of the speech environment (`make speech`), each in a worker process of its own.

Like the composition root this module knows several adapters; nothing but the root uses it.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline.adapters.speech_kokoro import synthesizer as kokoro
from hotline.adapters.speech_whisper import recognizer as whisper
from hotline.core.site import Site
from hotline.platform.settings import Settings
from hotline.platform.speech_environment import speech_environment

_SOURCE = Path(__file__).parent.parent
FIRST_WARM_S = 20.0
WARM_EVERY_S = 300.0
"""More often than idle workers are ended."""
_NODES = re.compile(r'"kind":\s*"(speak|answer)"')


def nodes_that_speak(site: Site) -> set[str]:
    """Return which kinds of nodes that need a model the published flows have."""
    return {kind for flow in site.flows for kind in _NODES.findall(flow.json)}


@dataclass(frozen=True, slots=True)
class Speech:
    """Both engines. Nothing runs before the first request, but for what published flows will need."""

    synthesizer: kokoro.KokoroSynthesizer
    recognizer: whisper.WhisperRecognizer

    async def keep_warm(self, site: Callable[[], Site]) -> None:
        """For ever: where a published flow speaks or listens, no caller waits for a model to be loaded."""
        await asyncio.sleep(FIRST_WARM_S)
        while True:
            kinds = nodes_that_speak(site())
            if kinds:
                await self.synthesizer.warm()
            if "answer" in kinds:
                await self.recognizer.warm()
            await asyncio.sleep(WARM_EVERY_S)

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
