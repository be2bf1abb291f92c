"""The demo site exactly as contracts.md describes it: organisations, hotline, queues, trunk, hours, flow, people. No invented calls.

Repeatable: what is there stays as people changed it. The password is HOTLINE_DEMO_PASSWORD, or made at the first start; it is
kept in `<data>/demo-password`, readable by the owner only, so that the first page can show it.
"""

from pathlib import Path
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.site import Strategy
from hotline.demo.extras import DUTY_NUMBER, MOBILES, SECOND_TRUNK, add_extras, second_trunk
from hotline.demo.knowledge import add_knowledge
from hotline.demo.matters import make_matters
from hotline.demo.messages import add_messages, add_outbox
from hotline.demo.people import AGENTS, MEMBERSHIPS, PEOPLE, Person
from hotline.demo.sources import add_sources
from hotline.demo.tickets import add_tickets
from hotline.features.customers.directory import CustomerDirectory
from hotline.features.flows.models import Flow, FlowVersion
from hotline.features.hotlines.models import Hotline, Trunk
from hotline.features.hours.models import Hours
from hotline.features.hours.repository import hours_are_known
from hotline.features.knowledge.search import KnowledgeIndex
from hotline.features.queues.models import Queue
from hotline.features.queues.schemas import QueueFields
from hotline.features.users.service import make_device
from hotline.platform.access import Platform
from hotline.platform.auth import Authenticator
from hotline.platform.clock import Clock, utc_now
from hotline.platform.contacts import Customers
from hotline.platform.database import Base, Database, Work
from hotline.platform.passwords import Passwords, make_password
from hotline.platform.people import ROOT_AUTHORITY, Agent, Organisation, QueueMember, User
from hotline.platform.settings import Settings
from hotline.platform.survey_fields import GradeFields, SurveyFields

NUMBER: Final = "01084000000"
DEMO_ID: Final = "demo"
ORGANISATION_NAME: Final = "市政务服务热线中心"
OFFICES: Final = (("realestate-office", "不动产登记中心"), ("social-office", "社会保险服务中心"))
_FLOW_FILE = Path(__file__).parent / "flow.json"
_NINE, _HALF_PAST_FIVE = 9 * 60, 17 * 60 + 30


def password_file(settings: Settings) -> Path:
    """Where the demo password is kept."""
    return settings.data / "demo-password"


def known_password(settings: Settings) -> str | None:
    """The demo password, if the demo site was made."""
    file = password_file(settings)
    return file.read_text(encoding="utf-8").strip() if file.is_file() else None


async def seed_demo(
    database: Database, settings: Settings, passwords: Passwords, clock: Clock = utc_now
) -> str | None:
    """Make what is missing of the demo site. Returns the password when it is new, else None."""
    before = known_password(settings)
    password = settings.demo_password.get_secret_value() or before or make_password()
    fresh = await _missing_people(database)
    changed = {person.username for person in (PEOPLE if password != before else fresh)}
    # One hash for all: the password is the same and public anyway, and a first start shall take seconds.
    shared = await passwords.hash(password) if changed else ""
    hashes = dict.fromkeys(changed, shared)
    await make_matters(database, settings.data)
    async with database.writing() as work:
        await _organisations(work.session)
        await _site(work.session, settings, clock)
        await _people(work, hashes, clock)
    await _knowledge(database, settings, clock)
    await _tickets(database, settings, clock)
    if password != before:
        _keep_password(password_file(settings), password)
        return password
    return None


async def _knowledge(database: Database, settings: Settings, clock: Clock) -> None:
    """Articles go their real way; nothing is indexed yet when the demo site is made."""
    platform = Platform(
        settings=settings, database=database, authenticator=Authenticator(database), clock=clock
    )
    platform.services[KnowledgeIndex] = None
    async with database.writing() as work:
        await add_knowledge(work, platform)
        work.forget_after_commit()


async def _tickets(database: Database, settings: Settings, clock: Clock) -> None:
    """Customers and tickets go their real way; deadlines follow the calendar as soon as the centre runs."""
    platform = Platform(
        settings=settings, database=database, authenticator=Authenticator(database), clock=clock
    )
    platform.reference_checks["hours"] = hours_are_known
    platform.services[Customers] = CustomerDirectory()
    async with database.writing() as work:
        await add_tickets(work, platform)
        await add_outbox(work.session, clock())
        work.forget_after_commit()


