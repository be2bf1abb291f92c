"""The catalogue of reports: which figures stand in which order, and by what they may be grouped and drawn."""

from hotline.core.metrics.catalogue_more import MORE
from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.measures import DISPOSITIONS, STAGES, WAIT_BORDERS_S, wait_bucket
from hotline.core.metrics.report import TIMES, Report, Section, section

__all__ = ["REPORTS", "Report", "Section"]

_D = Dimension
_WAITS = tuple(wait_bucket(i) for i in range(len(WAIT_BORDERS_S)))
_WHOSE = (_D.HOTLINE, _D.QUEUE, _D.AGENT, _D.CALLED)

SUMMARY = Report(
    key="summary",
    number=1,
    name="话务总览",
    name_en="Summary",
    about="呼入、呼出与座席的总体情况",
    sections=(
        section(
            "呼入",
            "trunk_in agent_requests agent_answered agent_answer_rate agent_unanswered agent_unanswered_rate service_level",
        ),
        section("呼出", "outbound_calls outbound_answered outbound_connect_rate"),
        section(
            "座席", "signed_in_avg talk_avg talks transfers transfer_rate ring asa abandon_wait_avg rest_busy"
        ),
    ),
    dimensions=(*_WHOSE, _D.TYPE, *TIMES),
    charts=("table", "bar", "line", "pie"),
)

CALLED = Report(
    key="called_numbers",
    number=2,
    name="被叫号码报表",
    name_en="Called numbers",
    about="每个被叫号码的呼入与人工接听情况",
    sections=(
        section("呼入", "trunk_in agent_answered agent_answer_rate agent_unanswered agent_unanswered_rate"),
    ),
    dimensions=(_D.CALLED, _D.HOTLINE, _D.QUEUE, _D.TYPE, *TIMES),
    group_by=(_D.CALLED,),
    charts=("table", "bar", "line", "pie"),
)

QUEUES = Report(
    key="queues",
    number=3,
    name="座席组报表",
    name_en="Queues",
    about="每个座席组的人力、呼入、呼出与服务水平；座席的时间按签入时所属的座席组计，属于多个组的每组都计",
    sections=(
        section("人力", "utilisation avg_staff"),
        section("呼叫", "queue_calls queue_entered visits_answered queue_answer_rate service_level"),
        section("呼出", "outbound_calls outbound_answered outbound_connect_rate"),
    ),
    dimensions=(_D.QUEUE, _D.HOTLINE, _D.AGENT, _D.CALLED, *TIMES),
    group_by=(_D.QUEUE,),
)

QUEUE_AGENTS = Report(
    key="queue_agents",
    number=3,
    name="座席组报表·座席明细",
    name_en="Agents of queues",
    about="每个座席在每个座席组里的呼入、呼出与转移",
    sections=(
        section("总量", "agent_calls"),
        section(
            "呼入",
            "agent_offers_in agent_answers agent_accept_rate agent_inbound_avg pick_up_avg agent_missed",
        ),
        section("呼出", "outbound_calls outbound_answered outbound_connect_rate outbound_talk_avg"),
        section("转移", "transfers transfer_rate transfers_blind transfers_consulted transfers_queue"),
    ),
    dimensions=(_D.QUEUE, _D.AGENT, _D.HOTLINE, *TIMES),
    group_by=(_D.QUEUE, _D.AGENT),
)

TYPES = Report(
    key="business_types",
    number=4,
    name="业务类型",
    name_en="Business types",
    about="各业务类型的咨询量、占比与平均通话时长",
    sections=(section("咨询", "trunk_in trunk_in_share agent_answered inbound_talk inbound_talk_avg"),),
    dimensions=(_D.TYPE, _D.HOTLINE, _D.QUEUE, _D.AGENT, _D.CALLED, *TIMES),
    group_by=(_D.TYPE,),
    sort="trunk_in",
    charts=("table", "pie", "bar", "line"),
)

EFFICIENCY = Report(
    key="agent_efficiency",
    number=5,
    name="座席工作效率",
    name_en="Agent efficiency",
    about="座席的利用率、在线、等待、小休、通话与处理时长",
    sections=(
        section(
            "效率",
            "utilisation signed_in ready_time rest_time talk_time handling_time talk_work_ratio occupancy",
        ),
    ),
    dimensions=(_D.AGENT, _D.QUEUE, *TIMES),
    filters=(_D.QUEUE, _D.AGENT),
    group_by=(_D.AGENT,),
)

TRACKING = Report(
    key="inbound_tracking",
    number=6,
    name="呼入跟踪",
    name_en="Inbound tracking",
    about="每一通呼入通话的去向，各去向之和等于中继呼入总量",
    sections=(
        Section(name="总量", figures=("trunk_in",)),
        Section(name="去向", figures=tuple(f"ended_{d}" for d in DISPOSITIONS)),
    ),
    dimensions=(_D.HOTLINE, _D.QUEUE, _D.CALLED, _D.TYPE, *TIMES),
    charts=("table", "sankey", "bar", "line", "pie"),
)

UNANSWERED = Report(
    key="unanswered",
    number=7,
    name="人工未接听",
    name_en="Unanswered by stage",
    about="人工未接听的来电停在哪一步；各步之和等于人工未接听量",
    sections=(
        section("未接听", "trunk_in agent_unanswered agent_unanswered_rate"),
        Section(name="停在", figures=(*(f"unanswered_{name}" for name in STAGES), "unanswered_elsewhere")),
    ),
    dimensions=(_D.HOTLINE, _D.QUEUE, _D.CALLED, _D.TYPE, *TIMES),
    charts=("table", "bar", "pie", "line"),
)

WAITING = Report(
    key="waiting",
    number=8,
    name="呼入客户等待",
    name_en="Waiting",
    about="排队、接听与放弃的等待时长及其分布",
    sections=(
        section("排队", "queue_entered queue_peak queue_wait queue_wait_avg"),
        section("接听", "visits_answered visits_answered_wait asa visits_answered_max"),
        section("放弃", "visits_abandoned visits_abandoned_wait abandon_wait_avg visits_abandoned_max"),
        section("溢出", "overflow"),
        Section(name="等待分布", figures=_WAITS),
        Section(name="接听等待分布", figures=tuple(f"answered_{one}" for one in _WAITS)),
        Section(name="放弃等待分布", figures=tuple(f"abandoned_{one}" for one in _WAITS)),
    ),
    dimensions=(*_WHOSE, _D.TYPE, _D.CAUSE, *TIMES),
    charts=("table", "distribution", "bar", "line"),
)

REPORTS: dict[str, Report] = {
    r.key: r
    for r in sorted(
        (SUMMARY, CALLED, QUEUES, QUEUE_AGENTS, TYPES, EFFICIENCY, TRACKING, UNANSWERED, WAITING, *MORE),
        key=lambda report: report.number,
    )
}
"""Every report that can be run, by key, in the order of metrics.md."""
