"""The built-in nodes of a flow as the interpreter walks them, with the fields by which they are written (docs/flows.md)."""

from dataclasses import dataclass
from typing import Annotated

from hotline.core import flow_kinds as kinds
from hotline.core.expression import Compiled
from hotline.core.flow_field_lists import (
    AssignmentsField,
    CasesField,
    Choice,
    ChoicesField,
    Piece,
    PiecesField,
)
from hotline.core.flow_fields import (
    ExitField,
    ExpressionField,
    FlagField,
    NameField,
    NumberField,
    NumberTextField,
    Prompts,
    PromptsField,
    TextField,
    VariableField,
    Words,
)
from hotline.core.flow_kinds import NodeKind
from hotline.core.ids import FlowId, HoursId, NodeId

_PROMPTS = PromptsField(title=Words("播放的语音", "Prompts"))
_NEXT = ExitField(title=Words("下一步", "Next"))
_INTERRUPTIBLE = FlagField(
    title=Words("可按键打断", "Keys interrupt"),
    about=Words("按下的键留给下一个菜单", "Keys are kept for the next menu"),
)
_SERVED = TextField(
    title=Words("自助服务名称", "Self service"),
    about=Words("填写后，播到这里即记为“自助完成”", "When filled in, who hears this counts as self-served"),
    most=64,
    advanced=True,
)
_INVALID = PromptsField(title=Words("按错时播放", "After a wrong key"))
_NO_INPUT = PromptsField(title=Words("没有按键时播放", "After silence"))
_RETRIES = NumberField(title=Words("重试次数", "Retries"), low=0, high=10, whole=True)
_FAILED = ExitField(title=Words("多次失败后", "After too many failures"))
_OWN_HOURS = HoursId("")
_QUEUE = NameField(title=Words("座席组", "Queue"), kind="queue")


