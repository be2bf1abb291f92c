"""Short messages over the interface: rights, resending once only, blocking, gateways without their secrets, a provider's requests."""

import pytest

from hotline.features.sms.models import SmsMessage
from hotline.ports.sms import SmsState
from tests.integration.features_admin.conftest import World

NUMBER = "13800138000"
HTTP_LINE = {
    "kind": "http",
    "url": "https://sms.example.com/send",
    "fields": {"mobile": "{to}", "content": "{text}", "key": "{secret}"},
    "success_path": "code",
    "success_value": "0",
    "notify": {
        "items": "list", "report_id": "id", "report_state": "stat", "inbound_sender": "from", "inbound_text": "text",
        "inbound_id": "mo", "answer": "SUCCESS",
    },
}  # fmt: skip


async def written(world: World, username: str = "agent", to: str = NUMBER) -> dict[str, object]:
    client = await world.log_in(username)
    body = {"to": to, "text": "请携带身份证", "request_id": "abcdefgh-1"}
    answer = await client.post("/sms/messages", json=body)
    assert answer.status_code == 201, answer.text
    again = await client.post("/sms/messages", json=body)
    assert again.json()["id"] == answer.json()["id"]
    return answer.json()


@pytest.mark.req("CHN-2")
async def test_the_outbox_shows_what_is_waiting_and_takes_it_back(world: World) -> None:
    message = await written(world)
    leader = await world.log_in("leader")
    page = (
        await leader.get("/sms/messages", params={"state": "queued", "number": "138", "q": "身份证"})
    ).json()
    assert [one["id"] for one in page["items"]] == [message["id"]]
    assert (await leader.get("/sms/counts")).json()["states"] == {"queued": 1}
    called_off = await leader.post(f"/sms/messages/{message['id']}/cancel")
    assert called_off.json()["state"] == "cancelled"
    assert (await leader.post(f"/sms/messages/{message['id']}/cancel")).json()["error"]["code"] == "sms_state"


async def test_a_failed_message_is_sent_again_once(world: World) -> None:
    message = await written(world)
    leader = await world.log_in("leader")
    early = await leader.post(f"/sms/messages/{message['id']}/resend")
    assert early.status_code == 409
    async with world.database.writing() as work:
        row = await work.session.get(SmsMessage, message["id"])
        row.state = SmsState.UNCERTAIN
    again = await leader.post(f"/sms/messages/{message['id']}/resend")
    assert (again.status_code, again.json()["state"]) == (201, "queued")
    assert (await leader.post(f"/sms/messages/{message['id']}/resend")).status_code == 409


@pytest.mark.req("ADM-1")
async def test_another_authority_sees_nothing_of_it(world: World) -> None:
    message = await written(world, "agent-a")
    other = await world.log_in("leader-b")
    assert (await other.get("/sms/messages")).json()["items"] == []
    assert (await other.get(f"/sms/messages/{message['id']}")).status_code == 404
    own = await world.log_in("leader-a")
    assert len((await own.get("/sms/messages")).json()["items"]) == 1


async def test_a_blocked_number_is_refused_in_plain_chinese(world: World) -> None:
    manager = await world.log_in("manager")
    blocked = await manager.post("/sms/blocked", json={"number": "+86 138 0013 8000", "note": "本人要求"})
    assert blocked.json()["number"] == NUMBER
    body = {"to": NUMBER, "text": "您好", "request_id": "abcdefgh-2"}
    refused = await manager.post("/sms/messages", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "sms_refused")
    assert "黑名单" in refused.json()["error"]["message"]
    assert (await manager.delete(f"/sms/blocked/{NUMBER}")).status_code == 204
    assert (await manager.post("/sms/messages", json=body)).status_code == 201


@pytest.mark.req("ADM-4")
async def test_secrets_of_gateways_are_sealed_and_never_shown(world: World) -> None:
    manager = await world.log_in("manager")
    body = {"name": "服务商", "line": HTTP_LINE, "secret": "very-secret"}
    made = await manager.post("/sms/gateways", json=body)
    assert made.status_code == 201, made.text
    shown = (await manager.get("/sms/gateways")).text + made.text + (await manager.get("/audit")).text
    assert "very-secret" not in shown
    assert (
        "very-secret" not in (world.data / "hotline.db").read_bytes().decode("latin-1")
        if world.database.sqlite
        else True
    )
    patched = await manager.patch(f"/sms/gateways/{made.json()['id']}", json={"name": "改名", "secret": ""})
    assert (patched.json()["name"], patched.json()["has_secret"]) == ("改名", True)


@pytest.mark.parametrize(
    "line",
    [
        {**HTTP_LINE, "url": "file:///etc/passwd"},
        {**HTTP_LINE, "fields": {"mobile": "{to}"}},
        {"kind": "cmpp", "host": "a b", "enterprise": "901234", "source": "1"},
        {"kind": "cmpp", "host": "gw", "enterprise": "9", "source": "1"},
        {"kind": "smpp", "host": "gw", "system_id": "x", "source": "1", "port": 0},
        {"kind": "fax"},
    ],
)
async def test_lines_that_cannot_be_are_refused(world: World, line: dict[str, object]) -> None:
    manager = await world.log_in("manager")
    answer = await manager.post("/sms/gateways", json={"name": "坏", "line": line})
    assert answer.status_code == 422, answer.text


@pytest.mark.req("CHN-2")
async def test_a_provider_tells_by_its_own_address_only(world: World) -> None:
    manager = await world.log_in("manager")
    made = await manager.post("/sms/gateways", json={"name": "服务商", "line": HTTP_LINE})
    path = (await manager.post(f"/sms/gateways/{made.json()['id']}/notify-address")).json()["path"]
    provider = world.client()
    news = {"list": [{"from": NUMBER, "text": "<b>谢谢</b>", "mo": "1"}, {"id": "77", "stat": "DELIVRD"}]}
    answer = await provider.post(path.removeprefix("/api/v1"), json=news)
    assert (answer.status_code, answer.text) == (200, "SUCCESS")
    await provider.post(path.removeprefix("/api/v1"), json=news)
    received = (await manager.get("/sms/received")).json()["items"]
    assert [one["text"] for one in received] == ["<b>谢谢</b>"]
    wrong = await provider.post(path.removeprefix("/api/v1")[:-3] + "xxx", json=news)
    assert wrong.status_code == 404
