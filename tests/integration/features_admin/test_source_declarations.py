"""Data sources as an administrator declares them: secrets go in and never come out, queries only read, what is used stays."""

from typing import Any

import pytest

from hotline.features.sources.models import DataSource
from tests.integration.features_admin.conftest import World
from tests.integration.features_admin.test_administration import created

HTTP: dict[str, Any] = {
    "name": "社保",
    "kind": "http",
    "base_url": "https://social.example/api",
    "headers": [{"name": "X-Key", "value": "hidden-key", "secret": True}, {"name": "X-Plain", "value": "p"}],
}
DATABASE: dict[str, Any] = {"name": "库", "kind": "postgresql", "host": "db.example", "database": "d", "username": "u", "password": "hidden-word"}  # fmt: skip
SELECT: dict[str, Any] = {
    "name": "进度",
    "sql": "SELECT state FROM card WHERE id = :id",
    "parameters": [{"name": "id"}],
}


@pytest.mark.req("IVR-2", "ADM-4")
async def test_secrets_are_sealed_at_rest_never_shown_and_kept_when_not_given(world: World) -> None:
    admin = await world.log_in("admin")
    source = await created(admin, "/sources", **HTTP)
    database = await created(admin, "/sources", **DATABASE)
    shown = (await admin.get("/sources")).text + str(source) + str(database)
    trail = (await admin.get("/audit")).text
    assert "hidden" not in shown + trail
    changed = HTTP | {"name": "社保二", "headers": [{"name": "X-Key", "secret": True}]}
    await admin.put(f"/sources/{source['id']}", json=changed)
    async with world.database.reading() as session:
        row = await session.get_one(DataSource, source["id"])
    assert "hidden" not in str(row.sealed)
    from hotline.features.sources.directory import DeclaredSources

    declared = await DeclaredSources(world.database, world.data).http(source["id"])
    assert declared is not None
    assert declared.headers == (("X-Key", "hidden-key"),)


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "change",
    [
        {"sql": "DELETE FROM card WHERE id = :id"},
        {"sql": "SELECT 1; DROP TABLE card"},
        {"sql": "SELECT state FROM card"},
        {"sql": "SELECT state FROM card WHERE id = :other"},
        {"sql": "SELECT state INTO x FROM card WHERE id = :id"},
    ],
)
async def test_a_named_query_is_one_statement_that_reads(world: World, change: dict[str, str]) -> None:
    admin = await world.log_in("admin")
    source = await created(admin, "/sources", **DATABASE)
    assert (await admin.post(f"/sources/{source['id']}/queries", json=SELECT | change)).status_code == 422


@pytest.mark.req("IVR-2", "IVR-7")
async def test_what_a_flow_uses_stays_and_what_it_lacks_is_told(world: World) -> None:
    admin, manager = await world.log_in("admin"), await world.log_in("manager")
    source = await created(admin, "/sources", **HTTP)
    ways = {"next": "e", "on_not_found": "e", "on_failure": "e"}
    nodes = {"q": {"kind": "http", "source": source["id"], **ways}, "e": {"kind": "hangup"}}
    document = {"format": 2, "start": "q", "nodes": nodes}
    flow = await created(manager, "/flows", name="查", document=document)
    assert (await manager.post(f"/flows/{flow['id']}/check")).json()["publishable"]
    assert (await admin.delete(f"/sources/{source['id']}")).status_code == 409
    nodes["q"]["source"] = "gone"
    checked = (await manager.post(f"/flows/{flow['id']}/check", json={"document": document})).json()
    assert [one["code"] for one in checked["problems"]] == ["unknown_source"]
    assert (await manager.post("/sources", json=HTTP)).status_code == 403
