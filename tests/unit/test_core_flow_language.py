"""Flows of format 2: expressions in CEL, node kinds as data, problems with their places, and what was written before."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import pytest

from hotline.core import flow_kinds, ivr_steps
from hotline.core.call import Call
from hotline.core.cel import Cel, names_in
from hotline.core.expression import ExpressionError, ExpressionFailed, Kind, Wanted
from hotline.core.expression_upgrade import to_cel
from hotline.core.expression_v1 import compile_expression
from hotline.core.expression_values import ITEMS_MAX, TEXT_MAX, bounded
from hotline.core.floor import Floor
from hotline.core.flow import FlowError, examine, parse
from hotline.core.flow_fields import ExitField, TextField, Words
from hotline.core.flow_upgrade import upgraded
from hotline.core.ids import FlowId, NodeId

NAMES: dict[str, Kind] = {
    "ani": "text",
    "n": "int",
    "x": "number",
    "vip": "flag",
    "r": "json",
    "param.limit": "int",
}
VALUES: dict[str, Any] = {
    "ani": "13800138000",
    "n": 3,
    "x": 2.5,
    "vip": True,
    "r": {"rows": [{"state": "done"}, {"state": "new"}], "count": 2},
    "param.limit": 5,
}


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "source,value",
    [
        ('ani.startsWith("138") && n > 2', True),
        ("n < param.limit && !vip", False),
        ('r.rows.exists(row, row.state == "done")', True),
        ("r.count + 1", 3),
        ("x * 2.0", 5.0),
        ("right(ani, 4)", "8000"),
        ('part("20261128", 5, 2)', "11"),
        ('id_card_birthday("11010519491231002X")', "1949-12-31"),
        ('id_card_valid("110105194912310021")', False),
        ('date_valid("20260230")', False),
        ('iso_date("20261128")', "2026-11-28"),
        ("mobile(ani)", True),
        ('number("12x") == number("12x")', False),
        ("has(r.nothing)", False),
    ],
)
def test_expressions_in_cel_mean_what_they_say(source: str, value: object) -> None:
    assert Cel(NAMES).compile(source)(VALUES) == value


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "source,wanted,code",
    [
        ("", "any", "empty"),
        ("ani +", "any", "syntax"),
        ("nobody", "any", "unknown_name"),
        ("param.gone > 1", "flag", "unknown_name"),
        ("ani == 3", "flag", "no_overload"),
        ("x > 3", "flag", "no_overload"),
        ("n + 1", "flag", "wrong_type"),
        ("ani", "number", "wrong_type"),
        ("ani.__class__", "any", "no_field"),
        ("().__class__", "any", "syntax"),
        ('__import__("os")', "any", "unknown_name"),
        ('open("/etc/passwd")', "any", "unknown_name"),
        ("r.all(a, r.all(b, r.all(c, a == b)))", "flag", "too_many_walks"),
        ("(" * 40 + "1" + ")" * 40, "any", "too_deep"),
        ("x" * 1_001, "any", "too_long"),
    ],
)
def test_what_is_no_expression_or_tries_to_escape_is_refused(source: str, wanted: Wanted, code: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        Cel(NAMES).compile(source, wanted)
    assert refusal.value.code == code


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize("source", ["1 / 0", "r.gone", 'int("x")', "r.rows[7]", "n / (n - 3)"])
def test_an_expression_without_value_says_so(source: str) -> None:
    with pytest.raises(ExpressionFailed):
        Cel(NAMES).compile(source)(VALUES)


def test_an_expression_that_runs_long_is_stopped() -> None:
    numbers = "[" + ",".join(["1"] * 90) + "]"
    source = f"{numbers}.all(a, {numbers}.map(b, a + b).size() > 0)"
    with pytest.raises(ExpressionError):
        Cel(NAMES).compile(source)
    long = Cel(NAMES).compile("r.all(a, a >= 0)")
    with pytest.raises(ExpressionFailed, match="budget"):
        long({"r": list(range(100_000))})


def test_values_are_kept_small() -> None:
    value = bounded({"a": ["x" * 9_999] * 9_999, "b": {"c": {"d": {"e": {"f": {"g": {"h": 1}}}}}}})
    assert (len(value["a"]), len(value["a"][0])) == (ITEMS_MAX, TEXT_MAX)
    assert value["b"]["c"]["d"]["e"]["f"] == {"g": None}


def test_names_of_an_expression_are_its_variables_and_parameters() -> None:
    assert names_in('ani.startsWith("n.b") && param . limit == 3 && size(r) > 2') == {
        "ani",
        "param.limit",
        "r",
    }


@pytest.mark.req("IVR-2")
@pytest.mark.parametrize(
    "source",
    [
        'startswith(ani, "138") and len(ani) == 11',
        'n in "1 2 3" or not id_card_valid(ani)',
        'now >= "11:30" and now < "13:00"',
        "n >= 3",
        "n == 3.5 or n != 'x'",
        "not (n > 2 and endswith(ani, '00'))",
        "n + 1",
        "ani + 'x'",
        "right(ani, 2) == '00'",
        "missing",
        "len(ani) > n",
        "missing >= 1 or missing < 1",
        "true",
    ],
)
@pytest.mark.parametrize("wanted", ["flag", "text"])
def test_the_first_language_means_the_same_in_cel(source: str, wanted: Wanted) -> None:
    from hotline.core.expression import as_text, truth

    variables = {"ani": "13800138000", "n": "3", "now": "12:00", "missing": ""}
    before = compile_expression(source)(variables)
    after = Cel(dict.fromkeys(variables, "text")).compile(to_cel(source, wanted), wanted)(variables)
    assert (
        (truth(before), truth(before)) == (truth(after), after)
        if wanted == "flag"
        else as_text(before) == after
    )


@pytest.mark.req("IVR-1")
def test_a_document_of_format_1_is_the_same_flow_in_format_2() -> None:
    nodes = {
        "s": {"kind": "set", "variables": {"vip": "startswith(ani, '139')"}, "next": "c"},
        "c": {"kind": "condition", "cases": [{"when": "vip", "next": "q"}], "otherwise": "h"},
        "q": {"kind": "queue", "queue": "8000", "priority": "right(ani, 1)"},
        "h": {"kind": "hangup"},
    }
    document = upgraded({"format": 1, "start": "s", "nodes": nodes})
    flow, problems = examine(FlowId("f"), json.dumps(document))
    assert flow is not None and not problems
    assert (document["format"], flow.kinds) == (2, {"vip": "text"})
    assert upgraded(document) is document


def _examined(nodes: dict[str, Any], **more: Any) -> set[tuple[str, str, str]]:
    document = {"format": 2, "start": next(iter(nodes), "a"), "nodes": nodes, **more}
    return {problem[:3] for problem in examine(FlowId("f"), json.dumps(document)).problems}


@pytest.mark.req("IVR-7")
def test_every_mistake_of_a_draft_is_told_with_its_node_and_field() -> None:
    found = _examined(
        {
            "a": {"kind": "menu", "choices": {"1": {"label": "x"}, "A": {"next": "b"}}, "timeout_s": 99},
            "b": {"kind": "condition", "cases": [{"when": "nobody > 1", "next": "gone"}], "otherwise": "c"},
            "c": {"kind": "dance"},
            "d": {"kind": "collect", "variable": "ani", "next": "a", "on_failure": "a", "colour": "red"},
        }
    )
    assert found == {
        ("no_exit", "a", "choices.1.next"),
        ("no_such_key", "a", "choices.A"),
        ("not_in_range", "a", "timeout_s"),
        ("no_exit", "a", "on_failure"),
        ("expression_unknown_name", "b", "cases.0.when"),
        ("dangling_exit", "b", "cases.0.next"),
        ("unknown_kind", "c", "kind"),
        ("bad_variable", "d", ""),
        ("unknown_field", "d", "colour"),
    }


@pytest.mark.req("IVR-2")
def test_variables_hold_what_their_assignments_agree_on() -> None:
    nodes = {
        "a": {"kind": "set", "variables": {"n": "3", "m": "n + 1", "t": '"x"'}, "next": "b"},
        "b": {"kind": "set", "variables": {"t": "4"}, "next": "c"},
        "c": {"kind": "hangup"},
    }
    document = {"format": 2, "start": "a", "nodes": nodes, "variables": {"from_above": {"type": "flag"}}}
    flow, problems = examine(FlowId("f"), json.dumps(document))
    assert flow is not None and not problems
    assert flow.kinds == {"n": "int", "m": "int", "t": "json", "from_above": "flag"}


def test_a_published_flow_runs_on_when_a_parameter_has_gone() -> None:
    nodes = {
        "a": {"kind": "condition", "cases": [{"when": "param.vip == 1", "next": "b"}], "otherwise": "b"},
        "b": {"kind": "hangup"},
    }
    text = json.dumps({"format": 2, "start": "a", "nodes": nodes})
    assert examine(FlowId("f"), text).problems[0].code == "expression_unknown_name"
    assert parse(FlowId("f"), 1, text).nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A node kind that a site adds."""

    mark: Annotated[str, TextField(title=Words("标记", "Mark"), most=8)]
    next: Annotated[NodeId, ExitField(title=Words("下一步", "Next"))]


