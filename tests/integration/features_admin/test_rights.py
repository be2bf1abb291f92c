"""Who may do what: every route against every role, authorities kept apart, nobody gives more than they have."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from hotline.adapters.files_local import LocalFiles
from hotline.http_app import feature_modules
from hotline.platform.access import guards_of
from hotline.platform.permissions import BUILT_IN_ROLES
from hotline.ports.call_control import CallControl
from hotline.ports.files import FileStore
from tests.integration.features_admin.conftest import MINIMAL_FLOW, ROLES, World
from tests.integration.features_admin.fake_control import FakeControl

OWN = {
    "customers",
    "tickets",
    "users",
    "audit",
    "queues",
    "hotlines",
    "hours",
    "prompts",
    "flows",
    "alarms",
    "wallboards",
}


def guarded_routes(features: set[str] | None = None) -> Iterator[tuple[str, str, set[str]]]:
    """Yield (method, path, permissions any of which opens it) of every HTTP route of the features."""
    for module in feature_modules("api*.py"):
        if features is not None and module.__name__.split(".")[2] not in features:
            continue
        for route in module.router.routes:
            if isinstance(route, APIRoute):
                guards = {
                    guard
                    for guard in guards_of(route.dependant)
                    if not guard.startswith(("public", "logged"))
                }
                for method in sorted(route.methods) if guards else ():
                    yield method, route.path, guards


def filled(path: str) -> str:
    """A path with numbers for its parameters, which fit ids, keys and versions alike."""
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.req("ADM-1")
@pytest.mark.parametrize("role", ROLES)
async def test_every_route_is_closed_to_roles_without_its_permission(world: World, role: str) -> None:
    permissions = {
        str(p) for built_in in BUILT_IN_ROLES if built_in.key == role for p in built_in.permissions
    }
    client = await world.log_in(role)
    refused, routes = 0, list(guarded_routes())
    for method, path, guards in routes:
        if guards & permissions:
            continue
        answer = await client.request(method, filled(path))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_permitted"), (
            f"{method} {path}"
        )
        refused += 1
    assert refused >= {"admin": 1}.get(role, 10)


@pytest.mark.req("ADM-1")
@pytest.mark.parametrize("role", ROLES)
async def test_no_route_of_administration_is_closed_to_roles_with_its_permission(
    world: World, role: str
) -> None:
    permissions = {
        str(p) for built_in in BUILT_IN_ROLES if built_in.key == role for p in built_in.permissions
    }
    world.platform.services[CallControl] = FakeControl()
    world.platform.services[FileStore] = LocalFiles(world.data / "files")
    client = await world.log_in(role)
    for method, path, guards in guarded_routes(OWN):
        if guards & permissions:
            answer = await client.request(method, filled(path))
            assert answer.status_code in {200, 204, 404, 422}, (
                f"{method} {path}: {answer.status_code} {answer.text}"
            )


QUEUE = {"name": "组", "number": "7001"}
HOURS = {"name": "时段", "week": [[{"start_min": 540, "end_min": 1050}]] * 5 + [[], []]}


async def build(client: httpx.AsyncClient, mark: str) -> dict[str, str]:
    """Let a person make one of everything; return the ids by list."""

    async def made(path: str, **body: Any) -> str:
        answer = await client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    flow = await made("/flows", name=f"流程{mark}", document=MINIMAL_FLOW)
    assert (await client.post(f"/flows/{flow}/publish", json={})).status_code == 200
    user = await client.post(
        "/users",
        json={"username": f"90{mark}", "name": "人", "role": "agent", "agent": {"number": f"90{mark}"}},
    )
    hours = await made("/hours", **HOURS)
    return {
        "flows": flow,
        "hours": hours,
        "queues": await made("/queues", **QUEUE | {"number": f"70{mark}"}),
        "hotlines": await made("/hotlines", number=f"0108400{mark}", name="号", flow_id=flow, hours_id=hours),
        "users": user.json()["user"]["id"],
    }


@pytest.mark.req("ADM-1")
async def test_two_organisations_cannot_see_touch_or_refer_to_each_others_things(world: World) -> None:
    one, other = await world.log_in("manager-a"), await world.log_in("manager-b")
    mine, theirs = await build(one, "11"), await build(other, "22")
    for kind, row_id in theirs.items():
        listed = (await one.get(f"/{kind}")).json()["items"]
        assert row_id not in {row["id"] for row in listed}, kind
        assert mine[kind] in {row["id"] for row in listed}, kind
        assert {row["authority_id"] for row in listed} == {"a"}, kind
        changes = {"flows": ("PUT", f"/flows/{row_id}/draft", {"document": {}})}
        method, path, body = changes.get(kind, ("PATCH", f"/{kind}/{row_id}", {"name": "x"}))
        for answer in (await one.get(f"/{kind}/{row_id}"), await one.request(method, path, json=body)):
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), kind
        if kind != "users":
            assert (await one.delete(f"/{kind}/{row_id}")).status_code == 404
    await refuse_references(one, mine, theirs)
    audited = (await one.get("/audit", params={"limit": 500})).json()["items"]
    assert not {entry["target_id"] for entry in audited} & set(theirs.values())


async def refuse_references(one: httpx.AsyncClient, mine: dict[str, str], theirs: dict[str, str]) -> None:
    overflow = {"overflow_to": "queue", "overflow_queue_id": theirs["queues"]}
    assert (await one.patch(f"/queues/{mine['queues']}", json=overflow)).status_code == 422
    members = {"members": [{"agent_id": theirs["users"]}]}
    assert (await one.put(f"/queues/{mine['queues']}/members", json=members)).status_code == 422
    for change in ({"flow_id": theirs["flows"]}, {"hours_id": theirs["hours"]}):
        assert (await one.patch(f"/hotlines/{mine['hotlines']}", json=change)).status_code == 422
    agent = {"number": "9011", "queues": [{"queue_id": theirs["queues"]}]}
    assert (await one.patch(f"/users/{mine['users']}", json={"agent": agent})).status_code == 422
    abroad = QUEUE | {"number": "7099", "authority_id": "b"}
    assert (await one.post("/queues", json=abroad)).status_code == 404


@pytest.mark.req("ADM-1")
async def test_the_parent_organisation_sees_both(world: World) -> None:
    mine = await build(await world.log_in("manager-a"), "11")
    theirs = await build(await world.log_in("manager-b"), "22")
    above = await world.log_in("manager")
    for kind in mine:
        listed = {row["id"] for row in (await above.get(f"/{kind}")).json()["items"]}
        assert {mine[kind], theirs[kind]} <= listed, kind


@pytest.mark.req("ADM-1")
async def test_nobody_gives_or_takes_more_rights_than_they_have(world: World) -> None:
    manager, admin = await world.log_in("manager"), await world.log_in("admin")
    made = await manager.post("/users", json={"username": "boss", "name": "人", "role": "admin"})
    assert made.json()["error"]["code"] == "not_permitted"
    raised = await manager.patch("/users/id-officer", json={"role": "admin"})
    assert raised.json()["error"]["code"] == "not_permitted"
    for path in ("password", "unlock"):
        answer = await manager.post(f"/users/id-admin/{path}")
        assert answer.json()["error"]["code"] == "not_permitted", path
    assert (await manager.patch("/users/id-manager", json={"active": False})).json()["error"][
        "code"
    ] == "not_yourself"
    assert (await admin.patch("/users/id-admin", json={"role": "officer"})).json()["error"][
        "code"
    ] == "not_yourself"
    assert (await manager.patch("/users/id-officer", json={"role": "inspector"})).status_code == 200
