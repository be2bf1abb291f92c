"""Log-in as a person meets it: right and wrong passwords, lock-out, sessions that slide, end and are revoked."""

import asyncio

import pytest

from hotline.platform import audit
from hotline.platform.database import Database
from tests.integration.features_admin.conftest import PASSWORD, World

pytestmark = pytest.mark.req("ADM-2")


async def attempt(world: World, username: str, password: str) -> tuple[int, str]:
    answer = await world.client().post("/session", json={"username": username, "password": password})
    return answer.status_code, "" if answer.status_code == 201 else answer.json()["error"]["code"]


async def test_who_logs_in_learns_who_they_are(world: World) -> None:
    answer = await world.client().post("/session", json={"username": "Manager-A ", "password": PASSWORD})
    me = answer.json()["user"]
    assert (me["username"], me["role"], me["authority"]["id"]) == ("manager-a", "manager", "a")
    assert "queues.manage" in me["permissions"]
    assert (await world.client(answer.json()["token"]).get("/session")).json() == me


async def test_without_a_session_every_answer_is_401_in_the_callers_language(world: World) -> None:
    chinese = await world.client().get("/queues")
    english = await world.client(**{"Accept-Language": "en-GB,en;q=0.9"}).get("/queues")
    assert (chinese.status_code, chinese.json()["error"]["message"]) == (401, "请先登录")
    assert english.json()["error"] == {"code": "not_logged_in", "message": "Please log in", "details": {}}


@pytest.mark.parametrize("username", ["manager-a", "nobody-has-this-name"])
async def test_five_wrong_passwords_lock_a_name_whether_it_exists_or_not(world: World, username: str) -> None:
    for _ in range(5):
        assert await attempt(world, username, "wrong") == (401, "wrong_credentials")
    assert await attempt(world, username, PASSWORD) == (423, "account_locked")
    world.clock.forward(minutes=16)
    after = await attempt(world, username, PASSWORD)
    assert after == ((201, "") if username == "manager-a" else (401, "wrong_credentials"))


async def test_guessing_in_parallel_gains_nothing(world: World) -> None:
    outcomes = await asyncio.gather(*(attempt(world, "manager-a", f"wrong-{n}") for n in range(9)))
    assert sorted(code for _, code in outcomes) == ["account_locked"] * 4 + ["wrong_credentials"] * 5


async def test_an_address_that_fails_too_often_is_shut_out(world: World) -> None:
    for n in range(50):
        await attempt(world, f"name-{n}", "wrong")
    assert await attempt(world, "manager-a", PASSWORD) == (429, "too_many_requests")


async def test_an_administrator_opens_a_locked_account(world: World) -> None:
    for _ in range(5):
        await attempt(world, "agent-a", "wrong")
    admin = await world.log_in("admin")
    assert (await admin.post("/users/id-agent-a/unlock")).json()["locked_until"] is None
    assert await attempt(world, "agent-a", PASSWORD) == (201, "")


async def test_a_session_slides_and_runs_out_after_twelve_idle_hours(world: World) -> None:
    client = await world.log_in("manager-a")
    for _ in range(3):
        world.clock.forward(hours=11)
        assert (await client.get("/session")).status_code == 200
    world.clock.forward(hours=12, seconds=1)
    assert (await client.get("/session")).status_code == 401


async def test_logging_out_ends_this_session_only(world: World) -> None:
    one, other = await world.log_in("manager-a"), await world.log_in("manager-a")
    assert (await one.delete("/session")).status_code == 204
    assert (await one.get("/session")).status_code == 401
    assert (await other.get("/session")).status_code == 200


async def test_a_deactivated_person_is_out_at_once(world: World) -> None:
    client, admin = await world.log_in("manager-a"), await world.log_in("admin")
    assert (await admin.patch("/users/id-manager-a", json={"active": False})).status_code == 200
    assert (await client.get("/session")).status_code == 401
    assert await attempt(world, "manager-a", PASSWORD) == (401, "wrong_credentials")


async def test_a_temporary_password_opens_nothing_but_its_own_change(world: World) -> None:
    admin = await world.log_in("admin")
    temporary = (await admin.post("/users/id-manager-a/password")).json()["temporary_password"]
    client = await world.log_in("manager-a", temporary)
    assert (await client.get("/queues")).json()["error"]["code"] == "password_change_needed"
    assert (
        await client.put("/session/password", json={"old": temporary, "new": "Neu-1234"})
    ).status_code == 204
    assert (await client.get("/queues")).status_code == 200
    assert await attempt(world, "manager-a", "Neu-1234") == (201, "")


@pytest.mark.parametrize(
    "old,new,field",
    [
        ("wrong", "Fresh-pass-1", "old"),
        (PASSWORD, "short1", "new"),
        (PASSWORD, "manager-A-99", "new"),
        (PASSWORD, PASSWORD, "new"),
    ],
)
async def test_a_password_change_is_refused_with_the_field_that_is_wrong(
    world: World, old: str, new: str, field: str
) -> None:
    client = await world.log_in("manager")
    answer = await client.put("/session/password", json={"old": old, "new": new})
    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["error"]["details"]["fields"]] == [field]


async def test_changing_the_password_ends_the_other_sessions(world: World) -> None:
    one, other = await world.log_in("manager-a"), await world.log_in("manager-a")
    await one.put("/session/password", json={"old": PASSWORD, "new": "Another-pass-2"})
    assert (await one.get("/session")).status_code == 200
    assert (await other.get("/session")).status_code == 401


async def test_tokens_and_passwords_are_stored_as_digests_only(world: World, database: Database) -> None:
    client = await world.log_in("manager-a")
    token = client.headers["Authorization"].removeprefix("Bearer ")
    async with database.engine.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT token_hash FROM login_session")
        assert token not in {row[0] for row in rows}
        hashes = await connection.exec_driver_sql("SELECT password_hash FROM user_account")
        assert all(row[0].startswith("$argon2id$") for row in hashes)


async def test_log_ins_and_refusals_stand_in_the_audit_trail(world: World) -> None:
    await attempt(world, "manager-a", "wrong")
    admin = await world.log_in("admin")
    items = (await admin.get("/audit", params={"action": "session"})).json()["items"]
    assert [(entry["action"], entry["target_id"], entry["address"]) for entry in items] == [
        ("session.open", "id-admin", "192.0.2.7"),
        ("session.refuse", "id-manager-a", "192.0.2.7"),
    ]
    async with world.database.reading() as session:
        assert (await audit.verify(session)).broken_at is None
