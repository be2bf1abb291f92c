"""Routes of speech: what this machine can do, and texts spoken for listening before anything is saved."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import FileResponse

from hotline.core.reading_aloud import in_words
from hotline.features.speech.schemas import SpeakRequest, SpeechState, SpokenTextState
from hotline.features.speech.spoken import SpokenFiles
from hotline.platform.access import Platform, ThePlatform, require
from hotline.platform.errors import NotFound
from hotline.platform.permissions import Permission
from hotline.platform.speech_environment import speech_environment
from hotline.platform.speech_errors import refused_as
from hotline.ports.speech import Recognizer, SpeechMissing, SynthesisFailed, Synthesizer

router = APIRouter(tags=["speech"])

MaySpeak = Depends(require(Permission.PROMPTS_MANAGE))
MayLook = Depends(require(Permission.PROMPTS_VIEW, Permission.FLOWS_VIEW))
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{40}$")]


@router.get("/speech", dependencies=[MayLook])
async def get_speech(platform: ThePlatform) -> SpeechState:
    """Whether this machine can speak and listen, and what to do where it cannot."""
    environment = speech_environment(platform.settings.speech)
    synthesizer: Synthesizer | None = platform.services.get(Synthesizer)
    recognizer: Recognizer | None = platform.services.get(Recognizer)
    speaks = synthesizer is not None and synthesizer.installed
    return SpeechState(
        state="installed" if speaks else "making" if environment.state == "making" else "missing",
        hint="" if speaks else environment.hint,
        synthesis=speaks,
        recognition=recognizer is not None and recognizer.installed,
        voices=list(synthesizer.voices) if synthesizer is not None else [],
    )


@router.post("/speech/texts", status_code=202, dependencies=[MaySpeak])
async def speak_text(wanted: SpeakRequest, platform: ThePlatform) -> SpokenTextState:
    """Begin to speak a text, for listening; what was spoken before is ready at once."""
    files = _files(platform)
    try:
        key = files.begin(wanted.text, voice=wanted.voice, speed=wanted.speed)
    except (SpeechMissing, SynthesisFailed) as failed:
        raise refused_as(failed, platform.settings) from failed
    return _state(platform, key).model_copy(update={"reads": in_words(wanted.text)})


@router.get("/speech/texts/{key}", dependencies=[MaySpeak])
async def get_spoken_text(key: Key, platform: ThePlatform) -> SpokenTextState:
    """How far a text is."""
    return _state(platform, key)


@router.get("/speech/texts/{key}/audio", response_class=FileResponse, dependencies=[MaySpeak])
async def get_spoken_text_audio(key: Key, platform: ThePlatform) -> FileResponse:
    """The spoken text as 8 kHz A-law WAV."""
    file = platform.settings.data / _files(platform).path_of(key)
    if not file.is_file():
        raise NotFound(id=key)
    return FileResponse(file, media_type="audio/wav")


def _files(platform: Platform) -> SpokenFiles:
    return platform.services[SpokenFiles]


def _state(platform: Platform, key: str) -> SpokenTextState:
    files = _files(platform)
    progress = files.progress(key)
    if progress is not None:
        return SpokenTextState(id=key, state="working", done=progress[0], total=progress[1])
    if (platform.settings.data / files.path_of(key)).is_file():
        return SpokenTextState(id=key, state="ready", done=1, total=1)
    return SpokenTextState(
        id=key, state="failed", done=0, total=0, why="语音合成没有完成，请再试一次；仍不成功时查看系统日志"
    )
