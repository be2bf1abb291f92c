"""The catalogue's second half: agents' states, calls out, satisfaction, menus, times, regions, workload, call-backs, callers."""

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.measures import GRADES
from hotline.core.metrics.report import TIMES, Report, Section, section

_D = Dimension
_SHOWN_STATES = ("ready", "rest", "after_call", "offline", "busy")
"""The states report 9 names, before the others."""
_OTHER_STATES = ("ringing", "talking", "holding", "dialling", "internal", "missed")

STATES = Report(
    key="agent_states",
    number=9,
    name="座席状态",
    name_en="Agent states",
    about="座席在各状态的时长与次数；示忙、小休可按原因分",
    sections=(
        Section(
            name="时长与次数",
            figures=tuple(
                key for state in _SHOWN_STATES for key in (f"state_{state}", f"state_{state}_times")
            ),
        ),
        Section(
            name="通话中",
            figures=tuple(
                key for state in _OTHER_STATES for key in (f"state_{state}", f"state_{state}_times")
            ),
        ),
        section("合计", "signed_in sign_ins"),
    ),
    dimensions=(_D.AGENT, _D.QUEUE, _D.REASON, _D.STATE, *TIMES),
    filters=(_D.AGENT, _D.QUEUE, _D.STATE, _D.REASON),
    group_by=(_D.AGENT,),
    charts=("table", "bar", "pie", "gantt"),
)

OUTBOUND = Report(
    key="outbound",
    number=10,
    name="呼出",
    name_en="Outbound",
    about="每个座席组的外呼量、接通与拨号、通话时长",
    sections=(
        section(
            "呼出",
            "outbound_effective_use outbound_calls outbound_answered outbound_connect_rate "
            "outbound_dial outbound_dial_avg outbound_talk outbound_talk_avg",
        ),
    ),
    dimensions=(_D.QUEUE, _D.HOTLINE, _D.AGENT, _D.CALLED, *TIMES),
    group_by=(_D.QUEUE,),
)

SATISFACTION = Report(
    key="satisfaction",
    number=11,
    name="满意度",
    name_en="Satisfaction",
    about="邀请、参与与各级评价；不满意的通话在“待回访”清单里",
    sections=(
        section("参与", "survey_invited survey_answers survey_participation"),
        Section(name="等级", figures=tuple(f"survey_grade_{grade}" for grade in GRADES)),
        section("满意", "survey_satisfied survey_unsatisfied satisfaction_rate"),
        section("第二问", "survey_second_answers survey_second_rate"),
    ),
    dimensions=(_D.AGENT, _D.QUEUE, _D.TYPE, _D.HOTLINE, _D.CALLED, *TIMES),
    group_by=(_D.AGENT,),
    charts=("table", "bar", "pie", "line"),
)

KEYS = Report(
    key="ivr_keys",
    number=12,
    name="业务按键请求",
    name_en="IVR keys",
    about="每个流程、菜单与按键的次数、占比、在此挂断与转到人工；“未按键”一行是没有应答就挂断的",
    sections=(
        section(
            "按键",
            "ivr_keys ivr_keys_share ivr_keys_accepted ivr_keys_refused ivr_left_here ivr_reached_agent ivr_reached_rate",
        ),
    ),
    dimensions=(_D.FLOW, _D.NODE, _D.KEY, _D.LABEL, _D.HOTLINE, _D.CALLED, *TIMES),
    filters=(_D.HOTLINE, _D.CALLED, _D.CALLER, _D.FLOW, _D.NODE),
    group_by=(_D.FLOW, _D.NODE, _D.KEY, _D.LABEL),
    charts=("table", "flow", "bar", "pie"),
)

_IN_AND_OUT = (
    section("呼入", "trunk_in agent_requests agent_answered agent_answer_rate service_level"),
    section("呼出", "outbound_calls outbound_answered outbound_connect_rate"),
    section("合计", "calls_all"),
)

HOURS = Report(
    key="hours",
    number=13,
    name="24小时分时段",
    name_en="Hours of the day",
    about="一天各小时的呼入呼出；与星期一起分组时是热力图",
    sections=_IN_AND_OUT,
    dimensions=(_D.HOUR, _D.WEEKDAY, _D.HOTLINE, _D.QUEUE, _D.CALLED),
    group_by=(_D.HOUR,),
    charts=("table", "bar", "line", "heat"),
)

