"""The outbox: nothing is lost and nothing is sent twice, whatever gateway, application and network do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from hotline.features.sms.models import SmsGatewayRow, SmsMessage
from hotline.features.sms.news import NewsDesk
from hotline.features.sms.worker import OutboxWorker
from hotline.platform.people import ROOT_AUTHORITY
from hotline.ports.sms import SmsListener, SmsPurpose, SmsRefused, SmsRequest, SmsSender, SmsState, SmsStatus
from hotline.ports.sms_gateway import AnswerLost, DeliveryReport, Incoming, NotTaken, SmsGatewayMaker
from tests.integration.features_admin.conftest import World
from tests.integration.features_know.fake_gateway import FakeGateway

NUMBER = "13800138000"


@dataclass
class Listener:
    """Hears what the outbox tells."""

    received: list[Any] = field(default_factory=list)
    changed: list[tuple[str, str]] = field(default_factory=list)

    async def sms_received(self, session: Any, message: Any) -> None:
        self.received.append(message)

    async def sms_changed(self, session: Any, status: SmsStatus) -> None:
        self.changed.append((status.key, status.state))


@dataclass
class Post:
    """The outbox with its gateway."""

    world: World
    gateway: FakeGateway
    listener: Listener
    worker: OutboxWorker
    sender: SmsSender
    running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.running = asyncio.create_task(self.worker.run(), name="outbox")

    async def crash(self) -> None:
        """End as if the process died: whatever was under way stays as it was."""
        assert self.running is not None
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)
        desk = self.world.platform.services[NewsDesk]
        sealer = self.worker._sealer
        self.worker = OutboxWorker(self.world.platform, sealer, desk)

    def leaves_the_gateway_alone(self) -> bool:
        """Whether the gateway's absence is noted and nothing is under way: no message is touched until the clock moves."""
        rested = self.worker._gateways["gate"].rested_until
        under_way = {task.get_name() for task in asyncio.all_tasks()} - {"sms-news-gate"}
        return (
            rested is not None
            and rested > self.world.clock()
            and not any(name.startswith("sms-") for name in under_way)
        )

    async def stop(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)

    async def send(self, key: str, text: str = "您好", **more: Any) -> SmsStatus:
        request = {"to": NUMBER, "purpose": SmsPurpose.NOTICE, "authority_id": ROOT_AUTHORITY, **more}
        return await self.sender.send(SmsRequest(key=key, text=text, **request))

    async def until(self, key: str, state: SmsState, *, step: timedelta = timedelta()) -> SmsStatus:
        """Wait until a message is in a state; the clock is ours: it moves by `step` at each look, and the worker is woken."""
        async with asyncio.timeout(60):
            while True:
                status = await self.sender.status(key)
                if status is not None and status.state == state:
                    return status
                self.world.clock.now += step
                self.worker.wake()
                await asyncio.sleep(0.02)


@pytest.fixture
async def post(world: World) -> AsyncIterator[Post]:
    gateway, listener = FakeGateway(), Listener()
    world.platform.services[SmsGatewayMaker] = gateway
    world.platform.listeners.setdefault(SmsListener, []).append(listener)
    async with world.database.writing() as work:
        work.session.add(
            SmsGatewayRow(
                id="gate", authority_id=ROOT_AUTHORITY, name="网关", kind="recording", settings={"kind": "recording"},
                secret="", notify_token="", per_second=500, position=1, active=True,
            )
        )  # fmt: skip
    services = world.platform.services
    made = Post(world, gateway, listener, services[OutboxWorker], services[SmsSender])
    yield made
    await made.stop()


@pytest.mark.req("CHN-2")
async def test_a_message_leaves_once_however_often_it_is_asked_for(post: Post) -> None:
    await post.start()
    first = await post.send("a", reference_kind="ticket", reference_id="7")
    again = await post.send("a", reference_kind="ticket", reference_id="7")
    assert first.id == again.id
    await post.until("a", SmsState.SENT)
    await post.send("a")
    assert post.gateway.left == [("您好", 1)]
    with pytest.raises(SmsRefused, match="key_conflict"):
        await post.send("a", "别的")
    desk = post.world.platform.services[NewsDesk]
    report = DeliveryReport(
        gateway_id=f"{first.id}/1",
        reference="",
        delivered=True,
        final=True,
        code="DELIVRD",
        at=post.world.clock(),
    )
    await desk.take("gate", ROOT_AUTHORITY, [report, report])
    await post.until("a", SmsState.DELIVERED)
    assert post.listener.changed == [("a", "sent"), ("a", "delivered")]
    assert [status.key for status in await post.sender.about("ticket", "7")] == ["a"]


