"""One contract for every SMS gateway, each against a peer: SMPP against an SMSC nobody here wrote (`smpp34`), CMPP against a gateway
written from the specification, HTTP against a small web server.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
import pytest

from hotline.adapters.sms_http import HttpGateway
from hotline.adapters.sms_recording import RecordingGateway
from hotline.adapters.sms_stream import CmppDialect, SmppDialect, StreamGateway
from hotline.ports.sms_gateway import (
    AnswerLost,
    CmppLine,
    DeliveryReport,
    GatewayNews,
    HttpLine,
    Incoming,
    NotTaken,
    Outgoing,
    RecordingLine,
    SmppLine,
)
from tests.peers.cmpp_gateway import CmppGateway
from tests.peers.smpp_centre import SmppPeer

NUMBER = "13800138000"
LONG = "您的不动产登记申请已受理，请携带身份证原件到窗口办理。" * 5


class Peer(Protocol):
    """The other side, as a test speaks of it."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    def texts(self) -> list[str]: ...
    def refuse_next(self, *, throttled: bool) -> None: ...
    def stay_silent(self) -> None: ...


@dataclass
class CmppPeer:
    """The CMPP gateway of tests/peers."""

    gateway: CmppGateway = field(default_factory=CmppGateway)

    async def start(self) -> None:
        await self.gateway.start()

    async def stop(self) -> None:
        await self.gateway.stop()

    def texts(self) -> list[str]:
        return self.gateway.texts()

    def refuse_next(self, *, throttled: bool) -> None:
        self.gateway.results.append(8 if throttled else 4)

    def stay_silent(self) -> None:
        self.gateway.results.append(None)


@dataclass
class HttpPeer:
    """A provider that speaks JSON."""

    requests: list[Any] = field(default_factory=list)
    plan: list[str] = field(default_factory=list)

    async def start(self) -> None:
        self.transport = httpx.MockTransport(self._answer)

    async def stop(self) -> None: ...

    def _answer(self, request: httpx.Request) -> httpx.Response:
        plan = self.plan.pop(0) if self.plan else "accept"
        if plan == "silent":
            raise httpx.ReadTimeout("nothing came")
        if plan == "throttled":
            return httpx.Response(429)
        if plan == "refused":
            return httpx.Response(200, json={"code": "BAD_NUMBER", "message": "号码无效"})
        self.requests.append((request.headers, json.loads(request.content)))
        return httpx.Response(200, json={"code": "OK", "data": [{"id": f"h{len(self.requests)}"}]})

    def texts(self) -> list[str]:
        return [body["content"] for _, body in self.requests]

    def refuse_next(self, *, throttled: bool) -> None:
        self.plan.append("throttled" if throttled else "refused")

    def stay_silent(self) -> None:
        self.plan.append("silent")


@dataclass
class Setting:
    """A gateway with its peer, and what its news brought."""

    kind: str
    gateway: Any
    peer: Any
    news: asyncio.Queue[GatewayNews] = field(default_factory=asyncio.Queue)

    async def send(self, text: str, **more: Any) -> list[str]:
        message = Outgoing(reference="ref-1", to=NUMBER, text=text, **more)
        return [part.gateway_id async for part in self.gateway.submit(message)]

    async def listen(self) -> None:
        async with contextlib.aclosing(self.gateway.news()) as batches:
            async for batch in batches:
                for one in batch:
                    self.news.put_nowait(one)

    async def up(self) -> None:
        async with asyncio.timeout(10):
            while not getattr(self.gateway, "connected", True):
                await asyncio.sleep(0.01)

    async def told(self) -> GatewayNews:
        async with asyncio.timeout(10):
            return await self.news.get()


def _now() -> datetime:
    return datetime.now(UTC)


def _stream(make: Any, port: int) -> StreamGateway:
    return StreamGateway(make, ("127.0.0.1", port), now=_now, answer_s=0.5, quiet_s=5, retry_s=(0.05,))


