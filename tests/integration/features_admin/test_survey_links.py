"""The survey by SMS from the end of the call to the report: sent once, answered once, in time, and nobody else's to see."""

import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

import httpx
import pytest
from sqlalchemy import text

from hotline.adapters.journal_sql import SqlJournal
from hotline.core import events as e
from hotline.core import requests
from hotline.core.centre import AnyInput
from hotline.core.ids import CallId
from hotline.core.requests import AnyRequest
from hotline.core.site import Grade, SecondQuestion, Site, SurveyLink, SurveyWay
from hotline.features.calls.projection import CallListProjection
from hotline.features.sms.models import SmsBlocked, SmsMessage
from hotline.features.sms.sender import Outbox
from hotline.features.surveys.models import SurveyLink as LinkRow
from hotline.features.surveys.projection import SurveyLinkProjection
from hotline.features.surveys.sending import LinkSender
from hotline.ports.call_control import CallControl
from hotline.ports.journal import Journal
from hotline.ports.sms import SmsSender
from tests.integration.features_admin.conftest import World
from tests.unit.core_bench import CITY, SURVEY, Bench, queue, site

SECOND = SecondQuestion(
    ask=SURVEY.ask,
    grades=(
        Grade(key="1", grade=1, label="已解决", satisfied=True),
        Grade(key="2", grade=2, label="<b>未</b>解决", satisfied=False),
    ),
    only_unsatisfied=True,
)
BY_LINK = dataclasses.replace(
    SURVEY,
    second=SECOND,
    way=SurveyWay.LINK,
    link=SurveyLink(
        text="请评价：{link} （{hours}小时内有效）",
        question="您满意吗？",
        second="解决了吗？",
        thanks="谢谢！",
        valid_h=2,
    ),
)


@dataclass(slots=True)
class Service:
    """A running centre without an engine: what it decides is written into a real journal."""

    world: World
    bench: Bench
    journal: SqlJournal
    written: int = 0
    away: bool = False

    def site(self) -> Site:
        """The picture the sender looks at."""
        return self.bench.site

    async def request(self, request: AnyRequest) -> CallId | None:
        """What the application tells."""
        if self.away:
            raise requests.Refused("engine_down")
        return await self.take(request)

    async def take(self, message: AnyInput) -> CallId | None:
        """Let the centre decide, and write it down."""
        outcome = self.bench.took(self.bench.centre.handle(message))
        await self.write()
        return outcome.call_id

    async def write(self) -> None:
        """Write down what the bench did."""
        await self.journal.append(self.bench.events[self.written :])
        self.written = len(self.bench.events)

    async def call(self, ani: str = "13800000000") -> CallId:
        """A citizen talks to an agent and hangs up; then the sender works."""
        self.bench.at = self.world.clock()
        call_id = self.bench.talk(ani=ani)
        self.bench.down(self.bench.citizen(call_id))
        self.bench.ask(requests.FinishWrapUp, "1001")
        await self.write()
        await self.send()
        return call_id

    async def send(self) -> int:
        """Send what is due."""
        sender: LinkSender = self.world.platform.services[LinkSender]
        return await sender.work_off()

    async def message(self, call_id: CallId) -> SmsMessage | None:
        """The message of a call."""
        outbox = cast("Outbox", self.world.platform.services[SmsSender])
        status = await outbox.status(f"survey:{call_id}")
        async with self.world.database.reading() as session:
            return None if status is None else await session.get(SmsMessage, status.id)

    async def address(self, call_id: CallId) -> str:
        """The page of a call's link, in the interface."""
        message = await self.message(call_id)
        assert message is not None
        before, _, token = message.text.split(" ")[0].partition("/s/")
        assert before == "请评价：https://rexian.example.cn"
        return f"/public/surveys/{token}"

    async def told(self, call_id: CallId) -> list[e.Event]:
        """What the journal knows of a call."""
        return [one.event for one in await self.journal.of_call(call_id)]


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    """The application over a centre that asks by SMS."""
    bench = Bench(site(survey=BY_LINK, queues=[queue(survey=True)]))
    journal = SqlJournal(
        world.database.engine.execution_options(hotline_writes=True),
        projections=(CallListProjection(), SurveyLinkProjection()),
    )
    await journal.open()
    made = Service(world, bench, journal)
    world.platform.services[CallControl] = cast("CallControl", made)
    world.platform.services[Journal] = journal
    yield made
    await journal.close()


def citizen(world: World) -> httpx.AsyncClient:
    """Whoever opens the page: nobody is logged in."""
    return world.client()


@pytest.mark.req("IVR-5")
async def test_from_the_end_of_the_call_to_the_answer(service: Service) -> None:
    call_id = await service.call()
    message = await service.message(call_id)
    assert message is not None
    assert (message.recipient, message.purpose) == ("13800000000", "survey")
    assert message.text.endswith("（2小时内有效）")
    page = (await citizen(service.world).get(await service.address(call_id))).json()
    assert (page["state"], page["question"], [one["label"] for one in page["grades"]]) == (
        "open",
        "您满意吗？",
        [grade.label for grade in BY_LINK.grades],
    )
    assert page["second"]["only_unsatisfied"]
    service.world.clock.forward(hours=1)
    answer = {"grade": "3", "second": "2"}
    given = await citizen(service.world).post(await service.address(call_id), json=answer)
    assert given.status_code == 204
    answers = [one for one in await service.told(call_id) if isinstance(one, e.SurveyAnswered)]
    assert [(one.question, one.grade, one.link, one.agent_id, one.queue_id) for one in answers] == [
        (1, 3, True, "1001", "advice"),
        (2, 2, True, "1001", "advice"),
    ]
    assert any(isinstance(one, e.SurveyLinkSettled) and one.sent for one in await service.told(call_id))


