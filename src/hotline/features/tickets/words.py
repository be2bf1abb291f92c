"""What states, actions and the rest of tickets are called, for messages, notices, print and exports."""

from typing import Final

from hotline.core.tickets.flow import TicketAction, TicketState

STATE_NAMES: Final[dict[TicketState, str]] = {
    TicketState.OPEN: "待处理",
    TicketState.ASSIGNED: "待签收",
    TicketState.WORKING: "处理中",
    TicketState.REPLIED: "部门已回复",
    TicketState.WAITING: "等待市民",
    TicketState.WAITING_DEPARTMENT: "等待市民（部门）",
    TicketState.ANSWERED: "已答复",
    TicketState.CLOSED: "已办结",
    TicketState.CANCELLED: "已作废",
    TicketState.MERGED: "已并单",
}
ACTION_NAMES: Final[dict[TicketAction, str]] = {
    TicketAction.DISPATCH: "派单",
    TicketAction.ACCEPT: "签收",
    TicketAction.RETURN: "退单",
    TicketAction.REASSIGN: "改派",
    TicketAction.REPLY: "部门回复",
    TicketAction.REPLY_CITIZEN: "短信回复市民",
    TicketAction.ANSWER: "答复市民",
    TicketAction.CLOSE: "办结",
    TicketAction.REOPEN: "重开",
    TicketAction.WAIT: "转等待市民",
    TicketAction.RESUME: "恢复处理",
    TicketAction.URGE: "催办",
    TicketAction.ESCALATE: "升级",
    TicketAction.SUPERVISE: "督办",
    TicketAction.MERGE: "并单",
    TicketAction.CANCEL: "作废",
    TicketAction.TRANSFER: "转交",
    TicketAction.VERIFY: "核实投诉",
    TicketAction.NOTE: "备注",
    TicketAction.EDIT: "修改",
}
STEP_NAMES: Final[dict[str, str]] = {str(action): name for action, name in ACTION_NAMES.items()} | {
    "create": "建单",
    "merged_in": "并入",
    "citizen": "市民短信",
    "attach": "添加附件",
    "detach": "删除附件",
}
CATEGORY_NAMES: Final[dict[str, str]] = {
    "consult": "咨询", "complaint": "投诉", "suggestion": "建议", "help": "求助", "praise": "表扬", "appointment": "预约",
    "hand_in": "送检", "hand_out": "取检", "arrears": "欠费", "other": "其他",
}  # fmt: skip
SOURCE_NAMES: Final[dict[str, str]] = {
    "phone": "电话", "web": "网站", "wechat": "微信", "sms": "短信", "email": "邮件", "visit": "来访", "other": "其他",
}  # fmt: skip
GRADE_NAMES: Final[dict[str, str]] = {"": "", "minor": "一般", "serious": "较重", "grave": "重大"}
VERDICT_NAMES: Final[dict[str, str]] = {"": "", "valid": "有效", "invalid": "无效"}
FEEDBACK_NAMES: Final[dict[str, str]] = {
    "": "",
    "satisfied": "满意",
    "unsatisfied": "不满意",
    "unreachable": "联系不上",
}
URGENCY_NAMES: Final[dict[str, str]] = {"normal": "普通", "urgent": "紧急"}

GROUP_NAMES: Final = {
    "day": "日期",
    "type": "工单类型",
    "category": "类别",
    "source": "来源",
    "department": "承办部门",
    "agent": "经办人",
    "grade": "投诉等级",
    "concerned": "涉及单位或人员",
}
"""What a report's rows are split by."""
