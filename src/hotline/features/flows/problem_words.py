"""What is wrong with a flow, in plain Chinese: one sentence for each code of `core.flow_fields.Problem`, saying what to do."""

from hotline.core.cel import PARAMETER

KIND_NAMES = {
    "prompt": "语音文件",
    "queue": "座席组",
    "hours": "工作时段",
    "flow": "流程",
    "source": "数据源",
    "query": "命名查询",
}

_MESSAGES = {
    "not_json": "文件不是有效的 JSON：第 {line} 行第 {column} 列（{what}）",
    "not_a_flow": "文件不是流程文档",
    "unknown_format": "不认识的文档版本 {format}，需要 1 或 2",
    "no_nodes": "流程里还没有节点",
    "too_many_nodes": "节点超过 {most} 个，请拆成子流程",
    "no_start": "没有指定开始节点，或开始节点“{start}”不存在",
    "dangling_exit": "出口指向不存在的节点“{to}”",
    "no_exit": "出口“{title}”还没有连接",
    "unknown_kind": "不认识的节点类型“{kind}”（缺少插件？）",
    "unknown_field": "不认识的字段“{name}”，会被忽略",
    "not_an_object": "这里应当是一个对象",
    "not_a_list": "这里应当是一个列表",
    "too_many": "超过 {most} 项",
    "not_text": "没有填写，或不是文字",
    "too_long": "超过 {most} 个字",
    "not_a_choice": "只能是：{choices}",
    "not_a_flag": "这里应当是“是”或“否”",
    "not_in_range": "应当是 {low} 至 {high} 之间的数",
    "not_prompts": "语音应当是语音键的列表",
    "not_an_expression": "表达式应当是文字或数",
    "not_a_number": "不是电话号码",
    "no_variable": "没有填写变量名",
    "bad_variable": "“{name}”不能作变量名：用字母开头的字母、数字、下划线，32 个以内，且不是系统变量或保留字",
    "bad_variables": "变量声明有误",
    "bad_name": "名称“{name}”不能用",
    "no_such_key": "电话上没有“{key}”键",
    "no_choices": "菜单还没有按键",
    "no_piece": "句子里有一项是空的",
    "no_assignments": "还没有变量赋值",
    "expression_empty": "没有填写表达式",
    "expression_too_long": "表达式超过 {most} 个字",
    "expression_too_deep": "表达式嵌套太深，请拆开",
    "expression_too_many_walks": "一个表达式里最多遍历一次列表",
    "expression_no_field": "{types}没有这样的字段",
    "expression_undefined_field": "没有字段“{name}”",
}
_TYPES = {
    "string": "文字",
    "int": "整数",
    "double": "小数",
    "bool": "真假",
    "dyn": "任意",
    "list": "列表",
    "map": "对象",
    "null_type": "空",
}
_WANTED = {"flag": "真或假", "number": "数", "text": "文字"}
_KINDS = {
    "STRING": "文字",
    "INT": "整数",
    "DOUBLE": "小数",
    "BOOL": "真假",
    "LIST": "列表",
    "MAP": "对象",
    "NULL": "空",
}


def message_of(code: str, detail: dict[str, str]) -> str:
    """Return the sentence for a problem."""
    match code:
        case "expression_unknown_name":
            return _unknown_name(detail.get("name", ""))
        case "expression_no_overload":
            return _no_overload(detail.get("name", ""), detail.get("types", "")) + _place(detail)
        case "expression_wrong_type":
            found = _KINDS.get(detail.get("found", "").split("<")[0], detail.get("found", ""))
            wanted = _WANTED.get(detail.get("wanted", ""), "")
            return f"表达式应当得出{wanted}，现在得出的是{found}"
        case "expression_syntax":
            return f"表达式写法有误{_place(detail)}"
        case _:
            words = {**detail, "types": _type_words(detail.get("types", ""))}
            template = _MESSAGES.get(code)
            return template.format_map(_Lenient(words)) if template else code


class _Lenient(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _place(detail: dict[str, str]) -> str:
    at = detail.get("at", "0")
    return f"（第 {at} 个字附近）" if at != "0" else ""


def _unknown_name(name: str) -> str:
    if name.startswith(PARAMETER):
        return f"没有全局参数“{name.removeprefix(PARAMETER)}”"
    return f"没有变量或函数“{name}”；由上级流程传入的变量请在“变量”里声明"


def _type_words(types: str) -> str:
    """Put `(string, int)` into words."""
    parts = [one.strip().split("(")[0] for one in types.strip("()").split(",") if one.strip()]
    return "与".join(_TYPES.get(one, one) for one in parts)


def _no_overload(name: str, types: str) -> str:
    sign = name.strip("_")
    words = _type_words(types)
    if not name.startswith("_") or sign.isidentifier():
        return f"函数 {name} 不能用于{words}"
    hint = "；整数写成 3.0 才能与小数比较" if {"int", "double"} <= set(types.strip("()").split(", ")) else ""
    return f"“{sign}”两边类型不合：{words}{hint}"
