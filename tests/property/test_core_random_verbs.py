"""Random verbs by random people at random moments, against telephones and citizens who do as they please; the switch is simulated.

Held against it: the identities of the metric dictionary after every event, who hears whom after every command, one end for each
call, no leg and no agent left over, and a journal that folds to the same state at any moment. A seed is the bug report.
"""

import pytest

from hotline.adapters.embedded.player import Playback
from hotline.adapters.embedded.switchboard import Refused as NotPossible
from hotline.adapters.embedded.switchboard import Switchboard
from hotline.adapters.embedded.voice import Voice
from hotline.core import events as e
from hotline.core import requests as r
from hotline.core import switching as s
from hotline.core.agent import IN_CALL
from hotline.core.ids import LegId
from hotline.core.metrics.folds import FactFold
from hotline.wire.rtp_stream import OutgoingStream
from tests.property.office import ROUGH, Office, expected

DURABLE = (
    "phase",
    "since",
    "visit",
    "offer",
    "talk",
    "participants",
    "forwarding",
    "transfer",
    "legs",
    "outside_leg",
    "recording",
    "talks",
    "priority",
    "last_queue_id",
)


def nothing_is_left(office: Office) -> None:
    """Every call ended once, every leg is gone, every agent is free, every row of the statistics is closed."""
    office.checker.at_the_end(restarted=office.faults.restarts_per_hour > 0)
    assert not office.switch.legs
    assert office.centre.running == 0
    assert not office.centre.floor.taking_part
    assert not {a.state for a in office.centre.agents.values()} & IN_CALL
    assert not office.centre.floor.channels.used.total()
    fold = FactFold()
    facts = [fact for event in office.journal for fact in fold.apply(event)]
    talks = {fact.talk_id for fact in facts if type(fact).__name__ == "TalkFact"}
    assert talks == {x.talk_id for x in office.journal if isinstance(x, e.TalkStarted)}


@pytest.mark.req("AGT-1", "SUP-2")
@pytest.mark.parametrize("seed", range(60), ids=lambda n: f"seed{n}")
def test_whatever_people_try_every_call_comes_to_one_end(seed: int) -> None:
    office = Office(seed)
    office.run()
    nothing_is_left(office)


@pytest.mark.req("AGT-1", "SUP-2", "OPS-2")
@pytest.mark.parametrize("seed", range(60), ids=lambda n: f"seed{n}")
def test_the_same_while_everything_goes_wrong_that_can(seed: int) -> None:
    office = Office(1_000 + seed, ROUGH)
    office.run()
    nothing_is_left(office)


@pytest.mark.req("OPS-2")
@pytest.mark.parametrize("seed", range(20), ids=lambda n: f"seed{n}")
def test_the_journal_folds_to_the_same_calls_at_any_moment(seed: int) -> None:
    office = Office(2_000 + seed)

    def compare() -> None:
        fresh = office.folded()
        for call_id, call in fresh.calls.items():
            live = office.centre.calls[call_id]
            assert {f: getattr(call, f) for f in DURABLE} == {f: getattr(live, f) for f in DURABLE}
        assert fresh.floor.taking_part == office.centre.floor.taking_part

    for n in range(40):
        office.clock.on(10.0 * n, compare)
    office.run()


class EmbeddedSound:
    """The embedded engine's own switchboard, driven by the same commands as the simulated one, without sockets and sound."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.board = Switchboard(lambda _event: None)
        carry_out = office.switch.execute

        def both(command: s.SwitchCommand) -> None:
            carry_out(command)
            self.follow()
            self.take(command)

        office.switch.execute = both

    def follow(self) -> None:
        """Legs come and go, and plays end, as in the simulation."""
        there, voices = self.office.switch.legs, self.board.voices
        for leg_id in there.keys() - voices.keys():
            voices[leg_id] = Voice(leg_id, lambda _event: None, OutgoingStream(1, 1, 1))
        for leg_id in voices.keys() - there.keys():
            self.board.remove(voices[leg_id])
        for leg_id, voice in voices.items():
            if there[leg_id].play_id is None:
                voice.stop_play()

    def take(self, command: s.SwitchCommand) -> None:
        """Carry out what concerns sound."""
        voices = self.board.voices
        legs = [getattr(command, "leg_id", None), getattr(command, "peer_id", None)]
        if any(leg is not None and leg not in voices for leg in legs):
            return
        try:
            self._do(command)
        except NotPossible as refused:
            self.office.refusals.append(refused.code)

    def _do(self, command: s.SwitchCommand) -> None:
        voices, board = self.board.voices, self.board
        match command:
            case s.Bridge():
                board.bridge(voices[command.leg_id], voices[command.peer_id])
            case s.Hold():
                board.hold(voices[command.leg_id], Playback(None, 0))
            case s.Unhold():
                board.unhold(voices[command.leg_id])
            case s.Unbridge():
                board.unbridge(voices[command.leg_id])
            case s.SetRoom():
                board.set_room(command.room_id, command.members)
            case s.Mute():
                voices[command.leg_id].muted = command.muted
            case s.Play():
                voices[command.leg_id].play(Playback(command.play_id, command.repeat))
            case s.StopPlay():
                voices[command.leg_id].stop_play()
            case _:
                pass

    def hears(self, leg_id: LegId) -> set[LegId]:
        """Whose speech reaches this leg."""
        voices = self.board.voices
        listener = voices[leg_id]
        if listener.playing is not None or listener.music is not None:
            return set()
        heard = {voice.leg_id for voice in voices.values() if voice.relay_to is listener}
        for room in self.board.rooms():
            heard |= room.heard_by(listener)
        return {other for other in heard if not voices[other].muted}


@pytest.mark.req("AGT-1", "SUP-2")
@pytest.mark.parametrize("seed", range(20), ids=lambda n: f"seed{n}")
def test_on_the_embedded_engine_too_everybody_hears_whom_they_should(seed: int) -> None:
    office = Office(4_000 + seed)
    sound = EmbeddedSound(office)
    compared = 0

    def compare() -> None:
        nonlocal compared
        sound.follow()
        for call in office.centre.calls.values():
            wanted = expected(call)
            if wanted is None or not wanted.keys() <= office.switch.legs.keys():
                continue
            for leg_id, others in wanted.items():
                if not office.switch.connections.playing.get(leg_id):
                    assert sound.hears(leg_id) == others, f"{call.phase}: {leg_id} of {call}"
                    compared += 1

    office.watchers.append(compare)
    office.run()
    assert compared > 100
    assert not office.refusals


def test_chance_meets_every_verb_carried_out_and_refused() -> None:
    done: dict[str, int] = {}
    for seed in range(10):
        office = Office(3_000 + seed)
        office.run()
        for name, times in office.done.items():
            done[name] = done.get(name, 0) + times
    carried_out = {name for name in done if not name.endswith("!")}
    asked = set(r.AnyRequest.__args__) - set(
        r.Told.__args__
    )  # what people ask, not what the application tells
    assert carried_out == {kind.__name__ for kind in asked}
