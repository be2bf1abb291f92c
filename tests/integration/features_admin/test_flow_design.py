"""What the designer stands on: node kinds, expressions, the test bench, differences, files, global parameters."""

from typing import Any

import pytest

from hotline.ports.call_control import CallControl
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.fake_control import FakeControl
from tests.integration.features_admin.test_administration import created, published_flow

MENU: dict[str, Any] = {
    "format": 2,
    "start": "menu",
    "nodes": {
        "menu": {
            "kind": "menu",
            "title": "主菜单",
            "prompts": ["welcome", "no_such_prompt"],
            "choices": {"1": {"label": "挂断", "next": "end"}},
            "on_failure": "end",
        },
        "end": {"kind": "hangup"},
    },
}


@pytest.mark.req("IVR-2")
async def test_the_designer_learns_every_node_kind_with_the_schema_of_its_form(world: World) -> None:
    manager = await world.log_in("manager")
    told = (await manager.get("/flow-node-types")).json()
    kinds = {one["kind"]: one for one in told["items"]}
    assert {"play", "menu", "collect", "http", "query", "subflow"} <= set(kinds)
    assert kinds["menu"]["node_schema"]["properties"]["timeout_s"]["maximum"] == 60
    assert ["choices", "*", "next"] in [one["path"] for one in kinds["menu"]["exits"]]
    assert {one["group"] for one in told["items"]} <= {one["key"] for one in told["groups"]}


@pytest.mark.req("IVR-2")
async def test_an_expression_is_checked_while_it_is_written(world: World) -> None:
    manager = await world.log_in("manager")
    help_ = (await manager.get("/flow-expressions")).json()
    assert {"ani", "today"} <= {one["name"] for one in help_["variables"]}
    wanted = {"expression": "ani == 3", "type": "flag"}
    wrong = (await manager.post("/flow-expressions/check", json=wanted)).json()
    assert (wrong["ok"], wrong["error"]["at"]) == (False, 5)
    assert "文字与整数" in wrong["error"]["message"]
    wanted = {"expression": "n > 3", "type": "flag", "variables": {"n": "int"}}
    assert (await manager.post("/flow-expressions/check", json=wanted)).json()["type"] == "flag"


@pytest.mark.req("IVR-7")
async def test_a_draft_is_walked_on_the_test_bench(world: World) -> None:
    world.platform.services[CallControl] = FakeControl()
    manager = await world.log_in("manager")
    flow = await published_flow(manager)
    body = {"document": MENU, "inputs": [], "at": "2026-03-02T10:00:00"}
    begun = (await manager.post(f"/flows/{flow}/simulate", json=body)).json()
    assert begun["waiting"]["what"] in {"prompt", "key"}
    heard = [one for step in begun["steps"] for one in step["prompts"]]
    assert [one["key"] for one in heard if one["missing"]] == ["welcome", "no_such_prompt"]
    body["inputs"] = [{"kind": "digit", "key": "1"}]
    ended = (await manager.post(f"/flows/{flow}/simulate", json=body)).json()
    assert ended["ended"]["way"] == "hung_up"
    assert [one["node_id"] for one in ended["path"]] == ["menu", "end"]


@pytest.mark.req("IVR-1")
async def test_two_versions_are_compared_and_a_file_comes_back_as_a_flow(world: World) -> None:
    manager = await world.log_in("manager")
    flow = await published_flow(manager)
    await manager.put(f"/flows/{flow}/draft", json={"document": MENU})
    found = (await manager.get(f"/flows/{flow}/diff", params={"from": "1"})).json()
    assert found["summary"] == {"added": 1, "removed": 1, "changed": 0, "moved": 0}
    file = await manager.get(f"/flows/{flow}/export")
    assert "attachment" in file.headers["content-disposition"]
    again = await created(manager, "/flows/import", name="从文件", text=file.text)
    assert again["draft"] == MENU
    broken = await manager.post("/flows/import", json={"name": "坏", "text": '{"format": 2,\n "nodes": }'})
    assert (broken.status_code, broken.json()["error"]["code"]) == (422, "flow_file_broken")
    assert "第 2 行" in broken.json()["error"]["message"]


@pytest.mark.req("IVR-2")
async def test_a_global_parameter_is_used_checked_and_kept_while_in_use(world: World) -> None:
    manager = await world.log_in("manager")
    made = await created(manager, "/parameters", key="limit", name="上限", type="int", value=3)
    nodes = {
        "c": {"kind": "condition", "cases": [{"when": "param.limit > 2", "next": "e"}], "otherwise": "e"},
        "e": {"kind": "hangup"},
    }
    document = {"format": 2, "start": "c", "nodes": nodes}
    flow = await created(manager, "/flows", name="用参数", document=document)
    assert (await manager.post(f"/flows/{flow['id']}/check")).json()["publishable"]
    answer = await manager.delete(f"/parameters/{made['id']}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "in_use")
    changed = {"key": "limit", "name": "上限", "type": "int", "value": 9}
    assert (await manager.put(f"/parameters/{made['id']}", json=changed)).json()["value"] == 9
    history = (await manager.get(f"/parameters/{made['id']}/history")).json()["items"]
    assert [one["after"]["value"] for one in history] == ["9", "3"]
    wrong = await manager.post("/parameters", json={"key": "x", "name": "x", "type": "int", "value": "many"})
    assert wrong.status_code == 422


@pytest.mark.req("IVR-1")
async def test_a_draft_of_the_first_format_is_shown_in_the_second(world: World) -> None:
    manager = await world.log_in("manager")
    nodes = {
        "c": {
            "kind": "condition",
            "cases": [{"when": "startswith(ani, '138')", "next": "e"}],
            "otherwise": "e",
        },
        "e": {"kind": "hangup"},
    }
    flow = await created(manager, "/flows", name="旧", document={"format": 1, "start": "c", "nodes": nodes})
    assert flow["draft"]["format"] == 2
    assert flow["draft"]["nodes"]["c"]["cases"][0]["when"] == 'ani.startsWith("138")'
