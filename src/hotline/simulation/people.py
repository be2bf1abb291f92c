"""Simulated people: citizens who choose, wait, lose patience and rate; agents who answer, talk, rest and lose their connection."""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from hotline.core import requests
from hotline.core.events import AgentState
from hotline.core.ids import LegId
from hotline.core.site import AgentProfile
from hotline.core.site_index import mobile_device
from hotline.core.switching import HangUpCause
from hotline.simulation.site import NUMBER, REGULARS
from hotline.simulation.switchboard import SimulatedLeg

if TYPE_CHECKING:
    from hotline.simulation.world import World

_MENU, _SURVEY, _BEEP = "prompts/menu.wav", "prompts/survey_ask.wav", "prompts/beep.wav"
_OFFERED, _MESSAGE = "prompts/queue_callback_offer.wav", "prompts/queue_voicemail_offer.wav"
_AGREE, _ENTER, _PRESS_ONE = (
    "prompts/callback_confirm_keys.wav",
    "prompts/callback_enter_number.wav",
    "prompts/press_one.wav",
)
_HELPED = "prompts/answer_helped.wav"
_CHOICES = ("1", "2", "0", "3", "*", "9", "7", "")
_WEIGHTS = (30, 35, 20, 8, 2, 2, 1, 2)


class Citizen:
    """One caller with one matter."""

    def __init__(self, world: "World", name: str) -> None:
        """Call at once."""
        plan, chance = world.plan, world.chance
        self.world = world
        self.patience_s = chance.expovariate(1 / plan.patience_s) if plan.patience_s > 0 else 0.0
        self.talk_s = chance.expovariate(1 / plan.talk_s)
        self.waits = False
        self.talked = False
        self.leg = world.switch.call_in(LegId(name), self, self._number(), NUMBER)
        if plan.hang_up_anywhere and chance.random() < plan.hang_up_anywhere:
            world.clock.after(chance.expovariate(1 / 60.0), self.hang_up)

    def _number(self) -> str:
        plan, chance = self.world.plan, self.world.chance
        luck = chance.random()
        if luck < plan.withheld:
            return ""  # as the engines tell a number that is withheld
        return chance.choice(REGULARS) if luck < plan.withheld + plan.returning else any_number(chance)

    def hang_up(self) -> None:
        """Put the receiver down, if it is not down already."""
        self.world.switch.hang_up(self.leg)

    def hears(self, leg: SimulatedLeg, sounds: tuple[str, ...]) -> None:
        """React to a prompt: choose in a menu, rate, leave a message, begin to lose patience."""
        chance, clock = self.world.chance, self.world.clock
        if _MENU in sounds:
            key = chance.choices(_CHOICES, _WEIGHTS)[0]
            if key:
                clock.after(chance.uniform(0.5, 12.0), lambda: self.world.switch.press(leg, key))
        elif _SURVEY in sounds:
            if chance.random() < 0.6:
                key = chance.choice(("1", "1", "1", "2", "3", "5"))
                clock.after(chance.uniform(1.0, 9.0), lambda: self.world.switch.press(leg, key))
        elif _HELPED in sounds:
            self._press(leg, chance.choices(("1", "2", "0", "8", ""), (4, 2, 2, 1, 1))[0])
        elif _BEEP in sounds:
            clock.after(chance.uniform(3.0, 60.0), lambda: self.world.switch.press(leg, "#"))
        elif self._asked_while_waiting(leg, sounds):
            return
        elif leg.endless and not self.waits and not self.talked:
            self.waits = True
            if self.patience_s > 0:
                clock.after(self.patience_s, self._lose_patience)

    def _asked_while_waiting(self, leg: SimulatedLeg, sounds: tuple[str, ...]) -> bool:
        """React to what is offered to who waits: some want to be called back, some leave a message, some change their mind."""
        chance = self.world.chance
        if _AGREE in sounds:
            self._press(leg, chance.choices(("1", "2", "*", "5", ""), (80, 8, 5, 3, 4))[0])
        elif _ENTER in sounds:
            self._press(leg, chance.choice((any_number(chance) + "#", any_number(chance)[:7] + "#", "*", "")))
        elif _OFFERED in sounds:
            self._press(leg, chance.choices(("1", "2", "7", ""), (20, 6, 4, 70))[0])
        else:
            return False
        return True

    def _press(self, leg: SimulatedLeg, keys: str) -> None:
        """Press these keys, one after another."""
        moment = 0.0
        for key in keys:
            moment += self.world.chance.uniform(0.3, 1.5)
            self.world.clock.after(moment, lambda key=key: self.world.switch.press(leg, key))

    def _lose_patience(self) -> None:
        if not self.talked:
            self.hang_up()

    def connected(self, leg: SimulatedLeg) -> None:
        """The talk begins (or goes on after a broken leg)."""
        self.talked = True
        peer = self.world.switch.peer_of(leg)
        if self.world.chance.random() < 0.25:  # a quarter of the citizens hang up first
            self.world.clock.after(self.talk_s, lambda: self._done(peer))

    def _done(self, peer: LegId | None) -> None:
        if self.world.switch.peer_of(self.leg) == peer:
            self.hang_up()

    def gone(self, leg: SimulatedLeg) -> None:
        """The call is over."""

    def rung(self, leg: SimulatedLeg, *, auto: bool) -> None:
        """Be called: only far ends of outbound calls are."""


