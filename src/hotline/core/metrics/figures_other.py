"""The dictionary, part three: satisfaction, menus, call-backs."""

from hotline.core.metrics.formula import WHOLE, Figure, Unit, figure, plain, ratio
from hotline.core.metrics.measures import GRADES


def _satisfaction() -> list[Figure]:
    c, r = Unit.COUNT, Unit.RATIO
    f = "survey"
    return [
        figure("survey_invited", "邀请评价量", "Surveys offered", c, f, "被邀请评价的通话数", plain("survey_invited")),
        figure("survey_answers", "参与调查量", "Surveys answered", c, f, "给出评价的通话数", plain("survey_answers")),
        figure("survey_participation", "参评率", "Survey participation", r, f, "参与调查量 ÷ 邀请评价量", ratio({"survey_answers": 1}, {"survey_invited": 1})),
        *(
            figure(f"survey_grade_{grade}", f"{grade} 级评价量", f"Grade {grade}", c, f, f"评价为第 {grade} 级（1 最好）的通话数", plain(f"survey_grade_{grade}"))
            for grade in GRADES
        ),
        figure("survey_satisfied", "满意量", "Satisfied", c, f, "达到满意档（口径“满意档”）的评价数", plain("survey_satisfied")),
        figure("survey_unsatisfied", "不满意量", "Not satisfied", c, f, "没有达到满意档的评价数", plain("survey_unsatisfied")),
        figure("satisfaction_rate", "满意率", "Satisfaction", r, f, "达到满意档（口径“满意档”）的评价 ÷ 参与调查量", ratio({"survey_satisfied": 1}, {"survey_answers": 1})),
        figure("survey_second_answers", "第二问答复量", "Second question answered", c, f, "答复了第二个问题的通话数", plain("survey_second_answers")),
        figure("survey_second_rate", "第二问满意率", "Second question satisfied", r, f, "第二问达到满意档的答复 ÷ 第二问答复量", ratio({"survey_second_satisfied": 1}, {"survey_second_answers": 1})),
    ]  # fmt: skip


def _menus() -> list[Figure]:
    c, r = Unit.COUNT, Unit.RATIO
    f = "ivr"
    return [
        figure("ivr_keys", "按键次数", "Presses", c, f, "来电人在菜单或收号处的应答次数", plain("ivr_keys")),
        figure("ivr_keys_share", "占比", "Share", r, f, "本行按键次数 ÷ 同一时段全部按键次数", ratio({"ivr_keys": 1}, {f"{WHOLE}ivr_keys": 1})),
        figure("ivr_keys_accepted", "有效按键", "Accepted", c, f, "菜单接受的按键次数", plain("ivr_keys_accepted")),
        figure("ivr_keys_refused", "无效按键", "Refused", c, f, "菜单没有的键或校验不过的号码", plain("ivr_keys_refused")),
        figure("ivr_left_here", "在此挂断", "Left here", c, f, "最后停在这里、在语音菜单中结束的通话数（未按键的一行是没有应答就挂断的）", plain("ivr_left_here")),
        figure("ivr_reached_agent", "转到人工并接听", "Reached an agent", c, f, "按键之后该通话被座席接听的按键次数", plain("ivr_reached_agent")),
        figure("ivr_reached_rate", "到达人工率", "Reached an agent, share", r, f, "转到人工并接听 ÷ 按键次数", ratio({"ivr_reached_agent": 1}, {"ivr_keys": 1})),
    ]  # fmt: skip


def _callbacks() -> list[Figure]:
    c, r, d = Unit.COUNT, Unit.RATIO, Unit.DURATION
    f = "callback"
    return [
        figure("callbacks_due", "应回拨量", "Call-backs due", c, f, "来电人预约回拨的次数", plain("callbacks_due")),
        figure("callbacks_in_time", "24小时内回拨量", "Done within 24 h", c, f, "预约后 24 小时内接通来电人的次数", plain("callbacks_in_time")),
        figure("callbacks_done", "已回拨量", "Done", c, f, "接通了来电人的次数", plain("callbacks_done")),
        figure("callbacks_overdue", "超时回拨量", "Overdue", c, f, "超过 24 小时才接通的，加上超过 24 小时仍未接通的", plain("callbacks_late", "callbacks_open_overdue")),
        figure("callbacks_open", "未回拨量", "Open", c, f, "还没有接通来电人的次数", plain("callbacks_open")),
        figure("callback_rate", "及时回拨率", "Done in time, share", r, f, "24小时内回拨量 ÷ 应回拨量", ratio({"callbacks_in_time": 1}, {"callbacks_due": 1})),
        figure("callback_time_avg", "平均回拨用时", "Average time to call back", d, f, "从预约到接通的时长之和 ÷ 已回拨量", ratio({"callbacks_done_ms": 1}, {"callbacks_done": 1})),
    ]  # fmt: skip


FIGURES = (*_satisfaction(), *_menus(), *_callbacks())
"""In the order of the dictionary."""
