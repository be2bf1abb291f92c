"""What the screens about speech send and get."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hotline.platform.schemas import Answer, ApiModel
from hotline.ports.speech import SPEED_MAX, SPEED_MIN, SPOKEN_TEXT_LIMIT

SpokenText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=SPOKEN_TEXT_LIMIT)
]
VoiceName = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]{0,63})?$")]
Speed = Annotated[float, Field(ge=SPEED_MIN, le=SPEED_MAX)]


class SpeechState(Answer):
    """Whether this machine can speak and listen; `hint` says in Chinese what to do where it cannot."""

    state: Literal["installed", "making", "missing"]
    hint: str
    synthesis: bool
    recognition: bool
    voices: list[str]
    """Names of voices, the site's own first."""


class SpeakRequest(ApiModel):
    """A text to be spoken; "" is the site's voice, 1.0 its natural speed."""

    text: SpokenText
    voice: VoiceName = ""
    speed: Speed = 1.0


class SpokenTextState(Answer):
    """How far a text is. `reads` is how its numerals are read; `done` of `total` pieces are spoken."""

    id: str
    state: Literal["ready", "working", "failed"]
    done: int
    total: int
    reads: str = ""
    why: str = ""
