"""Leaving a message: instructions, beep, recording until the hash key, the limit or the end of the call, thanks."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from hotline.core import events as e
from hotline.core.call import Call, Phase
from hotline.core.ending import MESSAGE_MIN_S, say_and_end
from hotline.core.floor import Floor, later
from hotline.core.ids import PromptKey, RecordingId
from hotline.core.playing import BEEP, play
from hotline.core.switching import StartRecording, StopRecording

INSTRUCTION = (PromptKey("voicemail_instruction"),)
THANKS = (PromptKey("voicemail_thanks"),)
MAX_S = 120.0
MESSAGE_MIN_MS = int(MESSAGE_MIN_S * 1_000)


def recording_path(floor: Floor, call: Call, at: datetime, suffix: str = "") -> str:
    """Return where a recording of this call goes: by local day, then by call; a second one is numbered."""
    local = at + timedelta(minutes=floor.index.site.offset_min)
    number = f"-{call.recordings + 1}" if call.recordings else ""
    return f"recordings/{local:%Y/%m/%d}/{call.call_id}{suffix}{number}.wav"


def begin(
    floor: Floor,
    call: Call,
    at: datetime,
    prompts: Iterable[PromptKey] = INSTRUCTION,
    thanks: Iterable[PromptKey] = THANKS,
    max_s: float = MAX_S,
) -> None:
    """Give the instructions; the beep is their end."""
    call.voicemail_thanks, call.voicemail_max_s = tuple(thanks), max_s
    call.digits = ""
    call.stage = "instruct"
    if not play(floor, call, (*prompts, BEEP), at, stop_on_digit=True):
        _record(floor, call, at)


def instructing(call: Call) -> bool:
    """Whether the call hears the instructions or the beep."""
    return call.phase is Phase.IVR and call.stage in {"instruct", "beep"}


def prompt_over(floor: Floor, call: Call, at: datetime) -> None:
    """The instructions have been heard: record."""
    _record(floor, call, at)


def digit(floor: Floor, call: Call, at: datetime, key: str) -> None:
    """A key during the instructions leads to the beep; the hash key ends the message."""
    if call.phase is Phase.VOICEMAIL:
        if key == "#":
            finish(floor, call, at)
    elif call.stage == "instruct":
        call.stage = "beep"
        if not play(floor, call, (BEEP,), at):
            _record(floor, call, at)


def _record(floor: Floor, call: Call, at: datetime) -> None:
    assert call.outside_leg is not None
    call.stage = "record"
    recording_id = RecordingId(floor.id())
    path = recording_path(floor, call, at, "-voicemail")
    floor.emit(
        e.RecordingStarted(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            recording_id=recording_id,
            leg_id=call.outside_leg,
            path=path,
            kind="voicemail",
        )
    )
    floor.command(StartRecording(recording_id=recording_id, leg_id=call.outside_leg, path=path))
    floor.set_timer("step", call.call_id, later(at, call.voicemail_max_s))


def finish(floor: Floor, call: Call, at: datetime) -> None:
    """The message is complete: thank and end."""
    if call.closing is not None:
        return
    call.message_until = at
    if call.recording is not None:  # a full disk, or a restart, may have closed it already
        floor.command(StopRecording(recording_id=call.recording.recording_id))
    say_and_end(floor, call, at, call.voicemail_thanks or THANKS)
