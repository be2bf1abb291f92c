"""What the platform may ask this feature for: texts spoken into files, and the services by which flows speak, listen and answer."""

from pathlib import Path

from hotline.core import flow_answer
from hotline.core.flow_speech import SERVICE
from hotline.features.speech.answering import AnsweringService, JudgedService, ListenService, ReadyService
from hotline.features.speech.saying import SayingService
from hotline.features.speech.spoken import SpokenFiles
from hotline.platform.access import Platform
from hotline.ports.call_control import CallControl
from hotline.ports.inquiries import Services
from hotline.ports.knowledge import KnowledgeSearch
from hotline.ports.recordings import GrowingRecordings
from hotline.ports.speech import Recognizer, SpokenTexts, Synthesizer


def wire(platform: Platform) -> None:
    """Offer spoken texts and answers; the models are looked up when they are needed, for they may come later."""
    data = platform.settings.data.absolute()

    def synthesizer() -> Synthesizer | None:
        return platform.services.get(Synthesizer)

    def recognizer() -> Recognizer | None:
        return platform.services.get(Recognizer)

    def knowledge() -> KnowledgeSearch | None:
        return platform.services.get(KnowledgeSearch)

    def growing(path: str) -> Path | None:
        recordings = platform.services.get(GrowingRecordings)
        return recordings.growing(path) if recordings is not None else None

    files = SpokenFiles(data, synthesizer)
    platform.services[SpokenFiles] = files
    platform.services[SpokenTexts] = files
    services: Services = platform.services.setdefault(Services, Services())
    saying = services[SERVICE] = SayingService(files)
    services[flow_answer.READY] = ReadyService(recognizer, synthesizer)
    services[flow_answer.LISTEN] = ListenService(growing)
    services[flow_answer.ANSWER] = AnsweringService(data, recognizer, knowledge, files)
    services[flow_answer.JUDGED] = JudgedService(knowledge)

    def published() -> tuple[str, ...]:
        calls = platform.services.get(CallControl)
        return tuple(flow.json for flow in calls.site().flows) if calls is not None else ()

    platform.background["speech-prepare"] = lambda: saying.keep_prepared(published)