def _stamp(_floor: Floor, call: Call, _at: datetime, node: Stamp) -> NodeId | None:
    call.keys.append(node.mark)
    return node.next


@pytest.mark.req("IVR-2")
def test_a_site_adds_a_node_kind_that_is_read_and_described_like_the_built_in_ones() -> None:
    kind = flow_kinds.NodeKind(
        kind="stamp",
        node=Stamp,
        group="decide",
        name=Words("盖章", "Stamp"),
        about=Words("", ""),
        plug_in=True,
    )
    ivr_steps.register(kind, ivr_steps.Steps(enter=_stamp))
    try:
        assert _examined({"a": {"kind": "stamp", "mark": "too long indeed", "next": "a"}}) == {
            ("too_long", "a", "mark")
        }
        assert kind.schema()["required"] == ["kind", "mark", "next"]
        assert list(kind.exit_paths()) == [(("next",), Words("下一步", "Next"))]
        with pytest.raises(ValueError, match="already"):
            flow_kinds.register(flow_kinds.NodeKind(**{**_as_dict(kind), "node": Call}))
    finally:
        del flow_kinds.KINDS["stamp"]


def _as_dict(kind: flow_kinds.NodeKind) -> dict[str, Any]:
    return {name: getattr(kind, name) for name in ("kind", "node", "group", "name", "about")}


def test_a_document_that_is_no_flow_is_refused_for_running() -> None:
    with pytest.raises(FlowError, match="line=1"):
        parse(FlowId("f"), 1, "{")