TREND = Report(
    key="trend",
    number=13,
    name="时间趋势",
    name_en="Trend",
    about="呼入呼出按 15 分钟、小时、日、周、月的变化，可与前一时段或去年同期比较",
    sections=_IN_AND_OUT,
    dimensions=(_D.HOTLINE, _D.QUEUE, _D.CALLED, _D.TYPE, _D.WEEKDAY, _D.HOUR),
    grain=Grain.DAY,
    charts=("table", "line", "bar", "heat"),
)

REGIONS = Report(
    key="regions",
    number=14,
    name="地域分布",
    name_en="Regions",
    about="按市民号码归属地的呼入呼出；看不出归属地的算未知",
    sections=(
        section("呼入", "trunk_in trunk_in_share agent_answered"),
        section("呼出", "outbound_calls outbound_answered"),
    ),
    dimensions=(_D.PROVINCE, _D.CITY, _D.HOTLINE, _D.QUEUE, _D.TYPE, *TIMES),
    group_by=(_D.PROVINCE, _D.CITY),
    sort="trunk_in",
    charts=("table", "map", "bar", "pie"),
)

WORKLOAD = Report(
    key="agent_workload",
    number=15,
    name="座席工作量",
    name_en="Agent workload",
    about="每位座席的通话、时长、转移、未接与签入",
    sections=(
        section("通话", "talks inbound_talks outbound_talks internal_talks talks_per_hour"),
        section("时长", "talk_time hold_time wrap_time handling_time talk_avg aht talk_longest pick_up_avg"),
        section("振铃", "offers agent_missed pick_ups"),
        section("转移", "transfers transfer_rate"),
        section("在线", "sign_ins signed_in ready_time rest_busy utilisation operations"),
    ),
    dimensions=(_D.AGENT, *TIMES),
    filters=(_D.AGENT,),
    group_by=(_D.AGENT,),
    sort="talks",
)

CALLBACKS = Report(
    key="callbacks",
    number=19,
    name="回拨",
    name_en="Call-backs",
    about="预约回拨的应办、24 小时内完成与超时",
    sections=(
        section(
            "回拨",
            "callbacks_due callbacks_in_time callbacks_done callbacks_overdue callbacks_open callback_rate callback_time_avg",
        ),
    ),
    dimensions=(_D.HOTLINE, _D.QUEUE, *TIMES),
    filters=(_D.HOTLINE, _D.QUEUE),
    grain=Grain.DAY,
)

VOICEMAILS = Report(
    key="voicemails",
    number=19,
    name="留言",
    name_en="Voicemail",
    about="语音留言的数量与时长",
    sections=(section("留言", "voicemails voicemail_time voicemail_avg voicemail_longest"),),
    dimensions=(_D.HOTLINE, _D.QUEUE, _D.CALLED, *TIMES),
    grain=Grain.DAY,
)

CALLERS = Report(
    key="callers",
    number=20,
    name="来电号码",
    name_en="Callers",
    about="来电最多的号码与重复来电",
    sections=(section("来电", "trunk_in agent_answered repeats repeat_rate inbound_talk inbound_talk_avg"),),
    dimensions=(_D.CALLER, _D.TYPE, _D.HOTLINE, _D.QUEUE, _D.CITY, *TIMES),
    group_by=(_D.CALLER,),
    sort="trunk_in",
    charts=("table", "bar"),
)

REPEATS = Report(
    key="repeats",
    number=20,
    name="重复来电",
    name_en="Repeats",
    about="来电人数、重复来电、一次接通与首次解决",
    sections=(
        section(
            "来电",
            "trunk_in callers connect_rate first_call_connect_rate agent_answered repeats repeat_rate first_contact_resolution",
        ),
    ),
    dimensions=(_D.HOTLINE, _D.QUEUE, _D.AGENT, _D.TYPE, _D.CALLED, *TIMES),
)

MORE = (
    STATES,
    OUTBOUND,
    SATISFACTION,
    KEYS,
    HOURS,
    TREND,
    REGIONS,
    WORKLOAD,
    CALLBACKS,
    VOICEMAILS,
    CALLERS,
    REPEATS,
)
"""Reports 9 to 15, 19 and 20."""
