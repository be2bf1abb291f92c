"""What the designer needs to know of node kinds and expressions, told by the registry itself."""

from typing import Any

from hotline.core import cel_functions, flow_kinds, ivr
from hotline.core.cel import Cel
from hotline.core.expression import KINDS, ExpressionError, Kind
from hotline.core.flow import FORMAT, NODES_MAX, SYSTEM_VARIABLES
from hotline.core.flow_fields import Words
from hotline.features.flows.problem_words import message_of
from hotline.features.flows.schemas_kinds import (
    Exit,
    ExpressionCheck,
    ExpressionChecked,
    ExpressionFunction,
    ExpressionHelp,
    ExpressionMistake,
    ExpressionOperator,
    ExpressionVariable,
    Group,
    NodeKindRead,
    NodeKinds,
    TwoNames,
)

_ = ivr  # registers the steps, and with them what a site has added

_SYSTEM_WORDS: dict[str, str] = {
    "ani": "主叫号码",
    "dnis": "被叫号码",
    "today": "今天的日期（2026-11-28）",
    "now": "现在的时间（14:05）",
    "weekday": "星期几（1 是星期一）",
    "opening": "走过“服务时间”节点之后：open 或 closed",
}
_OPERATORS: tuple[tuple[str, str, str], ...] = (
    ("==  !=", "相等、不等", 'ani == "12345"'),
    ("<  <=  >  >=", "比较大小；两边类型要相同", "param.max_wait > 30"),
    ("&&  ||  !", "并且、或者、非", 'mobile(ani) && !(opening == "closed")'),
    ("in", "在列表里", 'choice in ["1", "2"]'),
    ("?  :", "条件取值", 'weekday > 5 ? "周末" : "工作日"'),
    ("+  -  *  /  %", "加减乘除；文字相加是连接", 'left(ani, 3) + "****"'),
    (
        ".startsWith() .endsWith() .contains() .matches()",
        "文字开头、结尾、包含、正则",
        'ani.startsWith("138")',
    ),
    ("size()", "文字的长度，列表的项数", "size(id_number) == 18"),
    ("int() double() string()", "类型转换", "int(count) + 1"),
    ("has()", "答复里有没有这个字段", "has(answer.body.status)"),
    (
        ".exists() .all() .filter() .map()",
        "遍历列表，一个表达式里最多一次",
        'answer.rows.exists(r, r.state == "done")',
    ),
)


def node_kinds() -> NodeKinds:
    """Return every node kind with the schema of its form."""
    return NodeKinds(
        format=FORMAT,
        groups=[Group(key=key, name=_names(words)) for key, words in flow_kinds.GROUPS],
        items=[
            NodeKindRead(
                kind=one.kind,
                group=one.group,
                name=_names(one.name),
                about=_names(one.about),
                plug_in=one.plug_in,
                asks=one.asks,
                node_schema=one.schema(),
                exits=[Exit(path=list(path), name=_names(words)) for path, words in one.exit_paths()],
            )
            for one in flow_kinds.KINDS.values()
        ],
        document_schema=_document_schema(),
    )


def _names(words: Words) -> TwoNames:
    return TwoNames(zh=words.zh, en=words.en)


def _document_schema() -> dict[str, Any]:
    kinds = [one.schema() for one in flow_kinds.KINDS.values()]
    for schema in kinds:
        schema.pop("$schema")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "start": {"type": "string"},
            "nodes": {
                "type": "object",
                "additionalProperties": {"oneOf": kinds},
                "minProperties": 1,
                "maxProperties": NODES_MAX,
            },
            "variables": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "type": {"enum": list(KINDS)},
                        "title": {"type": "string"},
                        "default": {},
                    },
                },
            },
            "layout": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "items": {"type": "number"},
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
            "note": {"type": "string"},
        },
        "required": ["format", "start", "nodes"],
    }


def expression_help(parameters: dict[str, Kind]) -> ExpressionHelp:
    """Return what may stand in an expression."""
    return ExpressionHelp(
        variables=[
            *(
                ExpressionVariable(name=name, type=kind, about=_SYSTEM_WORDS[name])
                for name, kind in SYSTEM_VARIABLES.items()
            ),
            *(
                ExpressionVariable(name=f"param.{key}", type=kind, about="全局参数")
                for key, kind in sorted(parameters.items())
            ),
        ],
        functions=[
            ExpressionFunction(
                name=one.name,
                signature=f"{one.name}({', '.join(one.takes)}) → {one.yields}",
                about=one.about,
                about_en=one.about_en,
                example=one.example,
            )
            for one in cel_functions.FUNCTIONS
        ],
        operators=[
            ExpressionOperator(sign=sign, about=about, example=example) for sign, about, example in _OPERATORS
        ],
    )


def checked_expression(wanted: ExpressionCheck, parameters: dict[str, Kind]) -> ExpressionChecked:
    """Return whether an expression is one, and what it yields."""
    language = Cel(
        {
            **SYSTEM_VARIABLES,
            **wanted.variables,
            **{f"param.{key}": kind for key, kind in parameters.items()},
            "answer": "json",
        }
    )
    try:
        language.compile(wanted.expression, wanted.type)
        return ExpressionChecked(ok=True, type=language.kind_of(wanted.expression), error=None)
    except ExpressionError as error:
        message = message_of(f"expression_{error.code}", {**error.detail, "at": str(error.at)})
        return ExpressionChecked(ok=False, type=None, error=ExpressionMistake(message=message, at=error.at))
