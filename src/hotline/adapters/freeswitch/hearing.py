"""What a node's events change: the ear of a `Node`.

Translates events into ours and keeps the port's promises whatever the event socket does: doubled, late, missing and disordered events
change nothing twice. Who calls is asked of `translate.Admission`; calls that come before the directory wait for it here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import structlog

from hotline.adapters.freeswitch import translate
from hotline.adapters.freeswitch.legs import Leg, Tape
from hotline.adapters.freeswitch.node import Node
from hotline.adapters.freeswitch.orders import part_of
from hotline.adapters.freeswitch.translate import Caller, Event
from hotline.core.ids import LegId
from hotline.core.switching import (
    DigitPressed,
    LegIncoming,
    LegKind,
    LegRefused,
    LegRinging,
    LegState,
    RemoteHold,
    TransferRequested,
)
from hotline.wire import esl
from hotline.wire.sip.causes import q850_of_status

log = structlog.stdlib.get_logger(__name__)

SEEN_MAX = 8_192
EARLY_MAX = 2_000


class Hearing:
    """Takes the events of a node. `full` says whether a caller may have no more legs."""

    def __init__(self, node: Node, full: Callable[[Caller], bool]) -> None:
        self._node = node
        self._full = full
        self._early: dict[LegId, Event] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._handlers: dict[str, Callable[[Event], None]] = {
            "CHANNEL_CREATE": self._on_create,
            "CHANNEL_PARK": self._on_park,
            "CHANNEL_PROGRESS": self._on_progress,
            "CHANNEL_PROGRESS_MEDIA": self._on_progress,
            "CHANNEL_ANSWER": self._on_answer,
            "CHANNEL_BRIDGE": self._on_bridge,
            "CHANNEL_UNBRIDGE": self._on_unbridge,
            "CHANNEL_HANGUP_COMPLETE": self._on_hangup,
            "CHANNEL_EXECUTE": self._on_execute,
            "CHANNEL_EXECUTE_COMPLETE": self._on_execute_complete,
            "CHANNEL_HOLD": self._on_remote_hold,
            "CHANNEL_UNHOLD": self._on_remote_hold,
            "DTMF": self._on_dtmf,
            "RECORD_START": self._on_record_start,
            "RECORD_STOP": self._on_record_stop,
            "MEDIA_BUG_STOP": self._on_bug_stop,
            "BACKGROUND_JOB": self._on_job,
            "sofia::register": self._on_register,
            "sofia::unregister": self._on_unregister,
            "sofia::expire": self._on_unregister,
            "conference::maintenance": self._on_conference,
        }

    def forget(self) -> None:
        """The node is another one now; it counts its events anew."""
        self._seen.clear()
        self._early.clear()

    def on_event(self, event: dict[str, Any]) -> None:
        """Take an event. A bug in here costs this event, not the node."""
        sequence = event.get("Event-Sequence", "")
        if sequence:
            if sequence in self._seen:
                return
            self._seen[sequence] = None
            if len(self._seen) > SEEN_MAX:
                self._seen.popitem(last=False)
        name = event.get("Event-Name", "")
        handler = self._handlers.get(event.get("Event-Subclass", "") if name == "CUSTOM" else name)
        if handler is None:
            return
        try:
            handler(event)
        except Exception:
            log.exception("freeswitch_event_failed", event_name=name)
        leg_id = event.get("Unique-ID")
        if leg_id:
            self._node.touched(leg_id)

    def _leg(self, event: Event) -> Leg | None:
        return self._node.legs.get(LegId(event.get("Unique-ID", "")))

    def _on_create(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None:
            leg.created = True
            if leg.ordered is not None:
                self._node.api(leg, f"uuid_kill {leg.leg_id} {leg.ordered.q850}")

    def _on_park(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            if event.get("Call-Direction") == "inbound" and event.get("Answer-State") == "ringing":
                self.incoming(event)
            return
        leg.created = True
        if event.get("variable_hotline_from") == "transfer" and leg.peer_id is not None and not leg.held:
            target = event.get("Caller-Destination-Number", "")
            self._node.emit(TransferRequested(at=self._node.now(), leg_id=leg.peer_id, target=target))
        if _sequence(event) < leg.bridged_seq:
            return
        if (
            leg.state is LegState.DIALLING and not leg.rung
        ):  # we have it because it rings; the word of that was lost
            self._rings(leg, early=leg.with_media)
        leg.parked = True
        self._node.apart(leg)
        self._node.left_room(leg)

    def incoming(self, event: Event) -> None:
        """A new channel waits for us."""
        leg_id = LegId(event.get("Unique-ID", ""))
        if not leg_id or leg_id in self._node.ended:
            return
        if (
            not self._node.admission.ready
        ):  # nobody can say yet who calls; the directory comes right after we are up
            if len(self._early) < EARLY_MAX:
                self._early[leg_id] = event
            return
        caller = self._node.admission.caller(event)
        refused = caller.refused or (503 if self._full(caller) else 0)
        if refused:
            self._turn_away(leg_id, caller, refused)
            return
        # We are here: the dialplan's 503 for calls that nobody attends to is called off, before anything else is ordered.
        self._node.send(esl.command(f"api sched_del {leg_id}"))
        now = self._node.now()
        self._node.legs[leg_id] = Leg(
            leg_id=leg_id,
            kind=caller.kind,
            state=LegState.INCOMING,
            since=now,
            device_id=caller.device_id,
            trunk_id=caller.trunk_id,
            created=True,
            parked=True,
            keys_end_plays=False if event.get("variable_playback_terminators") == "none" else None,
        )
        self._node.emit(
            LegIncoming(
                at=now,
                leg_id=leg_id,
                kind=caller.kind,
                ani=caller.ani,
                dnis=caller.dnis,
                trunk_id=caller.trunk_id,
                device_id=caller.device_id,
                test=caller.test,
            )
        )

    def provisioned(self) -> None:
        """The directory has come: look again at those nobody could place."""
        early, self._early = self._early, {}
        for leg_id, event in early.items():
            leg = self._node.legs.get(leg_id)
            if leg is None:
                self.incoming(event)
            else:
                caller = self._node.admission.caller(event)
                leg.kind, leg.trunk_id, leg.device_id = caller.kind, caller.trunk_id, caller.device_id

    def place_later(self, leg_id: LegId, about: Event) -> None:
        """A leg was taken over before the directory came."""
        if not self._node.admission.ready and len(self._early) < EARLY_MAX:
            self._early[leg_id] = about

    def _turn_away(self, leg_id: LegId, caller: Caller, status: int) -> None:
        self._node.remember(leg_id)
        self._node.send(esl.execute(str(leg_id), "respond", str(status)))
        if caller.kind is LegKind.DEVICE or (caller.kind is LegKind.TRUNK and caller.trunk_id is None):
            return
        self._node.emit(
            LegRefused(
                at=self._node.now(),
                leg_id=leg_id,
                kind=caller.kind,
                ani=caller.ani,
                dnis=caller.dnis,
                sip_status=status,
                q850=q850_of_status(status),
                trunk_id=caller.trunk_id,
                test=caller.test,
            )
        )

    def _on_progress(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        early = event.get("Event-Name") == "CHANNEL_PROGRESS_MEDIA"
        leg.with_media = leg.with_media or early
        if leg.state is LegState.DIALLING:
            self._rings(leg, early=early)

    def _rings(self, leg: Leg, *, early: bool) -> None:
        leg.rung = True
        self._node.emit(LegRinging(at=self._node.now(), leg_id=leg.leg_id, early_media=early))

    def _on_answer(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None:
            self._node.answered(leg)

    def _on_bridge(self, event: Event) -> None:
        one = self._node.legs.get(LegId(event.get("Bridge-A-Unique-ID", "")))
        other = self._node.legs.get(LegId(event.get("Bridge-B-Unique-ID", "")))
        if one is None or other is None:
            return
        at_us = translate.number(event, "Event-Date-Timestamp")
        for leg, peer in ((one, other), (other, one)):
            leg.bridged_with, leg.bridged_seq, leg.parked = peer.leg_id, _sequence(event), False
            self._node.left_room(leg)
            self._node.among_people(leg, at_us, with_people=True)
        self._node.together(one, other)
        for leg in (one, other):
            self._node.touched(leg.leg_id)

    def _on_unbridge(self, event: Event) -> None:
        one = self._node.legs.get(LegId(event.get("Bridge-A-Unique-ID", "")))
        if one is not None and _sequence(event) >= one.bridged_seq:
            self._node.apart(one)

    def _on_conference(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None or leg.room is None or event.get("Conference-Name") != leg.room.name:
            return
        match event.get("Action"):
            case "add-member":
                leg.member, leg.parked = event.get("Member-ID", ""), False
            case "del-member" if event.get("Member-ID") == leg.member:
                self._node.left_room(leg)
            case _:
                pass

    def _on_dtmf(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        digit = event.get("DTMF-Digit", "")
        self._node.emit(DigitPressed(at=self._node.now(), leg_id=leg.leg_id, digit=digit))
        playing = leg.playing
        if playing is not None and playing.stop_on_digit and (playing.endless or playing.displacing):
            self._node.stop_sound(leg, playing)

    def _on_execute(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None and leg.playing is not None and leg.playing.name == event.get("Application-UUID"):
            leg.playing.started = True

    def _on_execute_complete(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            return
        if event.get("Application") == "conference" and leg.room is not None:
            self._node.left_room(leg)
            leg.parked = True
            return
        playing = leg.playing
        if playing is None or playing.name != event.get("Application-UUID"):
            return
        answer = event.get("variable_current_application_response", "")
        interrupted = (
            playing.stopping
            or bool(event.get("variable_playback_terminator_used"))
            or event.get("Answer-State") == "hangup"
        )
        if answer == "FILE PLAYED" and playing.endless and not interrupted:
            return  # the next round begins
        if answer != "FILE PLAYED" and not interrupted:
            self._node.failed(playing.command, leg.leg_id, "no_file")
        self._node.play_ended(leg, playing, finished=answer == "FILE PLAYED" and not interrupted)

    def _on_bug_stop(self, event: Event) -> None:
        leg = self._leg(event)
        playing = leg.playing if leg is not None else None
        if leg is None or playing is None or not playing.displacing:
            return
        if event.get("Media-Bug-Function") == "displace" and event.get("Media-Bug-Target") in {
            None, playing.argument,
        }:  # fmt: skip
            self._node.play_ended(leg, playing, finished=not playing.stopping)

    def _on_remote_hold(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is not None:
            held = event.get("Event-Name") == "CHANNEL_HOLD"
            self._node.emit(RemoteHold(at=self._node.now(), leg_id=leg.leg_id, held=held))

    def _tape(self, event: Event) -> tuple[Leg, Tape] | None:
        leg = self._leg(event)
        if leg is None or leg.tape is None:
            return None
        named = event.get("Record-File-Path", "").rpartition("/")[2] == leg.tape.part.name
        return (leg, leg.tape) if named else None

    def _on_record_start(self, event: Event) -> None:
        found = self._tape(event)
        if found is not None:
            leg, tape = found
            tape.started = True
            at_us = translate.number(event, "Event-Date-Timestamp")
            self._node.recordings.mark(tape.part, at_us, "start")
            self._node.recordings.mark(tape.part, at_us, "on" if leg.with_people else "off")

    def _on_record_stop(self, event: Event) -> None:
        part = part_of(event.get("Record-File-Path", ""))
        if part is None:
            return
        leg = self._node.legs.get(part.leg_id)
        if leg is not None and leg.tape is not None and leg.tape.part == part:
            leg.tape = None
        self._node.recording_closed(part)

    def _on_hangup(self, event: Event) -> None:
        leg = self._leg(event)
        if leg is None:
            self._early.pop(LegId(event.get("Unique-ID", "")), None)
            self._node.remember(LegId(event.get("Unique-ID", "")))
            return
        ended = translate.hung_up(
            event, leg.leg_id, self._node.now(), answered=leg.state is LegState.UP, ordered=leg.ordered
        )
        self._node.over(leg, ended)

    def _on_job(self, event: Event) -> None:
        on_result = self._node.jobs.pop(event.get("Job-UUID", ""), None)
        if on_result is not None:
            on_result(event.get("_body", "").strip())

    def _on_register(self, event: Event) -> None:
        device = translate.registered(event, self._node.now())
        if device is not None:
            self._node.devices[device.device_id] = device
            self._node.contacts[device.device_id] = event.get("contact", "")
            self._node.emit(device)

    def _on_unregister(self, event: Event) -> None:
        user = event.get("from-user") or event.get("user") or event.get("to-user", "")
        left = event.get("Event-Subclass") == "sofia::unregister"
        self._node.gone(translate.device_of(user), "left" if left else "expired")


def _sequence(event: Event) -> int:
    return translate.number(event, "Event-Sequence")