class FarEnd(Citizen):
    """Somebody whom an agent calls."""

    def __init__(self, world: "World") -> None:
        """Be at home or not."""
        self.world = world
        self.talk_s = world.chance.expovariate(1 / world.plan.talk_s)
        self.talked = self.waits = True

    def hears(self, leg: SimulatedLeg, sounds: tuple[str, ...]) -> None:
        """Press 1 when asked (on the duty phone); rate when called back."""
        if _PRESS_ONE in sounds:
            self._press(leg, self.world.chance.choices(("1", "31", ""), (8, 1, 1))[0])
        else:
            super().hears(leg, sounds)

    def connected(self, leg: SimulatedLeg) -> None:
        """Talk; with a citizen it is this side that ends the call (the duty phone has no agent's desk)."""
        peer_id = self.world.switch.peer_of(leg)
        peer = self.world.switch.legs.get(peer_id) if peer_id is not None else None
        if peer is not None and isinstance(peer.person, Citizen):
            self.world.clock.after(peer.person.talk_s, lambda: self._done(peer_id))
        else:
            super().connected(leg)

    def rung(self, leg: SimulatedLeg, *, auto: bool) -> None:  # noqa: ARG002 - a person's own telephone has no automatic
        """Answer, be busy, or let it ring; the line to it may fail before."""
        self.leg = leg
        luck, clock = self.world.chance.random(), self.world.clock
        if luck < 0.7:
            clock.after(self.world.chance.uniform(2.0, 25.0), lambda: self.world.switch.pick_up(leg))
        elif luck < 0.85:
            clock.after(1.0, lambda: self.world.switch.hang_up(leg, HangUpCause.BUSY))
        elif luck < 0.9:
            clock.after(0.2, lambda: self.world.switch.break_leg(leg, HangUpCause.CONGESTION))


