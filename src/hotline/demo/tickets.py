"""The demo site's customers and tickets, made through the real services by its own people: types of the five sites, a few of each state.

Names and numbers are invented. Made once; what people then change stays so.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from hotline.core.ids import AuthorityId
from hotline.core.tickets.flow import TicketAction
from hotline.demo.people import PEOPLE
from hotline.features.customers.schemas import CustomerClass, CustomerCreate, CustomerKind, NumberFields
from hotline.features.customers.service import CustomerService
from hotline.features.tickets.context import TicketContext
from hotline.features.tickets.examples import EXAMPLES
from hotline.features.tickets.repository import TypeRepository
from hotline.features.tickets.schemas import TicketCreate, TicketStepWanted
from hotline.features.tickets.schemas_types import TicketTypeCreate
from hotline.features.tickets.service import TicketService
from hotline.features.tickets.types import TypeService
from hotline.platform.access import Platform
from hotline.platform.actor import Actor, system_actor
from hotline.platform.database import Work
from hotline.platform.people import ROOT_AUTHORITY
from hotline.platform.permissions import BUILT_IN_ROLES
from hotline.platform.sealing import Sealer, sealer_of

HOURS: Final = "demo"
_OFFICE: Final = "social-office"

_CUSTOMERS: Final = (
    CustomerCreate(name="王芳", customer_class=CustomerClass.VIP, tags=["热心市民"], note="常来电咨询社保业务",
                   numbers=[NumberFields(number="13700001111", label="手机")]),
    CustomerCreate(name="演示计量有限公司", kind=CustomerKind.ORGANISATION, customer_class=CustomerClass.CONTRACT,
                   numbers=[NumberFields(number="01066005678", label="总机")], tags=["检定大户"]),
    CustomerCreate(name="赵建国", customer_class=CustomerClass.CARE, note="行动不便，优先接听",
                   numbers=[NumberFields(number="13700003333", label="手机")]),
    CustomerCreate(name="李明", numbers=[NumberFields(number="13700138000", label="手机")], tags=["网上申请"]),
)  # fmt: skip

_Step = tuple[str, TicketAction, dict[str, object]]
_A = TicketAction
_TICKETS: Final[tuple[tuple[str, str, str, str, int, dict[str, object], tuple[_Step, ...]], ...]] = (
    ("业务咨询", "社保卡丢失后怎样补办", "市民在地铁站丢失社保卡，询问补办需要的材料和地点。", "13700138000", 30,
     {"business": "社保卡"},
     (("1001", _A.ANSWER, {"text": "携带身份证到就近社保经办网点，或在掌上服务申请补办，十个工作日内领卡。", "close": True}),)),
    ("办理进度查询", "养老保险转移办理进度", "上月提交跨省转移申请，至今没有收到结果。", "13700001111", 120,
     {"matter": "养老转移"},
     (("1001", _A.DISPATCH, {"department_id": _OFFICE, "text": "请核实转移进度并答复市民"}), ("5001", _A.ACCEPT, {}))),
    ("办理进度查询", "医保报销什么时候到账", "住院费用报销材料已交三周，没有到账。", "13700003333", 200,
     {"matter": "医保报销"},
     (("1002", _A.DISPATCH, {"department_id": _OFFICE}), ("5001", _A.ACCEPT, {}),
      ("5001", _A.REPLY, {"text": "材料已审核通过，款项将于三个工作日内拨付。"}))),
    ("投诉", "窗口工作人员态度生硬", "市民反映在三号窗口办理时，工作人员语气不好，没有一次讲清所需材料。", "", 400,
     {"kind": "服务态度", "happened_on": "2026-11-24", "wish": "要求道歉并改进"},
     (("1003", _A.DISPATCH, {"department_id": "realestate-office", "text": "请核实并反馈处理意见"}),
      ("1003", _A.URGE, {"text": "市民再次来电询问"}), ("2001", _A.SUPERVISE, {"text": "请在时限内办结"}))),
    ("时效性问题", "办事大厅系统故障，市民在等候", "不动产登记大厅二楼叫号系统停止，二十多位市民在等。", "13700138000", 90,
     {"window": "登记大厅二楼"}, ()),
    ("检定预约", "电子汽车衡上门检定", "单位一台三十吨电子汽车衡证书下月到期。", "01066005678", 60,
     {"day": "2026-12-15", "instrument": "电子汽车衡", "count": 1, "on_site": True, "address": "开发区二号路 8 号"},
     (("1004", _A.WAIT, {"text": "请单位补充场地照片"}),)),
    ("建议", "建议增加周末办理窗口", "上班族平时没有时间，希望周六上午能办理。", "", 20, {"subject": "登记中心"}, ()),
)  # fmt: skip
"""Type, title, content, the citizen's number, made so many minutes ago, values, steps by person."""


def person(username: str) -> Actor:
    """A demo person with the rights of their built-in role, whatever a site has made of it since."""
    one = next(other for other in PEOPLE if other.username == username)
    role = next(other for other in BUILT_IN_ROLES if other.key == one.role)
    return replace(
        system_actor("演示", one.authority_id),
        user_id=one.user_id,
        username=one.username,
        name=one.name,
        permissions=role.permissions,
        authorities=frozenset({AuthorityId(one.authority_id)}),
    )


async def add_tickets(work: Work, platform: Platform) -> None:
    """Make types, customers and tickets, each step by whoever would take it; nothing where there are types already."""
    admin = system_actor("演示", ROOT_AUTHORITY)
    if await TypeRepository(work.session, admin).first():
        return
    sealer = sealer_of(platform.settings.data)
    platform.services.setdefault(Sealer, sealer)
    types = TypeService(work, admin, platform, {})
    ids: dict[str, str] = {}
    for _, example in EXAMPLES:
        made = await types.create(TicketTypeCreate.model_validate(example.model_dump() | {"hours_id": HOURS}))
        ids[made.name] = made.id
    customers = CustomerService(work, person("1001"), platform, sealer)
    for customer in _CUSTOMERS:
        await customers.create(customer)
    now = platform.clock()
    for kind, title, content, contact, ago_min, values, steps in sorted(_TICKETS, key=lambda one: -one[4]):
        at = now - timedelta(minutes=ago_min)
        maker = next((who for who, _, _ in steps if who.startswith("1")), "1001")
        wanted = TicketCreate(
            type_id=ids[kind], title=title, content=content, contact=contact, values=dict(values)
        )
        service = TicketService(TicketContext(work=work, actor=person(maker), platform=platform, now=at))
        row = await service.create(wanted)
        await work.session.flush()
        for place, (who, action, more) in enumerate(steps, start=1):
            moment = at + timedelta(minutes=ago_min * place / (len(steps) + 1))
            acting = TicketService(TicketContext(work=work, actor=person(who), platform=platform, now=moment))
            await acting.step(row, TicketStepWanted.model_validate({"action": action} | more))
            await work.session.flush()
