"""Recordings ordered on the legs of one node. FreeSWITCH writes a part for each (`orders.PARTS`); `recordings` makes the final file."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import assert_never

from hotline.adapters.freeswitch import orders
from hotline.adapters.freeswitch.legs import Leg, Tape
from hotline.adapters.freeswitch.node import ENDED_MAX, Node
from hotline.adapters.freeswitch.orders import Part
from hotline.adapters.freeswitch.posting import Posting
from hotline.adapters.freeswitch.waiting import NotInTime
from hotline.core.switching import PauseRecording, StartRecording, StopRecording

RECORD_LIMIT_S = 5.0
RECORD_TRIES = 3
LINE_LIMIT_S = 60.0
RECORDING_VARIABLE = "hotline_recording"
"""On a recorded channel: the part's name, for the application that comes after us."""


class Taping:
    """Takes commands about recordings for one node."""

    def __init__(self, node: Node, posting: Posting) -> None:
        self._node = node
        self._posting = posting

    def start(self, leg: Leg, command: StartRecording) -> None:
        """Begin to record a leg."""
        node = self._node
        if command.recording_id in node.known_recordings:
            return
        path = PurePosixPath(command.path)
        part = Part(command.recording_id, leg.leg_id, str(path))
        if path.is_absolute() or ".." in path.parts or not path.name or len(part.name) > 240:
            node.failed(command, leg.leg_id, "bad_path")
            return
        if leg.tape is not None:
            node.failed(command, leg.leg_id, "bad_state", "the leg is being recorded")
            return
        node.known_recordings[command.recording_id] = None
        if len(node.known_recordings) > ENDED_MAX:
            node.known_recordings.popitem(last=False)
        tape = leg.tape = Tape(part=part)
        self._posting.post(command, (leg,), partial(self._record, leg, tape))

    def _where(self, tape: Tape) -> str:
        return f"{self._node.settings.sounds_at}/{orders.PARTS}/{tape.part.name}"

    async def _record(self, leg: Leg, tape: Tape) -> None:
        """Let FreeSWITCH begin. An order that a cut line swallowed is given again: FreeSWITCH takes it for what already runs."""
        for _ in range(RECORD_TRIES):
            refused = await self._begin(leg, tape)
            if refused is None and not tape.started:
                with suppress(NotInTime):  # stock is taken when the line is back, and every leg looked at
                    await self._node.until((leg,), lambda: self._node.up, LINE_LIMIT_S)
                continue
            break
        if leg.tape is not tape:
            return
        if not tape.started:
            leg.tape = None
            self._node.recording_closed(tape.part, error="write_failed")
            return
        # For the application that comes after us: what this channel is recorded to.
        self._node.api(leg, f"uuid_setvar {leg.leg_id} {RECORDING_VARIABLE} {tape.part.name}")
        if tape.paused:
            self._pause(leg, tape)

    async def _begin(self, leg: Leg, tape: Tape) -> str | None:
        """Give the order; return FreeSWITCH's refusal, None when there was none (`tape.started` says whether it records)."""
        refused: list[str] = []

        def came_back(answer: str) -> None:
            if answer.startswith("-"):
                refused.append(answer)
            else:
                tape.started = True
            self._node.touched(leg.leg_id)

        # In the background: FreeSWITCH waits for the file's thread, and other calls would wait with it.
        self._node.job(
            f"bgapi uuid_record {leg.leg_id} start {self._where(tape)} 0"
            " {RECORD_STEREO=true,RECORD_MIN_SEC=0,RECORD_PRE_BUFFER_FRAMES=1}",
            came_back,
        )
        with suppress(NotInTime):
            await self._node.until((leg,), lambda: tape.started or bool(refused), RECORD_LIMIT_S)
        return refused[0] if refused else None

    def _pause(self, leg: Leg, tape: Tape) -> None:
        order = "mask" if tape.paused else "unmask"
        self._node.api(leg, f"uuid_record {leg.leg_id} {order} {self._where(tape)}")

    def change(self, command: PauseRecording | StopRecording, leg: Leg) -> None:
        """Pause or stop the recording that runs on a leg."""
        assert leg.tape is not None
        tape = leg.tape
        match command:
            case PauseRecording():
                tape.paused = command.paused
                if tape.started:
                    self._pause(leg, tape)
            case StopRecording():
                if not tape.closing:
                    tape.closing = True
                    self._posting.post(command, (leg,), partial(self._stop_recording, leg, tape))
            case _:
                assert_never(command)

    async def _stop_recording(self, leg: Leg, tape: Tape) -> None:
        if leg.tape is not tape:
            return
        self._node.api(leg, f"uuid_record {leg.leg_id} stop {self._where(tape)}")
        self._node.api(leg, f"uuid_setvar {leg.leg_id} {RECORDING_VARIABLE}")
        try:
            await self._node.until((leg,), lambda: leg.tape is not tape)
        except NotInTime:
            leg.tape = None
            self._node.recording_closed(tape.part)
