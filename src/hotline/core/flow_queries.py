"""The nodes that ask a data source: over HTTP, and by a named query of a database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from hotline.core import flow_kinds as kinds
from hotline.core.expression import Compiled, Kind, Language
from hotline.core.flow_field_lists import (
    AssignmentsField,
    PairsField,
    Result,
    ResultsField,
    Template,
    TemplateField,
)
from hotline.core.flow_fields import (
    ExitField,
    ExpressionField,
    NameField,
    NumberField,
    Prompts,
    PromptsField,
    TextField,
    Words,
)
from hotline.core.flow_kinds import NodeKind
from hotline.core.ids import NodeId

METHODS = ("GET", "POST", "PUT")
TIMEOUT_S, ATTEMPTS_MAX = 5.0, 3
_NOWHERE = NodeId("")
_NO_BODY = Template(())

_WHILE = PromptsField(
    title=Words("查询时播放", "Played meanwhile"),
    about=Words("例如“正在查询，请稍候”；播完才说结果", "Such as “one moment please”; heard to its end"),
)
_RESULTS = ResultsField(
    title=Words("结果存入变量", "Results"),
    about=Words(
        "HTTP：answer.status、answer.body；数据库：answer.rows、answer.row（第一行）、answer.count",
        "HTTP: answer.status, answer.body; database: answer.rows, answer.row (the first), answer.count",
    ),
)
_FOUND_WHEN = ExpressionField(
    title=Words("有记录的条件", "Found when"),
    about=Words("不满足时走“没有记录”；例如 answer.body.code == 0", "Otherwise it counts as nothing found"),
    wanted="flag",
    optional=True,
    advanced=True,
)
_NEXT = ExitField(title=Words("有结果", "Found"))
_NOT_FOUND = ExitField(title=Words("没有记录", "Nothing found"))
_FAILED = ExitField(title=Words("查询失败", "Failed"))
_TIMED_OUT = ExitField(title=Words("超时（空则同失败）", "Timed out (empty: as failed)"), advanced=True)
_BUSY = ExitField(title=Words("太忙（空则同失败）", "Busy (empty: as failed)"), advanced=True)
_EXHAUSTED = ExitField(
    title=Words("多次没有结果后", "After several vain tries"),
    about=Words(
        "本次来电在这个节点没有结果达到次数后走这里，例如转人工",
        "Taken when the node had no result so often in this call",
    ),
)
_VAIN_MAX = NumberField(
    title=Words("没有结果几次后", "Vain tries"), low=1, high=10, whole=True, advanced=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgumentsField(AssignmentsField):
    """Parameters of a named query and the expressions that give them; no variable is set."""

    def assigns(self, raw: Any, language: Language) -> Iterator[tuple[str, Kind]]:
        _ = raw, language
        return iter(())

    def read(self, raw: Any, reading: Any, where: str) -> tuple[tuple[str, Compiled], ...]:
        return AssignmentsField.read(self, raw, reading, where) if raw else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpNode:
    """Ask a data source over HTTP. Where it may go is set with the source; the node gives path and values."""

    source: Annotated[str, NameField(title=Words("数据源", "Data source"), kind="source")]
    method: Annotated[
        str,
        TextField(
            title=Words("方法", "Method"), most=8, one_of=tuple((one, Words(one, one)) for one in METHODS)
        ),
    ] = "GET"
    path: Annotated[
        Template,
        TemplateField(
            title=Words("路径", "Path"),
            about=Words("例如 /cards/${id_number}", "Such as /cards/${id_number}"),
            most=500,
        ),
    ] = _NO_BODY
    query: Annotated[tuple[tuple[str, Template], ...], PairsField(title=Words("查询参数", "Query"))] = ()
    headers: Annotated[
        tuple[tuple[str, Template], ...],
        PairsField(
            title=Words("请求头", "Headers"),
            about=Words("口令与密钥请放在数据源里", "Secrets belong to the data source"),
            advanced=True,
        ),
    ] = ()
    body: Annotated[
        Template,
        TemplateField(
            title=Words("正文（JSON）", "Body (JSON)"), about=Words('例如 {"id": "${id_number}"}', "")
        ),
    ] = _NO_BODY
    timeout_s: Annotated[float, NumberField(title=Words("超时", "Time-out"), low=0.5, high=20, unit="s")] = (
        TIMEOUT_S
    )
    retries: Annotated[
        int,
        NumberField(
            title=Words("重试次数", "Retries"),
            about=Words("只重试 GET", "GET only"),
            low=0,
            high=ATTEMPTS_MAX - 1,
            whole=True,
        ),
    ] = 1
    prompts: Annotated[Prompts, _WHILE] = ()
    found_when: Annotated[Compiled | None, _FOUND_WHEN] = None
    results: Annotated[tuple[Result, ...], _RESULTS] = ()
    next: Annotated[NodeId, _NEXT]
    on_not_found: Annotated[NodeId, _NOT_FOUND]
    on_failure: Annotated[NodeId, _FAILED]
    on_timeout: Annotated[NodeId, _TIMED_OUT] = _NOWHERE
    on_busy: Annotated[NodeId, _BUSY] = _NOWHERE
    vain_max: Annotated[int, _VAIN_MAX] = 3
    on_exhausted: Annotated[NodeId, _EXHAUSTED] = _NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryNode:
    """Ask a database by a named query, which an administrator has declared; read only."""

    query: Annotated[str, NameField(title=Words("命名查询", "Named query"), kind="query")]
    arguments: Annotated[
        tuple[tuple[str, Compiled], ...], ArgumentsField(title=Words("查询参数", "Parameters"))
    ] = ()
    timeout_s: Annotated[float, NumberField(title=Words("超时", "Time-out"), low=0.5, high=20, unit="s")] = (
        TIMEOUT_S
    )
    prompts: Annotated[Prompts, _WHILE] = ()
    found_when: Annotated[Compiled | None, _FOUND_WHEN] = None
    results: Annotated[tuple[Result, ...], _RESULTS] = ()
    next: Annotated[NodeId, _NEXT]
    on_not_found: Annotated[NodeId, _NOT_FOUND]
    on_failure: Annotated[NodeId, _FAILED]
    on_timeout: Annotated[NodeId, _TIMED_OUT] = _NOWHERE
    on_busy: Annotated[NodeId, _BUSY] = _NOWHERE
    vain_max: Annotated[int, _VAIN_MAX] = 3
    on_exhausted: Annotated[NodeId, _EXHAUSTED] = _NOWHERE


HTTP = NodeKind(
    kind="http",
    node=HttpNode,
    group="data",
    name=Words("接口查询", "HTTP query"),
    about=Words("向外部系统的 HTTP 接口查询，结果存入变量", "Asks an outside system over HTTP"),
)
DATABASE = NodeKind(
    kind="query",
    node=QueryNode,
    group="data",
    name=Words("数据库查询", "Database query"),
    about=Words("执行管理员声明的只读命名查询，结果存入变量", "Runs a declared, read-only named query"),
)
kinds.register(HTTP)
kinds.register(DATABASE)
