"""Types of tickets as the five sites use them: examples that an administrator takes over and changes; the demo site has them."""

from typing import Final

from hotline.core.forms import FieldKind
from hotline.features.tickets.schemas_types import TicketCategory, TicketTypeFields
from hotline.platform.forms import FormFieldSchema as Field

_K = FieldKind
_GREETING: Final = "您好，请问您要反映什么事项？请告诉我事情发生的时间、地点和您的诉求。"

EXAMPLES: Final[tuple[tuple[str, TicketTypeFields], ...]] = (
    (
        "社会保险、医疗保险热线",
        TicketTypeFields(
            name="业务咨询", category=TicketCategory.CONSULT, reply_min=24 * 60, urgent_min=30, sms_reply=True, position=10,
            script="您好，您咨询的问题我记录一下：请问办理的是哪项业务、在哪个区办理？我核实后尽快答复您。",
            fields=[
                Field(key="business", label="业务类型", kind=_K.CHOICE, required=True, options=("社会保险", "医疗保险", "社保卡", "转移接续", "其他")),
                Field(key="district", label="所在区", options=(), kind=_K.TEXT),
                Field(key="matter_number", label="办件编号", kind=_K.TEXT),
            ],
        ),
    ),
    (
        "社会保险、医疗保险热线",
        TicketTypeFields(
            name="办理进度查询", category=TicketCategory.CONSULT, reply_min=24 * 60, urgent_min=30, sms_reply=True, position=20,
            script="请提供您的身份证号，我帮您登记查询，结果会用短信发给您。",
            fields=[
                Field(key="id_card", label="身份证号", kind=_K.ID_CARD, personal=True, required_to_close=True),
                Field(key="matter", label="查询事项", kind=_K.CHOICE, required=True, options=("社保卡制卡", "养老转移", "医保报销", "不动产登记")),
                Field(key="applied_on", label="申请日期", kind=_K.DATE),
            ],
        ),
    ),
    (
        "不动产登记热线",
        TicketTypeFields(
            name="投诉", category=TicketCategory.COMPLAINT, reply_min=3 * 450, urgent_min=30, required_in_call=True, position=30,
            script="非常抱歉给您带来不便。请您说明投诉的单位或人员、时间和经过，我们会核实并在规定时限内反馈。",
            fields=[
                Field(key="kind", label="投诉类型", kind=_K.CHOICE, required=True, options=("服务态度", "办理时限", "业务差错", "收费", "环境设施", "其他")),
                Field(key="happened_on", label="发生日期", kind=_K.DATE, required=True),
                Field(key="place", label="地点"),
                Field(key="wish", label="诉求", kind=_K.LONG_TEXT, required_to_close=True),
            ],
        ),
    ),
    (
        "不动产登记热线",
        TicketTypeFields(
            name="时效性问题", category=TicketCategory.HELP, reply_min=30, urgent_min=15, amber_percent=50, position=40,
            script="您的问题需要尽快处理，我马上转给承办部门，半小时内给您答复。",
            fields=[Field(key="window", label="办事大厅或窗口", required=True)],
        ),
    ),
    (
        "城区便民热线",
        TicketTypeFields(
            name="建议", category=TicketCategory.SUGGESTION, reply_min=5 * 450, urgent_min=0, position=50, script=_GREETING,
            fields=[Field(key="subject", label="建议对象")],
        ),
    ),
    (
        "城区便民热线",
        TicketTypeFields(
            name="表扬", category=TicketCategory.PRAISE, reply_min=0, urgent_min=0, position=60,
            fields=[Field(key="who", label="表扬的单位或人员", required=True)],
        ),
    ),
    (
        "计量检定服务热线",
        TicketTypeFields(
            name="检定预约", category=TicketCategory.APPOINTMENT, reply_min=450, urgent_min=30, sms_reply=True, position=70,
            fields=[
                Field(key="day", label="预约日期", kind=_K.DATE, required=True),
                Field(key="clock", label="预约时间", kind=_K.CLOCK),
                Field(key="instrument", label="器具名称", required=True),
                Field(key="count", label="数量（台件）", kind=_K.NUMBER, minimum=1, maximum=10_000, summed=True),
                Field(key="on_site", label="上门检定", kind=_K.YES_NO),
                Field(key="address", label="上门地址", personal=True, shown_when=("on_site", "是")),
            ],
        ),
    ),
    (
        "计量检定服务热线",
        TicketTypeFields(
            name="送检", category=TicketCategory.HAND_IN, reply_min=5 * 450, urgent_min=0, position=80,
            fields=[
                Field(key="unit", label="送检单位", required=True),
                Field(key="instrument", label="器具名称", required=True),
                Field(key="count", label="送检数量（台件）", kind=_K.NUMBER, required=True, minimum=1, maximum=10_000, summed=True),
                Field(key="fee", label="检定费（元）", kind=_K.MONEY, minimum=0, summed=True),
            ],
        ),
    ),
    (
        "计量检定服务热线",
        TicketTypeFields(
            name="取检", category=TicketCategory.HAND_OUT, reply_min=2 * 450, urgent_min=0, position=90,
            fields=[
                Field(key="hand_in_number", label="送检工单号", required=True),
                Field(key="count", label="取检数量（台件）", kind=_K.NUMBER, required=True, minimum=1, maximum=10_000, summed=True),
                Field(key="certificate", label="证书编号"),
            ],
        ),
    ),
    (
        "计量检定服务热线",
        TicketTypeFields(
            name="欠费催缴", category=TicketCategory.ARREARS, reply_min=10 * 450, urgent_min=0, sms_reply=True, position=100,
            fields=[
                Field(key="unit", label="欠费单位", required=True),
                Field(key="owed", label="欠费金额（元）", kind=_K.MONEY, required=True, minimum=0, summed=True),
                Field(key="promised_on", label="承诺缴费日期", kind=_K.DATE),
            ],
        ),
    ),
)  # fmt: skip
"""450 minutes are a working day of 7.5 hours; `hours_id` is chosen by the site: without one the time runs round the clock."""