def made_line(kind: str, peer: Any) -> Any:
    """A gateway that speaks to the peer of its kind."""
    if kind == "smpp":
        line = SmppLine(host="127.0.0.1", port=peer.port, system_id="user", password="pass", source="10658")
        return _stream(lambda: SmppDialect(line), peer.port)
    if kind == "cmpp":
        gate = peer.gateway
        line = CmppLine(
            host="127.0.0.1",
            port=gate.port,
            enterprise=gate.source,
            secret=gate.secret,
            source="1065800001",
            service="SVC",
        )
        return _stream(lambda: CmppDialect(line), gate.port)
    line = HttpLine(
        url="http://provider/send/{account}",
        headers={"Authorization": "Bearer {secret}"},
        fields={"mobile": "{to}", "content": "{text}", "out_id": "{reference}"},
        account="acme",
        secret="top",
        success_path="code",
        success_value="OK",
        id_path="data.0.id",
        error_path="message",
    )
    return HttpGateway(line, transport=peer.transport)


@pytest.fixture(params=["smpp", "cmpp", "http"])
async def setting(request: pytest.FixtureRequest) -> AsyncIterator[Setting]:
    peer: Any = {"smpp": SmppPeer, "cmpp": CmppPeer, "http": HttpPeer}[request.param]()
    await peer.start()
    made = Setting(kind=request.param, gateway=made_line(request.param, peer), peer=peer)
    listening = asyncio.create_task(made.listen(), name="news")
    await made.up()
    yield made
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await made.gateway.close()
    await peer.stop()


@pytest.mark.req("CHN-2")
async def test_a_message_arrives_once_with_its_text_and_gets_an_id(setting: Setting) -> None:
    ids = await setting.send("您好，Hello 123")
    assert (len(ids), setting.peer.texts()) == (1, ["您好，Hello 123"])
    assert ids[0]


@pytest.mark.req("CHN-2")
async def test_a_long_message_arrives_whole(setting: Setting) -> None:
    ids = await setting.send(LONG)
    assert "".join(setting.peer.texts()) == LONG
    assert len(set(ids)) == len(setting.peer.texts())


async def test_parts_that_were_taken_are_not_handed_over_again(setting: Setting) -> None:
    if setting.kind == "http":
        pytest.skip("the provider cuts long messages itself")
    await setting.send(LONG, parts_done=frozenset({1}))
    assert "".join(setting.peer.texts()) == LONG[67:]


async def test_a_refusal_says_whether_another_try_is_worth_it(setting: Setting) -> None:
    setting.peer.refuse_next(throttled=False)
    with pytest.raises(NotTaken) as refused:
        await setting.send("一")
    assert (refused.value.retryable, bool(refused.value.reason)) == (False, True)
    setting.peer.refuse_next(throttled=True)
    with pytest.raises(NotTaken) as throttled:
        await setting.send("二")
    assert (throttled.value.retryable, throttled.value.throttled) == (True, True)
    await setting.send("三")
    assert setting.peer.texts()[-1] == "三"


async def test_no_answer_is_told_apart_from_a_refusal(setting: Setting) -> None:
    setting.peer.stay_silent()
    with pytest.raises(AnswerLost):
        await setting.send("一")


async def test_without_a_line_nothing_leaves(setting: Setting) -> None:
    if setting.kind == "http":
        pytest.skip("no lasting line")
    await setting.peer.stop()
    async with asyncio.timeout(10):
        while setting.gateway.connected:
            await asyncio.sleep(0.01)
    with pytest.raises(NotTaken) as away:
        await setting.send("一")
    assert (away.value.code, away.value.retryable) == ("gateway_away", True)
    await setting.peer.start()  # and the line comes back by itself
    await setting.up()
    await setting.send("二")
    assert setting.peer.texts() == ["二"]


@pytest.mark.req("CHN-2")
async def test_smpp_reports_and_citizens_messages_come_back(setting: Setting) -> None:
    if setting.kind != "smpp":
        pytest.skip("of SMPP")
    (message_id,) = await setting.send("您好")
    esme = setting.peer.esme
    receipt = f"id:{message_id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:".encode()
    answer = await esme.deliver_sm("10658", receipt, source_addr=NUMBER, esm_class=4)
    assert answer.is_success
    report = await setting.told()
    assert isinstance(report, DeliveryReport)
    assert (report.gateway_id, report.delivered, report.final) == (message_id, True, True)
    for n, piece in ((2, "世界"), (1, "你好")):
        header = bytes((5, 0, 3, 9, 2, n))
        await esme.deliver_sm(
            "10658", header + piece.encode("utf-16-be"), source_addr=NUMBER, esm_class=0x40, data_coding=8
        )
    reply = await setting.told()
    assert isinstance(reply, Incoming)
    assert (reply.sender, reply.service_number, reply.text) == (NUMBER, "10658", "你好世界")