@pytest.mark.req("IVR-5")
async def test_the_result_is_on_the_call(service: Service) -> None:
    call_id = await service.call()
    await citizen(service.world).post(await service.address(call_id), json={"grade": "1"})
    async with service.world.database.writing() as work:  # the call belongs to the organisation of the bench
        await work.session.execute(text("UPDATE call_record SET authority_id = 'root'"))
    admin = await service.world.log_in("admin")
    seen = (await admin.get(f"/calls/{call_id}")).json()
    assert (seen["survey_grade"], seen["survey"][0]["label"]) == (1, "grade 1")
    assert "评价短信已交发件箱" in [one["text"] for one in seen["events"]]
    assert "评价：grade 1（短信链接）" in [one["text"] for one in seen["events"]]


@pytest.mark.req("IVR-5")
async def test_a_link_takes_one_answer(service: Service) -> None:
    call_id = await service.call()
    address = await service.address(call_id)
    assert (await citizen(service.world).post(address, json={"grade": "1"})).status_code == 204
    again = await citizen(service.world).post(address, json={"grade": "3"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "survey_answered")
    assert (await citizen(service.world).get(address)).json()["state"] == "answered"
    answers = [one for one in await service.told(call_id) if isinstance(one, e.SurveyAnswered)]
    assert [one.grade for one in answers] == [1]


@pytest.mark.req("IVR-5")
async def test_the_second_question_is_not_taken_from_who_is_not_asked(service: Service) -> None:
    call_id = await service.call()
    await citizen(service.world).post(await service.address(call_id), json={"grade": "1", "second": "2"})
    answers = [one for one in await service.told(call_id) if isinstance(one, e.SurveyAnswered)]
    assert [one.question for one in answers] == [1]


@pytest.mark.req("IVR-5")
async def test_a_link_expires(service: Service) -> None:
    address = await service.address(await service.call())
    service.world.clock.forward(hours=2)
    late = await citizen(service.world).post(address, json={"grade": "1"})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "survey_expired")
    assert (await citizen(service.world).get(address)).json() == {
        "state": "expired", "question": "", "grades": [], "second": None, "thanks": "",
    }  # fmt: skip


@pytest.mark.req("IVR-5")
async def test_what_is_no_answer_is_refused_and_uses_nothing_up(service: Service) -> None:
    address = await service.address(await service.call())
    client = citizen(service.world)
    for wrong in ({}, {"grade": "9"}, {"grade": "<"}, {"grade": "3", "second": "7"}, {"grade": "1", "x": 1}):
        assert (await client.post(address, json=wrong)).status_code == 422
    assert (await client.get(address)).json()["state"] == "open"
    for guess in ("short", "A" * 22, "A" * 65, "..%2f..%2fcalls" + "A" * 10):
        assert (await client.get(f"/public/surveys/{guess}")).status_code in {404, 422}


@pytest.mark.req("IVR-5")
async def test_guessing_is_limited(service: Service) -> None:
    client = citizen(service.world)
    answers = [(await client.get(f"/public/surveys/{n:022}")).status_code for n in range(61)]
    assert answers[:60] == [404] * 60
    assert answers[60] == 429


@pytest.mark.req("IVR-5", "CHN-4")
async def test_a_number_on_the_black_list_is_sent_nothing_and_the_call_says_so(service: Service) -> None:
    async with service.world.database.writing() as work:
        work.session.add(
            SmsBlocked(
                authority_id=CITY,
                number="13800000000",
                kind="opted_out",
                note="",
                since=service.world.clock(),
            )
        )
    call_id = await service.call()
    assert await service.message(call_id) is None
    settled = [one for one in await service.told(call_id) if isinstance(one, e.SurveyLinkSettled)]
    assert [(one.sent, one.why) for one in settled] == [(False, "blocked")]


@pytest.mark.req("IVR-5")
async def test_every_call_is_sent_one_message_whatever_happens_between(service: Service) -> None:
    service.bench.at = service.world.clock()
    call_id = service.bench.talk()
    service.bench.down(service.bench.citizen(call_id))
    await service.write()
    service.away = True
    assert await service.send() == 1
    service.away = False
    assert await service.send() == 1  # the journal is told
    assert await service.send() == 0
    settled = [one for one in await service.told(call_id) if isinstance(one, e.SurveyLinkSettled)]
    assert [one.sent for one in settled] == [True]
    async with service.world.database.reading() as session:
        row = await session.get(LinkRow, call_id)
        assert row is not None
        assert (row.state, row.number, len(row.token_hash or "")) == ("sent", "", 64)


@pytest.mark.req("IVR-5", "ADM-4")
async def test_colleagues_do_not_see_the_address(service: Service) -> None:
    call_id = await service.call()
    token = (await service.address(call_id)).rpartition("/")[2]
    message = await service.message(call_id)
    assert message is not None
    async with service.world.database.writing() as work:
        row = await work.session.get(SmsMessage, message.id)
        assert row is not None
        row.authority_id = "root"
    admin = await service.world.log_in("admin")
    for path in ("/sms/messages", f"/sms/messages/{message.id}"):
        shown = (await admin.get(path)).text
        assert "请评价：https://rexian.example.cn/s/…" in shown
        assert token not in shown
