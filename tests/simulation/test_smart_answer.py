"""Busy hours in which every caller is asked aloud what they want to know: recognition late, wrong or gone, engines lost, keys at any time."""

import pytest

from hotline.core import events as e
from hotline.simulation.plan import FLAT, Faults, Plan
from hotline.simulation.world import World
from tests.simulation.checker import Checker

pytestmark = pytest.mark.req("IVR-8")

ROUGH = Faults(engine_losses_per_hour=1.0, restarts_per_hour=3.0, repeats=0.05, failures=0.01, silences=0.02)


def hour(faults: Faults) -> Plan:
    """An hour of callers who speak."""
    return Plan(
        hours=1.0, calls=80, agents=6, talk_s=60.0, wrap_up_s=15.0, patience_s=60.0, hang_up_anywhere=0.2,
        curve=FLAT, questions=True, faults=faults,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [pytest.param(n, id=f"seed{n}") for n in range(10)])
def test_whoever_asks_aloud_comes_to_an_end(seed: int) -> None:
    world = World(hour(ROUGH if seed % 2 else Faults()), seed)
    checker = Checker(world.site)
    seen: list[e.Event] = []

    def see(events: tuple[e.Event, ...]) -> None:
        checker.see(events)
        seen.extend(events)

    world.observer = see
    world.run()
    checker.at_the_end()
    assert not world.centre.calls
    asked = [event for event in seen if isinstance(event, e.QuestionAsked)]
    assert len(asked) > 20
    assert any(isinstance(event, e.SelfServed) for event in seen)
