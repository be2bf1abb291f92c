"""The site as its people have set it up, read from the features' tables as one consistent picture (`ports/site.SiteSource`).

Like the composition root this module knows several features; nothing but the root uses it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core import site
from hotline.core.ids import (
    AgentId,
    AuthorityId,
    DeviceId,
    FlowId,
    HotlineId,
    HoursId,
    PromptKey,
    QueueId,
    TrunkId,
)
from hotline.core.switching import DeviceEntry, Provision, TrunkEntry
from hotline.features.announcements.models import Announcement
from hotline.features.announcements.repository import AnnouncementRepository
from hotline.features.announcements.service import to_core as announcement_to_core
from hotline.features.customers.repository import special_customers
from hotline.features.customers.schemas import CLASS_PRIORITY, CustomerClass
from hotline.features.flows.models import Flow
from hotline.features.flows.parameters_repository import parameters_for_site
from hotline.features.flows.repository import FlowRepository
from hotline.features.hotlines.models import Hotline, KnownCallerRow, Trunk
from hotline.features.hotlines.outbound import to_core as outbound_rule
from hotline.features.hotlines.repository import (
    BlacklistRepository,
    HotlineRepository,
    KnownCallerRepository,
    OutboundRuleRepository,
    TrunkRepository,
)
from hotline.features.hours.models import Hours
from hotline.features.hours.repository import HoursRepository, national_table
from hotline.features.hours.service import OFFSET_MIN, to_core
from hotline.features.prompts.models import Prompt
from hotline.features.prompts.repository import PromptRepository
from hotline.features.queues.models import Queue
from hotline.features.queues.repository import QueueRepository
from hotline.features.users.repository import PhoneRepository
from hotline.platform.actor import Actor, system_actor
from hotline.platform.browser_phone import SECRET_NAME
from hotline.platform.clock import Clock, utc_now
from hotline.platform.database import Database
from hotline.platform.people import ROOT_AUTHORITY, SIP_REALM, Agent, QueueMember, User
from hotline.platform.permissions import LEADER_ROLE
from hotline.platform.secrets import secret_named
from hotline.platform.settings import EMBEDDED_CALLS, EMBEDDED_LEGS
from hotline.platform.survey_fields import SurveyFields, survey_to_core

FLOW_VERSIONS_KEPT = 5
"""So many newest versions of each flow are at hand for calls that entered an older one."""


class DatabaseSite:
    """Loads the site from the database."""

    def __init__(
        self,
        database: Database,
        clock: Clock = utc_now,
        *,
        calls: int = EMBEDDED_CALLS,
        legs: int = EMBEDDED_LEGS,
    ) -> None:
        """`calls` are taken in at once, and each engine may have so many `legs`."""
        self._calls, self._legs = calls, legs
        self._database = database
        self._clock = clock

    async def load(self) -> tuple[site.Site, Provision]:
        """Read everything the core and the engine need, in one transaction."""
        browser_secret = await secret_named(self._database, SECRET_NAME)
        actor = system_actor("site")
        async with self._database.reading() as session:
            hotlines = await HotlineRepository(session, actor).all(Hotline.active, order_by=[Hotline.number])
            trunks = await TrunkRepository(session, actor).all(Trunk.active, order_by=[Trunk.id])
            phones = PhoneRepository(session, actor)
            picture = site.Site(
                authority_id=AuthorityId(ROOT_AUTHORITY),
                hotlines=tuple(_hotline(row) for row in hotlines),
                queues=await _queues(session, actor),
                agents=tuple(_agent(*row) for row in await phones.agents_at_work()),
                hours=await self._hours(session, actor),
                announcements=await _announcements(session, actor),
                flows=await _flows(session, actor),
                prompts=await _prompts(session, actor),
                parameters=await parameters_for_site(session),
                trunks=tuple(_trunk(row) for row in trunks),
                blacklist=await _blacklist(session, actor),
                offset_min=OFFSET_MIN,
                max_calls=self._calls,
                known_callers=await _known_callers(session, actor),
                outbound_rules=tuple(
                    outbound_rule(row) for row in await OutboundRuleRepository(session, actor).all()
                ),
            )
            devices = await phones.devices_at_work()
        provision = Provision(
            realm=SIP_REALM,
            devices=tuple(
                DeviceEntry(device_id=DeviceId(row.id), ha1_md5=row.ha1_md5, ha1_sha256=row.ha1_sha256)
                for row in devices
            ),
            trunks=tuple(_trunk_entry(row) for row in trunks),
            browser_secret=browser_secret,
            web_numbers=tuple(row.number for row in hotlines if row.web_calls),
            max_calls=self._legs,
        )
        return picture, provision

    async def _hours(self, session: AsyncSession, actor: Actor) -> tuple[site.Hours, ...]:
        rows = await HoursRepository(session, actor).all(Hours.active, order_by=[Hours.id])
        table = await national_table(session)
        return tuple(to_core(row, self._clock(), table) for row in rows)


async def _announcements(session: AsyncSession, actor: Actor) -> tuple[site.Announcement, ...]:
    order = [Announcement.valid_from, Announcement.id]
    rows = await AnnouncementRepository(session, actor).all(Announcement.active, order_by=order)
    return tuple(announcement_to_core(row) for row in rows)


async def _queues(session: AsyncSession, actor: Actor) -> tuple[site.Queue, ...]:
    rows = await QueueRepository(session, actor).all(Queue.active, order_by=[Queue.number])
    return tuple(_queue(row) for row in rows)


async def _flows(session: AsyncSession, actor: Actor) -> tuple[site.FlowDocument, ...]:
    flows = FlowRepository(session, actor)
    rows = {row.id: row for row in await flows.all(Flow.active, Flow.published_version > 0)}
    return tuple(
        site.FlowDocument(
            id=FlowId(version.flow_id),
            authority_id=AuthorityId(version.authority_id),
            name=rows[version.flow_id].name,
            version=version.version,
            json=version.document,
        )
        for version in await flows.latest(list(rows.values()), FLOW_VERSIONS_KEPT)
    )


async def _prompts(session: AsyncSession, actor: Actor) -> tuple[site.Prompt, ...]:
    rows = await PromptRepository(session, actor).all(Prompt.active, order_by=[Prompt.key])
    return tuple(
        site.Prompt(key=PromptKey(row.key), path=row.path, duration_ms=row.duration_ms) for row in rows
    )


async def _known_callers(session: AsyncSession, actor: Actor) -> tuple[site.KnownCaller, ...]:
    """Known to two organisations: the higher priority counts, for the last one of a number does."""
    rows = await KnownCallerRepository(session, actor).all(order_by=[KnownCallerRow.priority])
    listed = [
        site.KnownCaller(
            number=row.number, kind=site.CallerKind(row.kind), priority=row.priority, name=row.name
        )
        for row in rows
    ]
    special = [pair for pair in await special_customers(session, actor) if pair[0].customer_class in _KNOWN]
    files = [
        site.KnownCaller(
            number=number,
            kind=site.CallerKind(row.customer_class),
            priority=CLASS_PRIORITY[CustomerClass(row.customer_class)]
            if row.priority is None
            else row.priority,
            name=row.name,
        )
        for row, number in special
    ]
    return tuple(sorted([*listed, *files], key=lambda caller: caller.priority))


_KNOWN = {str(kind) for kind in CLASS_PRIORITY}


async def _blacklist(session: AsyncSession, actor: Actor) -> frozenset[str]:
    """The list of blocked numbers, and the numbers of customers whose class says so."""
    listed = {row.number for row in await BlacklistRepository(session, actor).all()}
    special = await special_customers(session, actor)
    files = {number for row, number in special if row.customer_class == CustomerClass.BLACKLIST}
    return frozenset(listed | files)


def _hotline(row: Hotline) -> site.Hotline:
    return site.Hotline(
        id=HotlineId(row.id),
        authority_id=AuthorityId(row.authority_id),
        number=row.number,
        name=row.name,
        flow_id=FlowId(row.flow_id),
        hours_id=HoursId(row.hours_id) if row.hours_id else None,
        survey=survey_to_core(SurveyFields.model_validate(row.survey)) if row.survey else None,
        outbound_trunk_id=TrunkId(row.outbound_trunk_id) if row.outbound_trunk_id else None,
        recording=row.recording,
        region=row.region,
        web_calls=row.web_calls,
        further_trunk_ids=tuple(TrunkId(trunk_id) for trunk_id in row.further_trunk_ids),
        duty_number=row.duty_number,
    )


def _queue(row: Queue) -> site.Queue:
    return site.Queue(
        id=QueueId(row.id),
        authority_id=AuthorityId(row.authority_id),
        name=row.name,
        number=row.number,
        strategy=site.Strategy(row.strategy),
        ring_timeout_s=row.ring_timeout_s,
        wrap_up_s=row.wrap_up_s,
        max_wait_s=row.max_wait_s,
        max_length=row.max_length,
        no_agent_overflow=row.no_agent_overflow,
        overflow=site.Overflow(
            to=site.OverflowTo(row.overflow_to),
            queue_id=QueueId(row.overflow_queue_id) if row.overflow_queue_id else None,
            number=row.overflow_number,
        ),
        music=PromptKey(row.music),
        message=PromptKey(row.message) if row.message else None,
        message_every_s=row.message_every_s,
        announce_position=row.announce_position,
        base_priority=row.base_priority,
        missed_limit=row.missed_limit,
        missed_pause_s=row.missed_pause_s,
        survey=row.survey,
        announce_wait=row.announce_wait,
        announce_agent=row.announce_agent,
        callback_key=row.callback_key,
        voicemail_key=row.voicemail_key,
        callback_prompt=PromptKey(row.callback_prompt) if row.callback_prompt else None,
        last_agent_wait_s=row.last_agent_wait_s,
        widen_after_s=row.widen_after_s,
        priority_per_minute=row.priority_per_minute,
        own_survey=survey_to_core(SurveyFields.model_validate(row.own_survey)) if row.own_survey else None,
        further_music=tuple(PromptKey(key) for key in row.further_music),
        further_messages=tuple(PromptKey(key) for key in row.further_messages),
    )


def _agent(agent: Agent, user: User, places: Sequence[QueueMember]) -> site.AgentProfile:
    return site.AgentProfile(
        id=AgentId(agent.id),
        authority_id=AuthorityId(agent.authority_id),
        number=agent.number,
        name=user.name,
        queues=tuple(
            site.Membership(queue_id=QueueId(place.queue_id), level=place.level, order=place.position)
            for place in places
        ),
        devices=(DeviceId(agent.number), DeviceId(f"{agent.number}-web")),
        may_call_out=agent.may_call_out,
        default_hotline_id=HotlineId(agent.default_hotline_id) if agent.default_hotline_id else None,
        mobile=agent.mobile,
        forwarding=site.CallForwarding(when=site.ForwardWhen(agent.forwarding_when), to=agent.forwarding_to)
        if agent.forwarding_when
        else None,
        leader=user.role == LEADER_ROLE if agent.leader is None else agent.leader,
        call_class=agent.call_class,
    )


def _trunk(row: Trunk) -> site.Trunk:
    return site.Trunk(
        id=TrunkId(row.id),
        authority_id=AuthorityId(row.authority_id),
        name=row.name,
        max_calls=row.max_calls,
        inbound_rules=_number_rules(row.inbound_rules),
        outbound_rules=_number_rules(row.outbound_rules),
        max_outbound=row.max_outbound,
    )


def _number_rules(rows: Sequence[dict[str, Any]]) -> tuple[site.NumberRule, ...]:
    return tuple(site.NumberRule(prefix=r["prefix"], strip=r["strip"], prepend=r["prepend"]) for r in rows)


def _trunk_entry(row: Trunk) -> TrunkEntry:
    return TrunkEntry(
        trunk_id=TrunkId(row.id),
        peers=tuple(row.peers),
        gateway=row.gateway,
        max_calls=row.max_calls,
        codecs=tuple(row.codecs),
        username=row.username,
        password=row.password,
        transport=row.transport,
        numbers=tuple(row.numbers),
    )
