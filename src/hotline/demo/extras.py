"""What the demo site has beside its people and queues: known callers, rules for calls out, alarm rules, a wall board, a second trunk.

Made once, with the site: whatever people then change or remove stays so. Names and numbers are invented.
"""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.site import CallerKind
from hotline.features.alarms.models import AlarmRule
from hotline.features.alarms.rules import Metric, Scope
from hotline.features.alarms.schemas import AlarmRuleFields
from hotline.features.hotlines.models import KnownCallerRow, OutboundRuleRow, Trunk
from hotline.features.hotlines.schemas_callers import KnownCallerFields, OutboundRuleFields
from hotline.features.wallboards.models import WallBoard
from hotline.features.wallboards.schemas import WallBoardFields, WallPage
from hotline.platform.clock import Clock
from hotline.platform.people import ROOT_AUTHORITY

SECOND_TRUNK: Final = "demo-2"
DUTY_NUMBER: Final = "01084009999"
MOBILES: Final = {"1011": "13900001011", "1012": "13900001012"}
"""Agents with a mobile seat (移动座席)."""

_CALLERS: Final = (
    KnownCallerFields(number="13900001111", kind=CallerKind.VIP, priority=20, name="演示贵宾"),
    KnownCallerFields(number="01066001234", kind=CallerKind.CONTRACT, priority=10, name="演示合同单位"),
    KnownCallerFields(
        number="13900003333",
        kind=CallerKind.CARE,
        priority=15,
        name="演示特殊关怀",
        note="行动不便，优先接听",
    ),
)
_OUTBOUND: Final = (
    OutboundRuleFields(prefix="00", allowed=False, note="国际及港澳台长途"),
    OutboundRuleFields(prefix="0", min_class=2, daily_limit=200, note="国内长途"),
)
_ALARMS: Final = (
    AlarmRuleFields(
        name="排队人数过多", scope=Scope.QUEUE, metric=Metric.WAITING, amber=3, red=6, sound=True
    ),
    AlarmRuleFields(
        name="等待时间过长", scope=Scope.QUEUE, metric=Metric.LONGEST_WAIT_S, amber=30, red=60, sound=True
    ),
    AlarmRuleFields(name="今日服务水平", scope=Scope.QUEUE, metric="service_level", amber=80, red=60),
    AlarmRuleFields(name="今日接听率", scope=Scope.QUEUE, metric="queue_answer_rate", amber=90, red=80),
    AlarmRuleFields(name="小休超时", scope=Scope.AGENT, metric=Metric.REST_S, amber=900, red=1800),
    AlarmRuleFields(name="话后处理超时", scope=Scope.AGENT, metric=Metric.AFTER_CALL_S, amber=120, red=300),
    AlarmRuleFields(name="中继占用过高", scope=Scope.TRUNK, metric=Metric.TRUNK_USED_PCT, amber=70, red=90),
    AlarmRuleFields(name="交换引擎中断", scope=Scope.SITE, metric=Metric.ENGINE_DOWN, red=5, sound=True),
)
_BOARD: Final = WallBoardFields(
    name="大厅大屏",
    pages=[
        WallPage(kind="queues", seconds=20),
        WallPage(kind="figures", seconds=15),
        WallPage(kind="curve", seconds=15),
        WallPage(kind="agents", seconds=20),
        WallPage(kind="alarms", seconds=10),
    ],
)


def second_trunk(gateway: str) -> Trunk:
    """A trunk for calls out when the first is full. Nobody calls in over it: its peer is a documentation address (RFC 5737)."""
    return Trunk(
        id=SECOND_TRUNK,
        authority_id=ROOT_AUTHORITY,
        name="备用中继",
        peers=["192.0.2.20/32"],
        gateway=gateway,
        max_calls=10,
        codecs=["PCMA", "PCMU"],
        transport="udp",
        numbers=[],
        username="",
        password="",
        max_outbound=8,
        active=True,
    )


async def add_extras(session: AsyncSession, clock: Clock) -> None:
    """Make everything but the trunk."""
    for caller in _CALLERS:
        session.add(
            KnownCallerRow(authority_id=ROOT_AUTHORITY, since=clock(), **caller.model_dump(mode="json"))
        )
    for outbound in _OUTBOUND:
        session.add(OutboundRuleRow(authority_id=ROOT_AUTHORITY, **outbound.model_dump()))
    for position, rule in enumerate(_ALARMS):
        values = rule.model_dump(mode="json", exclude={"id", "authority_id"})
        session.add(
            AlarmRule(id=f"demo-{position + 1}", authority_id=ROOT_AUTHORITY, position=position, **values)
        )
    session.add(WallBoard(id="demo", authority_id=ROOT_AUTHORITY, **_BOARD.model_dump(mode="json")))
