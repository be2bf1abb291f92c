"""Hundreds of short busy days on a virtual clock, with everything going wrong that can; the journal is checked event by event.

A failing seed is the bug report: run it alone with `pytest -k 'seed123'`.
"""

import pytest

from hotline.simulation.plan import FLAT, Faults, Plan
from hotline.simulation.world import World
from tests.simulation.checker import Checker

CALM = Faults()
ROUGH = Faults(
    device_drops_per_hour=2.0,
    leg_breaks=0.05,
    engine_losses_per_hour=0.7,
    restarts_per_hour=2.0,
    repeats=0.05,
    failures=0.005,
    silences=0.01,
)


def busy(seed: int, faults: Faults, calls: int = 300) -> Plan:
    """Return a plan of two hours whose size and mood depend on the seed."""
    return Plan(
        hours=2.0,
        calls=calls,
        agents=5 + seed % 9,
        talk_s=60.0 + 20 * (seed % 7),
        wrap_up_s=float(seed % 3) * 15,
        patience_s=40.0 + 30 * (seed % 5),
        missed=0.05,
        rejected=0.02,
        hang_up_anywhere=0.15,
        breaks_per_hour=1.0,
        break_s=300.0,
        outbound_per_hour=1.5 if seed % 2 else 0.0,
        curve=FLAT,
        max_calls=15 + seed % 20,
        faults=faults,
    )


def simulate(plan: Plan, seed: int) -> tuple[World, Checker]:
    """Run a plan under the eyes of the checker."""
    world = World(plan, seed)
    checker = Checker(world.site)
    world.observer = checker.see
    world.run()
    return world, checker


@pytest.mark.req("ACD-1", "ACD-2", "ACD-3")
@pytest.mark.parametrize("seed", [pytest.param(n, id=f"seed{n}") for n in range(60)])
def test_a_calm_day_keeps_every_identity(seed: int) -> None:
    world, checker = simulate(busy(seed, CALM), seed)
    checker.at_the_end()
    assert checker.arrived > 200
    assert checker.messages == {
        call_id
        for call_id, call in checker.calls.items()
        if call.ended and call.ended.disposition == "voicemail"
    }
    assert not checker.recordings
    assert not world.centre.calls


@pytest.mark.req("ACD-3", "OPS-2")
@pytest.mark.parametrize("seed", [pytest.param(n, id=f"seed{n}") for n in range(1000, 1160)])
def test_a_rough_day_loses_no_caller(seed: int) -> None:
    world, checker = simulate(busy(seed, ROUGH), seed)
    checker.at_the_end(restarted=True)
    assert checker.arrived > 150
    assert not world.centre.calls
