"""A short run of the chaos (`make chaos` is the long one): killed, stopped and cut under load, every call is accounted for."""

from pathlib import Path

import pytest

from tests.chaos.run import Plan, run

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.postgres, pytest.mark.timeout(400)]


@pytest.mark.req("OPS-2")
async def test_every_call_is_accounted_for_whatever_is_killed(tmp_path: Path) -> None:
    plan = Plan(
        seconds=30,
        rate=1.0,
        pause_s=(3.0, 3.0),
        seed=20261122,
        faults=(
            "application killed",
            "voice process killed",
            "database connections reset",
            "agent's telephone gone",
        ),
    )
    found, faults, agents = await run(plan, tmp_path)
    assert faults.happened.total() == len(plan.faults)
    assert found.figures["agent_answered"] > 0
    assert found.wrong == []
    assert not [said for agent in agents for said in agent.answers if said.startswith("500")]
