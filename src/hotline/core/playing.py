"""Play prompts to the party outside, never without a timer that notices when the end is not reported."""

from collections.abc import Iterable
from datetime import datetime

from hotline.core.call import Call
from hotline.core.floor import Floor, later
from hotline.core.ids import PlayId, PromptKey
from hotline.core.switching import Play

GUARD_S = 5.0
"""How long after its length a play that nobody reported as done counts as done."""
BEEP = PromptKey("beep")
SYSTEM_ERROR = PromptKey("system_error")


def play(floor: Floor, call: Call, keys: Iterable[str], at: datetime, *, stop_on_digit: bool = False) -> bool:
    """Play these prompts one after another; False when none of them exists, so that nothing will be heard of it.

    The call's step timer is set as a guard: it fires when `PlayDone` never comes.
    """
    sounds, duration_ms = floor.index.sounds(keys)
    return _play(floor, call, sounds, duration_ms, at, stop_on_digit=stop_on_digit)


def play_file(
    floor: Floor,
    call: Call,
    path: str,
    duration_ms: int,
    at: datetime,
    *,
    then: Iterable[str] = (),
    stop_on_digit: bool = False,
) -> bool:
    """Play a file of the data folder that is no prompt, such as a text that was just spoken, `then` prompts; as `play` otherwise."""
    sounds, more_ms = floor.index.sounds(then)
    return _play(floor, call, (path, *sounds), duration_ms + more_ms, at, stop_on_digit=stop_on_digit)


def _play(
    floor: Floor, call: Call, sounds: tuple[str, ...], duration_ms: int, at: datetime, *, stop_on_digit: bool
) -> bool:
    if not sounds or call.outside_leg is None:
        call.play_id = None
        return False
    call.play_id = PlayId(floor.id())
    floor.command(
        Play(leg_id=call.outside_leg, play_id=call.play_id, sounds=sounds, stop_on_digit=stop_on_digit)
    )
    floor.set_timer("step", call.call_id, later(at, duration_ms / 1_000 + GUARD_S))
    return True


def play_for_ever(floor: Floor, call: Call, keys: Iterable[str]) -> None:
    """Play these prompts in a loop; its end is of no interest, so no timer watches it."""
    call.play_id = None
    sounds, _ = floor.index.sounds(keys)
    if sounds and call.outside_leg is not None:
        floor.command(Play(leg_id=call.outside_leg, play_id=PlayId(floor.id()), sounds=sounds, repeat=0))
