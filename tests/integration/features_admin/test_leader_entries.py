"""A leader's act that is done is answered as done, and stands in the audit trail once, whatever the database did meanwhile."""

import pytest

from hotline.core import requests as r
from hotline.platform.audit_late import LateEntries
from hotline.platform.database import Work
from hotline.platform.errors import DatabaseUnavailable
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import FakeControl
from tests.integration.features_admin.test_desk_verbs import act, floor

__all__ = ["floor"]


@pytest.mark.req("SUP-2", "ADM-3", "OPS-2")
async def test_what_a_leader_did_while_the_database_was_away_is_answered_as_done_and_entered_once_it_is_back(
    world: World, floor: FakeControl
) -> None:
    leader, admin = await world.log_in("leader"), await world.log_in("admin")
    assert (await act(leader, "monitor")).status_code == 200  # this session is known from now on
    world.database.away = True
    assert (await act(leader, "release")).status_code == 200
    assert (await leader.put("/agents/id-mate/state", json={"state": "busy"})).status_code == 204
    assert [type(asked) for asked in floor.requests[1:]] == [r.ReleaseCall, r.SetState]
    world.database.away = False
    # Another application finds what this one left.
    again = LateEntries(world.database, world.data / "run" / "audit-waiting.jsonl")
    await again.bring_in()
    await again.bring_in()
    items = (await admin.get("/audit")).json()["items"]
    entries = [(item["action"], item["user_name"]) for item in items][:3]
    assert [action for action, _ in entries] == ["agents.force_state", "calls.release", "calls.monitor"]
    assert len({who for _, who in entries}) == 1
    assert (await admin.get("/audit/integrity")).json()["broken_at"] is None


@pytest.mark.req("SUP-2", "ADM-3")
async def test_an_entry_whose_commit_was_answered_by_a_fault_is_not_entered_twice(
    world: World, floor: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, admin = await world.log_in("leader"), await world.log_in("admin")
    written = Work.finish

    async def answer_lost(work: Work) -> None:
        await written(work)
        raise DatabaseUnavailable

    monkeypatch.setattr(Work, "finish", answer_lost)
    assert (await act(leader, "release")).status_code == 200
    monkeypatch.undo()
    await world.platform.services[LateEntries].bring_in()
    items = (await admin.get("/audit", params={"action": "calls.release"})).json()["items"]
    assert len(items) == 1