def wait_s(zh: str, en: str, low: float, high: float) -> NumberField:
    """Return a field for so many seconds."""
    return NumberField(title=Words(zh, en), low=low, high=high, unit="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Play prompts and go on; a key stops them and is kept for the next question."""

    prompts: Annotated[Prompts, _PROMPTS] = ()
    next: Annotated[NodeId, _NEXT]
    interruptible: Annotated[bool, _INTERRUPTIBLE] = True
    served: Annotated[str, _SERVED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Speak a sentence made of prompts and values."""

    pieces: Annotated[tuple[Piece, ...], PiecesField(title=Words("句子", "Sentence"))]
    next: Annotated[NodeId, _NEXT]
    interruptible: Annotated[bool, _INTERRUPTIBLE] = True
    served: Annotated[str, _SERVED] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """Ask for one key."""

    prompts: Annotated[Prompts, _PROMPTS] = ()
    choices: Annotated[dict[str, Choice], ChoicesField(title=Words("按键", "Keys"))]
    timeout_s: Annotated[float, wait_s("等待按键", "Wait for a key", 1, 60)] = 6.0
    retries: Annotated[int, _RETRIES] = 2
    invalid: Annotated[Prompts, _INVALID] = ()
    no_input: Annotated[Prompts, _NO_INPUT] = ()
    on_failure: Annotated[NodeId, _FAILED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Ask for several keys. `star_as` is what the star key writes (X in identity numbers)."""

    variable: Annotated[str, VariableField(title=Words("存入变量", "Variable"))]
    prompts: Annotated[Prompts, _PROMPTS] = ()
    min: Annotated[int, NumberField(title=Words("最少位数", "At least"), low=0, high=64, whole=True)] = 1
    max: Annotated[int, NumberField(title=Words("最多位数", "At most"), low=1, high=64, whole=True)] = 32
    terminator: Annotated[
        str,
        TextField(
            title=Words("结束键", "Ends with"),
            most=1,
            one_of=(("#", Words("#", "#")), ("*", Words("*", "*")), ("", Words("无", "none"))),
        ),
    ] = "#"
    timeout_s: Annotated[float, wait_s("等待第一键", "Wait for the first key", 1, 60)] = 10.0
    between_s: Annotated[float, wait_s("键与键之间", "Between keys", 1, 30)] = 5.0
    star_as: Annotated[str, TextField(title=Words("按 * 记成", "The star writes"), most=1, advanced=True)] = (
        ""
    )
    secret: Annotated[
        bool,
        FlagField(
            title=Words("保密", "Secret"),
            about=Words("日志与页面只露末四位", "Logs and pages show the last four only"),
        ),
    ] = False
    check: Annotated[
        Compiled | None,
        ExpressionField(title=Words("检查条件", "Accepted when"), wanted="flag", optional=True),
    ] = None
    invalid: Annotated[Prompts, _INVALID] = ()
    no_input: Annotated[Prompts, _NO_INPUT] = ()
    retries: Annotated[int, _RETRIES] = 2
    next: Annotated[NodeId, _NEXT]
    on_failure: Annotated[NodeId, _FAILED]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables:
    """Give variables new values, in the order written."""

    variables: Annotated[
        tuple[tuple[str, Compiled], ...], AssignmentsField(title=Words("变量赋值", "Assignments"))
    ]
    next: Annotated[NodeId, _NEXT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Go where the first true case leads."""

    cases: Annotated[tuple[tuple[Compiled, NodeId], ...], CasesField(title=Words("条件分支", "Cases"))]
    otherwise: Annotated[NodeId, ExitField(title=Words("都不满足时", "Otherwise"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursNode:
    """Branch on opening hours; "": those of the hotline."""

    hours: Annotated[
        HoursId,
        NameField(
            title=Words("工作时段", "Opening hours"),
            about=Words("空则用热线自己的", "Empty: the hotline's own"),
            kind="hours",
            made=HoursId,
        ),
    ] = _OWN_HOURS
    open: Annotated[NodeId, ExitField(title=Words("服务时间内", "Open"))]
    closed: Annotated[NodeId, ExitField(title=Words("服务时间外", "Closed"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNode:
    """Wait for an agent of a queue (its id or number)."""

    queue: Annotated[str, _QUEUE]
    priority: Annotated[
        Compiled | None,
        ExpressionField(
            title=Words("优先级", "Priority"),
            about=Words("0 至 999999，大者先", "0 to 999999, higher first"),
            wanted="any",
            optional=True,
            advanced=True,
        ),
    ] = None
    prompts: Annotated[Prompts, _PROMPTS] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicemailNode:
    """Leave a message."""

    prompts: Annotated[Prompts, PromptsField(title=Words("留言提示", "Instruction"))] = ()
    thanks: Annotated[Prompts, PromptsField(title=Words("留言后播放", "Thanks"))] = ()
    queue: Annotated[str, NameField(title=Words("归入座席组", "For the queue"), kind="queue")] = ""
    max_s: Annotated[float, wait_s("最长", "At most", 5, 600)] = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyNode:
    """Ask for a rating if an agent served this call, then hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferNode:
    """Go to the queue or hotline with this number; with `outside`, also to a number outside, which is rung through the trunk."""

    to: Annotated[
        Compiled,
        ExpressionField(
            title=Words("号码", "Number"),
            about=Words('座席组或热线的号码，例如 "8000"', 'Of a queue or hotline, such as "8000"'),
            wanted="text",
        ),
    ]
    outside: Annotated[bool, FlagField(title=Words("允许外部号码", "Outside numbers too"))] = False
    otherwise: Annotated[NodeId, ExitField(title=Words("无此号码或无人接听", "No such number, no answer"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyNode:
    """Ring the duty phone: this number, or the hotline's. Nobody answers: `otherwise`."""

    number: Annotated[
        str,
        NumberTextField(
            title=Words("值班电话", "Duty phone"), about=Words("空则用热线自己的", "Empty: the hotline's own")
        ),
    ] = ""
    prompts: Annotated[Prompts, _PROMPTS] = ()
    otherwise: Annotated[NodeId, ExitField(title=Words("无人接听时", "No answer"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackNode:
    """Offer to be called back by an agent of the queue, with a place kept in its line. The caller declines: `otherwise`."""

    queue: Annotated[str, _QUEUE]
    prompts: Annotated[Prompts, _PROMPTS] = ()
    otherwise: Annotated[NodeId, ExitField(title=Words("不要回拨时", "Declined"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubflowNode:
    """Walk another flow and come back to `next`."""

    flow: Annotated[FlowId, NameField(title=Words("子流程", "Sub-flow"), kind="flow", made=FlowId)]
    next: Annotated[NodeId, ExitField(title=Words("返回后", "After its return"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnNode:
    """Back to the flow that called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUpNode:
    """Last words, then the end."""

    prompts: Annotated[Prompts, _PROMPTS] = ()


_BUILT_IN: tuple[tuple[str, type, str, str, str, str, str, bool], ...] = (
    ("play", Play, "speak", "播音", "Play", "播放语音文件", "Plays prompts", False),
    (
        "say",
        Say,
        "speak",
        "播报",
        "Say",
        "把语音与号码、日期、金额拼成一句",
        "Speaks prompts and values as one sentence",
        False,
    ),
    ("menu", Menu, "ask", "按键菜单", "Menu", "请来电人按一个键", "Asks for one key", True),
    (
        "collect",
        Collect,
        "ask",
        "收号",
        "Collect digits",
        "请来电人输入一串数字，可检查",
        "Asks for several digits, and may check them",
        True,
    ),
    (
        "set",
        SetVariables,
        "decide",
        "变量赋值",
        "Set variables",
        "给变量赋值",
        "Gives variables a value",
        False,
    ),
    (
        "condition",
        Condition,
        "decide",
        "条件分支",
        "Condition",
        "按条件走不同的路",
        "Branches on conditions",
        False,
    ),
    (
        "hours",
        HoursNode,
        "decide",
        "服务时间",
        "Opening hours",
        "是否在服务时间内",
        "Branches on opening hours",
        False,
    ),
    (
        "subflow",
        SubflowNode,
        "decide",
        "子流程",
        "Sub-flow",
        "走另一个流程再回来",
        "Walks another flow and comes back",
        False,
    ),
    (
        "queue",
        QueueNode,
        "route",
        "转座席组",
        "Queue",
        "进入座席组排队",
        "Waits for an agent of a queue",
        True,
    ),
    (
        "transfer",
        TransferNode,
        "route",
        "转号码",
        "Transfer",
        "转到某号码的座席组、热线或外部电话",
        "Goes to the queue, hotline or outside telephone with a number",
        False,
    ),
    ("duty", DutyNode, "route", "值班电话", "Duty phone", "呼叫值班电话", "Rings the duty phone", False),
    (
        "callback",
        CallbackNode,
        "route",
        "预约回拨",
        "Call back",
        "不排队，保留位置，轮到时回拨",
        "Keeps a place in the line and calls back",
        True,
    ),
    (
        "voicemail",
        VoicemailNode,
        "route",
        "留言",
        "Voicemail",
        "语音留言，然后挂断",
        "Records a message",
        True,
    ),
    (
        "survey",
        SurveyNode,
        "end",
        "满意度评价",
        "Survey",
        "座席接听过才评价，然后挂断",
        "Asks for a rating after an agent's talk",
        True,
    ),
    (
        "return",
        ReturnNode,
        "end",
        "返回",
        "Return",
        "从子流程返回；没有来处就挂断",
        "Returns from a sub-flow; hangs up when there is nothing to return to",
        False,
    ),
    ("hangup", HangUpNode, "end", "挂断", "Hang up", "播音后挂断", "Last words, then the end", False),
)
for _kind, _node, _group, _zh, _en, _about, _about_en, _asks in _BUILT_IN:
    kinds.register(
        NodeKind(
            kind=_kind,
            node=_node,
            group=_group,
            name=Words(_zh, _en),
            about=Words(_about, _about_en),
            asks=_asks,
        )
    )