def _keep_password(file: Path, password: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(f"{password}\n", encoding="utf-8")


async def _missing_people(database: Database) -> list[Person]:
    async with database.reading() as session:
        return [person for person in PEOPLE if await session.get(User, person.user_id) is None]


async def _missing(session: AsyncSession, model: type[Base], key: str) -> bool:
    return await session.get(model, key) is None


async def _organisations(session: AsyncSession) -> None:
    root = await session.get_one(Organisation, ROOT_AUTHORITY)
    for office_id, name in OFFICES:
        if await _missing(session, Organisation, office_id):
            root.name = ORGANISATION_NAME
            session.add(
                Organisation(
                    id=office_id, authority_id=office_id, parent_id=ROOT_AUTHORITY, name=name, active=True
                )
            )
    await session.flush()


_WAITING: Final[dict[str, dict[str, Any]]] = {
    "realestate": {"announce_wait": True, "callback_key": "1", "voicemail_key": "2"},
}
"""What waiting callers of a queue are told and offered beyond the plain settings."""


async def _site(session: AsyncSession, settings: Settings, clock: Clock) -> None:
    for queue_id, number, name in (
        ("operator", "8000", "综合服务"),
        ("realestate", "8001", "不动产登记"),
        ("social", "8002", "社会保障"),
    ):
        if await _missing(session, Queue, queue_id):
            fields = QueueFields(
                name=name, number=number, strategy=Strategy.LONGEST_IDLE, **_WAITING.get(queue_id, {})
            )
            columns = fields.model_dump(mode="json")
            session.add(Queue(id=queue_id, authority_id=ROOT_AUTHORITY, active=True, **columns))
    if await _missing(session, Hours, DEMO_ID):
        session.add(_hours())
    if await _missing(session, Flow, DEMO_ID):
        session.add_all(_flow(clock))
    trunk = await session.get(Trunk, DEMO_ID)
    if trunk is None:
        session.add(_trunk(settings.outbound_gateway))
    elif settings.outbound_gateway:
        trunk.gateway = settings.outbound_gateway
        second = await session.get(Trunk, SECOND_TRUNK)
        if second is not None:
            second.gateway = settings.outbound_gateway
    if await _missing(session, Hotline, DEMO_ID):
        session.add(second_trunk(settings.outbound_gateway))
        session.add(_hotline())
        await add_extras(session, clock)
    await add_messages(session)
    await add_sources(session, settings, clock)


def _hours() -> Hours:
    workday = [{"start_min": _NINE, "end_min": _HALF_PAST_FIVE}]
    return Hours(
        id=DEMO_ID,
        authority_id=ROOT_AUTHORITY,
        name="工作日 9:00–17:30",
        week=[workday] * 5 + [[], []],
        special=[],
        national_holidays=True,
        override="open",
        override_note="演示站点全天开放",
        active=True,
    )


def _flow(clock: Clock) -> list[Base]:
    document = _FLOW_FILE.read_text(encoding="utf-8")
    flow = Flow(
        id=DEMO_ID,
        authority_id=ROOT_AUTHORITY,
        name="主流程",
        draft=document,
        published_version=1,
        updated_at=clock(),
        active=True,
    )
    version = FlowVersion(
        flow_id=DEMO_ID,
        version=1,
        authority_id=ROOT_AUTHORITY,
        document=document,
        published_at=clock(),
        published_by="系统",
        note="演示站点",
    )
    return [flow, version]


def _trunk(gateway: str) -> Trunk:
    return Trunk(
        id=DEMO_ID,
        authority_id=ROOT_AUTHORITY,
        name="演示中继",
        peers=["127.0.0.1/32", "::1/128"],
        gateway=gateway,
        max_calls=60,
        codecs=["PCMA", "PCMU"],
        transport="udp",
        numbers=[NUMBER],
        username="",
        password="",
        active=True,
    )


def _hotline() -> Hotline:
    survey = SurveyFields(
        ask="survey_ask",
        thanks="survey_thanks",
        invalid="survey_invalid",
        grades=[
            GradeFields(key="1", grade=1, label="满意", satisfied=True),
            GradeFields(key="2", grade=2, label="基本满意", satisfied=True),
            GradeFields(key="3", grade=3, label="不满意", satisfied=False),
        ],
    )
    return Hotline(
        id=DEMO_ID,
        authority_id=ROOT_AUTHORITY,
        number=NUMBER,
        name="市政务服务热线",
        flow_id=DEMO_ID,
        hours_id=DEMO_ID,
        survey=survey.model_dump(mode="json"),
        outbound_trunk_id=DEMO_ID,
        further_trunk_ids=[SECOND_TRUNK],
        duty_number=DUTY_NUMBER,
        recording=True,
        region="北京",
        web_calls=True,
        active=True,
    )


async def _people(work: Work, hashes: dict[str, str], clock: Clock) -> None:
    session = work.session
    for person in PEOPLE:
        user = await session.get(User, person.user_id)
        if user is not None:
            user.password_hash = hashes.get(person.username, user.password_hash)
            continue
        session.add(
            User(
                id=person.user_id,
                authority_id=person.authority_id,
                username=person.username,
                name=person.name,
                role=person.role,
                password_hash=hashes[person.username],
                must_change_password=False,
                active=True,
                failed_attempts=0,
                created_at=clock(),
            )
        )
        await session.flush()
        if person.username in AGENTS:
            await _agent(session, person)


async def _agent(session: AsyncSession, person: Person) -> None:
    agent = Agent(
        id=person.user_id,
        authority_id=ROOT_AUTHORITY,
        number=person.username,
        may_call_out=True,
        default_hotline_id=DEMO_ID,
        mobile=MOBILES.get(person.username, ""),
        active=True,
    )
    session.add(agent)
    await session.flush()
    session.add(make_device(agent, phone_password(person.username)))
    for place, (queue_id, level) in enumerate(MEMBERSHIPS.get(person.username, ())):
        session.add(
            QueueMember(
                queue_id=queue_id,
                agent_id=agent.id,
                authority_id=ROOT_AUTHORITY,
                level=level,
                position=place,
            )
        )


def phone_password(number: str) -> str:
    """The SIP password of a demo desk phone (contracts.md)."""
    return f"demo-{number}"