class AgentAtWork:
    """One agent with one telephone."""

    def __init__(self, world: "World", profile: AgentProfile) -> None:
        """Come to work: the telephone registers, the agent signs in."""
        self.world, self.profile = world, profile
        self.device_id = mobile_device(profile) if profile.mobile else profile.devices[0]
        self.legs: set[LegId] = set()
        if not profile.mobile:
            world.switch.person_at[self.device_id] = self
            world.switch.register(self.device_id)
        world.clock.after(0.01, self.sign_in)
        plan, faults = world.plan, world.plan.faults
        self._sometimes(plan.breaks_per_hour, self._take_break)
        self._sometimes(plan.outbound_per_hour, self._call_out)
        self._sometimes(faults.device_drops_per_hour, self._drop)

    def _sometimes(self, per_hour: float, deed: Callable[[], None]) -> None:
        if per_hour <= 0:
            return

        def again() -> None:
            if self.world.clock.now_s > self.world.end_s:
                return
            deed()
            self.world.clock.after(self.world.chance.expovariate(per_hour / 3600.0), again)

        self.world.clock.after(self.world.chance.expovariate(per_hour / 3600.0), again)

    def sign_in(self) -> None:
        """Sign in, or again when signed out by the system."""
        self.world.ask(
            requests.SignIn(at=self.world.clock.at, agent_id=self.profile.id, device_id=self.device_id)
        )

    def _take_break(self) -> None:
        self.sign_in()  # whoever was signed out notices it now
        self._set(AgentState.REST)
        self.world.clock.after(self.world.plan.break_s, lambda: self._set(AgentState.READY))

    def _set(self, state: AgentState) -> None:
        self.world.ask(
            requests.SetState(at=self.world.clock.at, agent_id=self.profile.id, state=state, reason="休息")
        )

    def _call_out(self) -> None:
        to = any_number(self.world.chance)
        if self.world.chance.random() < 0.3:
            to = self.world.chance.choice(self.world.site.agents).number
        self.world.ask(requests.PlaceCall(at=self.world.clock.at, agent_id=self.profile.id, to=to))

    def _drop(self) -> None:
        switch, world = self.world.switch, self.world
        if not self.profile.mobile:
            switch.unregister(self.device_id)
        for leg_id in list(self.legs):
            leg = switch.legs.get(leg_id)
            if leg is not None:
                switch.break_leg(leg, HangUpCause.TRANSPORT_LOST)
        world.clock.after(world.chance.expovariate(1 / world.plan.faults.device_back_s), self.come_back)

    def come_back(self) -> None:
        """The telephone is there again; whoever was signed out signs in."""
        if not self.profile.mobile:
            self.world.switch.register(self.device_id)
        self.world.clock.after(0.5, self.sign_in)

    def rung(self, leg: SimulatedLeg, *, auto: bool) -> None:
        """Answer after a moment, let it ring, or refuse."""
        self.legs.add(leg.leg_id)
        chance, clock, plan = self.world.chance, self.world.clock, self.world.plan
        luck = chance.random()
        if auto or plan.answer_s == 0:
            clock.after(0.0 if plan.answer_s == 0 else 0.3, lambda: self.world.switch.pick_up(leg))
        elif luck < plan.missed:
            pass
        elif luck < plan.missed + plan.rejected:
            clock.after(1.0, lambda: self.world.switch.hang_up(leg, HangUpCause.BUSY))
        else:
            clock.after(chance.uniform(0.3, 2.0) * plan.answer_s, lambda: self.world.switch.pick_up(leg))

    def hears(self, leg: SimulatedLeg, sounds: tuple[str, ...]) -> None:
        """At a mobile seat: press 1 when asked, but for some who forget."""
        if _PRESS_ONE in sounds and self.world.chance.random() < 0.9:
            delay_s = 0.0 if self.world.plan.answer_s == 0 else self.world.chance.uniform(0.5, 3.0)
            self.world.clock.after(delay_s, lambda: self.world.switch.press(leg, "1"))

    def connected(self, leg: SimulatedLeg) -> None:
        """Talk as long as the citizen's matter takes, then hang up; some legs break before."""
        world, peer_id = self.world, self.world.switch.peer_of(leg)
        peer = world.switch.legs.get(peer_id) if peer_id is not None else None
        matter = peer.person.talk_s if peer is not None and isinstance(peer.person, Citizen) else 30.0
        if world.plan.faults.leg_breaks and world.chance.random() < world.plan.faults.leg_breaks:
            world.clock.after(
                matter * world.chance.random(), lambda: world.switch.break_leg(leg, HangUpCause.MEDIA_TIMEOUT)
            )
        world.clock.after(matter, lambda: self._done(leg, peer_id))

    def _done(self, leg: SimulatedLeg, peer_id: LegId | None) -> None:
        if self.world.switch.peer_of(leg) == peer_id and leg.leg_id in self.world.switch.legs:
            self.world.switch.hang_up(leg)

    def gone(self, leg: SimulatedLeg) -> None:
        """The leg is over."""
        self.legs.discard(leg.leg_id)


def any_number(chance: Random) -> str:
    """Return a mobile number nobody else has, most likely."""
    return f"13{chance.randrange(10**9):09d}"


def arrivals(
    chance: Random, calls: int, hours: float, start_hour: float, curve: tuple[float, ...]
) -> list[float]:
    """Return the arrival times in seconds of a Poisson process by the day curve, `calls` of them on average."""
    weights = [curve[int(start_hour + slot / 4) % 24] for slot in range(round(hours * 4))]
    per_weight = calls / sum(weights) / 900.0
    times: list[float] = []
    for slot, weight in enumerate(weights):
        rate = weight * per_weight
        time_s = slot * 900.0 + (chance.expovariate(rate) if rate > 0 else 900.0)
        while time_s < (slot + 1) * 900.0:
            times.append(time_s)
            time_s += chance.expovariate(rate)
    return times