async def test_a_message_of_a_transaction_that_is_undone_never_leaves(post: Post) -> None:
    await post.start()

    async def send_and_undo() -> None:
        async with post.world.database.writing() as work:
            request = SmsRequest(
                key="b", to=NUMBER, text="不发", purpose=SmsPurpose.NOTICE, authority_id=ROOT_AUTHORITY
            )
            await post.sender.send(request, session=work.session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await send_and_undo()
    await post.send("c")
    await post.until("c", SmsState.SENT)
    assert post.gateway.left == [("您好", 1)]


@pytest.mark.req("CHN-2")
async def test_a_gateway_that_is_away_for_a_day_costs_nothing(post: Post) -> None:
    post.gateway.away = True
    for n in range(5):
        await post.send(f"m{n}", f"第{n}条", expires_at=post.world.clock() + timedelta(days=60))
    await post.start()
    for _ in range(6):  # a day in steps of four hours and more
        before = post.gateway.tries
        async with asyncio.timeout(60):
            while post.gateway.tries == before:
                post.world.clock.forward(hours=4)
                post.worker.wake()
                await asyncio.sleep(0.05)
    # What is under way in the very moment of a crash is another test's matter: none is while the gateway is left alone.
    async with asyncio.timeout(60):
        while not post.leaves_the_gateway_alone():
            await asyncio.sleep(0.02)
    for n in range(5):
        await post.until(f"m{n}", SmsState.QUEUED)
    await post.crash()
    post.gateway.away = False
    post.world.clock.forward(hours=1)
    await post.start()
    for n in range(5):
        status = await post.until(f"m{n}", SmsState.SENT, step=timedelta(minutes=10))
        assert status.attempts == 1  # the gateway's absence was not the message's fault
    assert sorted(post.gateway.left) == sorted((f"第{n}条", 1) for n in range(5))


async def test_what_is_too_old_fails_and_says_so(post: Post) -> None:
    post.gateway.away = True
    await post.start()
    await post.send("old")
    post.world.clock.forward(hours=80)
    status = await post.until("old", SmsState.FAILED)
    assert "有效期" in status.problem
    assert post.gateway.left == []


@pytest.mark.parametrize("repeatable", [False, True])
async def test_an_answer_that_is_lost_makes_it_uncertain_or_is_asked_for_again(
    post: Post, repeatable: bool
) -> None:
    post.gateway.repeatable = repeatable
    post.gateway.plan = [AnswerLost("cut")]
    await post.start()
    await post.send("x")
    if repeatable:
        async with asyncio.timeout(60):
            while not post.gateway.left:
                await asyncio.sleep(0.01)
        await post.until("x", SmsState.QUEUED)
        post.world.clock.forward(minutes=5)
        await post.until("x", SmsState.SENT)
    else:
        status = await post.until("x", SmsState.UNCERTAIN)
        assert "核实" in status.problem
        post.world.clock.forward(hours=5)
        await post.send("y")
        await post.until("y", SmsState.SENT)
        assert post.gateway.left == [("您好", 1), ("您好", 1)]  # x, whose answer was lost, and y; x not again


@pytest.mark.parametrize("repeatable", [False, True])
async def test_a_crash_while_sending_neither_loses_nor_repeats(post: Post, repeatable: bool) -> None:
    post.gateway.repeatable = repeatable
    await post.send("z")
    async with post.world.database.writing() as work:
        row = await work.session.get(SmsMessage, (await post.sender.status("z")).id)
        row.state, row.gateway_id = SmsState.SENDING, "gate"  # handed over when the process died
    await post.start()
    await post.until("z", SmsState.SENT if repeatable else SmsState.UNCERTAIN)
    assert post.gateway.left == ([("您好", 1)] if repeatable else [])


async def test_refusals_are_final_or_tried_again_later(post: Post) -> None:
    post.gateway.plan = [NotTaken("bad", "号码无效", retryable=False)]
    await post.start()
    await post.send("one")
    status = await post.until("one", SmsState.FAILED)
    assert status.problem == "号码无效"
    post.gateway.plan = [NotTaken("busy", "忙", retryable=True)]
    await post.send("two")
    assert (await post.until("two", SmsState.SENT, step=timedelta(seconds=1))).attempts == 2


async def test_a_long_message_goes_on_with_the_part_that_was_refused(post: Post) -> None:
    post.gateway.plan = [None, NotTaken("slow", "发送过快", retryable=True, throttled=True)]
    await post.start()
    text = "字" * 150
    first = await post.send("long", text)
    await post.until("long", SmsState.SENT, step=timedelta(seconds=1))
    assert post.gateway.left == [(text, 1), (text, 2), (text, 3)]
    desk = post.world.platform.services[NewsDesk]
    for part in (3, 1, 2):
        report = DeliveryReport(
            gateway_id=f"{first.id}/{part}", reference="", delivered=True, final=True, code="DELIVRD",
            at=post.world.clock(),
        )  # fmt: skip
        await desk.take("gate", ROOT_AUTHORITY, [report])
        state = (await post.sender.status("long")).state
        assert state == (SmsState.DELIVERED if part == 2 else SmsState.SENT)


@pytest.mark.req("CHN-2")
async def test_of_a_long_message_whose_answer_was_lost_half_way_one_report_is_not_its_delivery(
    post: Post,
) -> None:
    post.gateway.plan = [None, AnswerLost("cut")]
    await post.start()
    text = "字" * 150
    first = await post.send("long", text)
    await post.until("long", SmsState.UNCERTAIN)
    report = DeliveryReport(
        gateway_id=f"{first.id}/1", reference="", delivered=True, final=True, code="DELIVRD", at=post.world.clock()
    )  # fmt: skip
    await post.world.platform.services[NewsDesk].take("gate", ROOT_AUTHORITY, [report])
    assert (await post.sender.status("long")).state == SmsState.UNCERTAIN, (
        "two of its three parts are not known"
    )
    await post.crash()
    await post.start()
    await post.send("other")
    await post.until("other", SmsState.SENT)
    assert post.gateway.left == [(text, 1), (text, 2), ("您好", 1)]


async def test_a_report_that_is_quicker_than_the_answer_is_kept_for_it(post: Post) -> None:
    status = await post.send("quick")
    desk = post.world.platform.services[NewsDesk]
    report = DeliveryReport(
        gateway_id=f"{status.id}/1",
        reference="",
        delivered=True,
        final=True,
        code="DELIVRD",
        at=post.world.clock(),
    )
    await desk.take("gate", ROOT_AUTHORITY, [report])
    await post.start()
    await post.until("quick", SmsState.DELIVERED)
    assert post.gateway.left == [("您好", 1)]


@pytest.mark.req("CHN-2")
@pytest.mark.req("TKT-4")
async def test_a_citizens_reply_is_kept_once_and_told_with_what_it_answers(post: Post) -> None:
    await post.start()
    sent = await post.send("t", reference_kind="ticket", reference_id="42")
    await post.until("t", SmsState.SENT)
    reply = Incoming(
        sender=f"+86{NUMBER}",
        service_number="10658",
        text="还要带什么？",
        at=post.world.clock(),
        unique="mo-1",
    )
    desk = post.world.platform.services[NewsDesk]
    await desk.take("gate", ROOT_AUTHORITY, [reply])
    await desk.take("gate", ROOT_AUTHORITY, [reply])
    (heard,) = post.listener.received
    assert (heard.sender, heard.reply_to, heard.reference_kind, heard.reference_id) == (
        NUMBER, sent.id, "ticket", "42",
    )  # fmt: skip


async def test_who_opts_out_gets_answers_only_until_they_come_back(post: Post) -> None:
    desk = post.world.platform.services[NewsDesk]

    async def says(text: str) -> None:
        word = Incoming(sender=NUMBER, service_number="", text=text, at=post.world.clock(), unique=text)
        await desk.take("gate", ROOT_AUTHORITY, [word])

    await says(" TD ")
    with pytest.raises(SmsRefused, match="blocked"):
        await post.send("n")
    assert (await post.send("r", purpose=SmsPurpose.TICKET_REPLY)).state == SmsState.QUEUED
    await says("恢复")
    assert (await post.send("n")).state == SmsState.QUEUED


@pytest.mark.parametrize("to", ["", "01084000000", "12345", "1380013800", "abc", "13800138000;1"])
async def test_numbers_that_take_no_messages_are_refused(post: Post, to: str) -> None:
    with pytest.raises(SmsRefused, match="bad_number"):
        await post.send("bad", to=to)
