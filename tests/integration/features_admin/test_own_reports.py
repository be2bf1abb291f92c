"""Own reports: kept, shared with a role, opened under the reader's own rights, changed by their owner only."""

from typing import Any

import pytest

from tests.integration.features_admin.test_history import PERIOD, History, history

__all__ = ["history"]

WANTED: dict[str, Any] = {
    "name": "每日接听",
    "about": "晨会用",
    "shared": False,
    "roles": [],
    "definition": {
        "figures": ["trunk_in", "agent_answer_rate"],
        "dimensions": ["queue"],
        "grain": "hour",
        "period": "last7",
        "filters": {},
        "compare": "",
        "picture": "line",
    },
}


@pytest.mark.req("STA-21")
async def test_a_report_is_kept_shared_with_a_role_and_changed_by_its_owner_only(history: History) -> None:
    made = await history.http.post("/own-reports", json=WANTED)
    assert made.status_code == 201, made.text
    own = f"/own-reports/{made.json()['id']}"
    assert (made.json()["mine"], made.json()["definition"]) == (True, WANTED["definition"])
    leader = await history.world.log_in("leader")
    role = (await leader.get("/session")).json()["role"]

    async def seen() -> list[tuple[str, bool]]:
        return [(one["name"], one["mine"]) for one in (await leader.get("/own-reports")).json()]

    assert await seen() == []
    assert (
        await history.http.put(own, json={**WANTED, "shared": True, "roles": ["agent"]})
    ).status_code == 200
    assert await seen() == [], "shared with another role"
    shared = {**WANTED, "name": "接听", "shared": True, "roles": [role]}
    assert (await history.http.put(own, json=shared)).json()["name"] == "接听"
    assert await seen() == [("接听", False)]
    assert (await leader.put(own, json=shared)).status_code == 404
    assert (await leader.delete(own)).status_code == 404
    assert (await history.http.delete(own)).status_code == 204
    assert await seen() == []
    assert (await history.http.get("/own-reports")).json() == []


@pytest.mark.req("STA-21")
async def test_what_the_dictionary_does_not_know_is_refused(history: History) -> None:
    wrong = {**WANTED, "definition": {**WANTED["definition"], "figures": ["made_up"]}}
    answer = await history.http.post("/own-reports", json=wrong)
    assert answer.status_code == 422
    assert "made_up" in answer.text
    empty = {**WANTED, "definition": {**WANTED["definition"], "figures": []}}
    assert (await history.http.post("/own-reports", json=empty)).status_code == 422


@pytest.mark.req("STA-21")
async def test_an_own_report_shows_what_the_catalogue_shows(history: History) -> None:
    asked = {"name": "接听", "figures": ["trunk_in"], "dimensions": ["hotline"], "grain": "hour", **PERIOD}
    answer = await history.http.post("/reports/query", json=asked)
    assert answer.status_code == 200, answer.text
    same = await history.get("/reports/called_numbers", **PERIOD, grain="hour", group_by="hotline")
    own = [(row["label"], row["keys"], row["values"]["trunk_in"]) for row in answer.json()["rows"]]
    assert own == [(row["label"], row["keys"], row["values"]["trunk_in"]) for row in same["rows"]]