@pytest.mark.req("CHN-2")
async def test_cmpp_reports_and_citizens_messages_come_back(setting: Setting) -> None:
    if setting.kind != "cmpp":
        pytest.skip("of CMPP")
    gate: CmppGateway = setting.peer.gateway
    (message_id,) = await setting.send("您好")
    assert message_id == f"{gate.last_id:016x}"
    one = gate.submitted[0]
    assert (one.registered_delivery, one.service_id, one.msg_src, one.src_id, one.destinations) == (
        1, "SVC", "901234", "1065800001", [NUMBER],
    )  # fmt: skip
    gate.report(gate.last_id, "UNDELIV", NUMBER)
    report = await setting.told()
    assert isinstance(report, DeliveryReport)
    assert (report.gateway_id, report.delivered, report.code) == (message_id, False, "UNDELIV")
    gate.message(NUMBER, "退订".encode("gb18030"), fmt=15)
    reply = await setting.told()
    assert isinstance(reply, Incoming)
    assert (reply.sender, reply.service_number, reply.text) == (NUMBER, "1065800001", "退订")
    await gate.until(lambda: len(gate.delivered) == 2)  # both were acknowledged


async def test_cmpp_with_a_wrong_secret_is_not_connected_and_says_why() -> None:
    gate = CmppGateway()
    await gate.start()
    line = CmppLine(host="127.0.0.1", port=gate.port, enterprise=gate.source, secret="wrong", source="1")
    gateway = _stream(lambda: CmppDialect(line), gate.port)
    made = Setting(kind="cmpp", gateway=gateway, peer=gate)
    listening = asyncio.create_task(made.listen(), name="news")
    await gate.until(lambda: len(gate.log_ins) >= 2)
    with pytest.raises(NotTaken, match="认证错"):
        await made.send("一")
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await gateway.close()
    await gate.stop()


async def test_a_quiet_line_is_asked_for_a_sign_of_life() -> None:
    gate = CmppGateway()
    await gate.start()
    line = CmppLine(host="127.0.0.1", port=gate.port, enterprise=gate.source, secret=gate.secret, source="1")
    gateway = StreamGateway(
        lambda: CmppDialect(line), ("127.0.0.1", gate.port), now=_now, quiet_s=0.05, retry_s=(0.05,)
    )
    made = Setting(kind="cmpp", gateway=gateway, peer=gate)
    listening = asyncio.create_task(made.listen(), name="news")
    await gate.until(lambda: gate.active_tests >= 2)
    assert gateway.connected
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await gateway.close()
    await gate.stop()


def test_secrets_and_values_are_filled_in_once_only() -> None:
    peer = HttpPeer()
    line = HttpLine(url="http://p/x", fields={"a": "{to}{text}", "b": "{secret} {other}"}, secret="{text}")
    gateway = HttpGateway(line, transport=httpx.MockTransport(peer._answer))
    request = gateway._request(Outgoing(reference="r", to="1", text="{secret}"))
    assert request.content == b'{"a":"1{secret}","b":"{text} {other}"}'


async def test_the_line_that_only_records_reports_when_it_is_told_to() -> None:
    quiet = RecordingGateway(RecordingLine(), now=_now)
    message = Outgoing(reference="ref-1", to=NUMBER, text=LONG)
    assert {part.gateway_id async for part in quiet.submit(message)} == {""}
    telling = RecordingGateway(RecordingLine(reports=True), now=_now)
    ids = [part.gateway_id async for part in telling.submit(message)]
    async with contextlib.aclosing(telling.news()) as batches:
        told = [one for one in await anext(batches) if isinstance(one, DeliveryReport)]
    assert [(one.gateway_id, one.delivered, one.final) for one in told] == [(one, True, True) for one in ids]
    assert len(set(ids)) > 1
    async with contextlib.aclosing(telling.news()) as again:
        assert len(await anext(again)) == len(told), "what nobody took in is told again"
