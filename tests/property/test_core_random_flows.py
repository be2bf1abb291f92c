"""Random flows × random callers: every call ends, in time, with one disposition, whatever the flow and whatever is keyed in."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.core import events as e
from hotline.core.flow import examine
from hotline.core.flow_bench import Script, Setting, Walked, walk
from hotline.core.ids import FlowId, HotlineId
from tests.unit.core_bench import site

BEGIN = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
NAMES = ("a", "b", "c", "d", "e", "f")
LONGEST = timedelta(hours=24)
HANG_UP = Script(kind="hang_up")
SITE = site()

_to = st.sampled_from(NAMES)
_prompts = st.lists(st.sampled_from(["welcome", "menu", "no_such_prompt"]), max_size=2)
_keys = st.sampled_from("0123456789*#")
_expression = st.sampled_from(
    ['ani.startsWith("138")', "n > 2", "size(x) > 3", "r.a.b == 1", "flag", "1 / n == 0", 'now > "12:00"', "weekday > 5"]
)  # fmt: skip
_value = st.sampled_from(['ani + "x"', "right(ani, 4)", 'x + "1"', "string(n)"])


def _node(kind: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind), **fields})


_choices = st.dictionaries(
    _keys, st.fixed_dictionaries({"label": st.just("x"), "next": _to}), min_size=1, max_size=4
)
_retries = st.integers(0, 2)
_ways = {"next": _to, "on_not_found": _to, "on_failure": _to, "on_exhausted": _to}
_results = st.lists(
    st.sampled_from(
        [
            {"variable": "r", "from": "answer.body", "type": "json"},
            {"variable": "n", "from": "answer.count", "type": "int"},
        ]
    ),
    max_size=2,
)
NODES = st.one_of(
    _node("play", prompts=_prompts, next=_to, interruptible=st.booleans()),
    _node("say", pieces=st.lists(st.fixed_dictionaries({"digits": _value}), max_size=2), next=_to),
    _node("menu", prompts=_prompts, choices=_choices, retries=_retries, timeout_s=st.integers(1, 9), on_failure=_to),
    _node(
        "collect",
        variable=st.just("x"),
        prompts=_prompts,
        min=st.integers(0, 3),
        max=st.integers(3, 5),
        secret=st.booleans(),
        check=_expression,
        retries=_retries,
        next=_to,
        on_failure=_to,
    ),
    _node("set", variables=st.fixed_dictionaries({"x": _value}), next=_to),
    _node("condition", cases=st.lists(st.fixed_dictionaries({"when": _expression, "next": _to}), max_size=3), otherwise=_to),
    _node("hours", open=_to, closed=_to),
    _node("subflow", flow=st.just("main"), next=_to),
    _node("http", source=st.just("s"), path=st.just("/x/${x}"), results=_results, **_ways),
    _node("query", query=st.just("q"), arguments=st.just({"id": "x"}), results=_results, **_ways),
    _node("transfer", to=st.sampled_from(['"12345"', "x"]), otherwise=_to),
    _node("duty", number=st.just("13700000000"), otherwise=_to),
    _node("callback", queue=st.just("advice"), otherwise=_to),
    _node("answer", prompts=_prompts, tries=st.integers(1, 3), variable=st.sampled_from(["", "x"]), solved=_to, agent=_to, failed=_to),
    _node("speak", text=st.just("您好${x}"), fallback=_prompts, next=_to),
    _node("queue", queue=st.sampled_from(["advice", "gone"]), prompts=_prompts),
    _node("voicemail", prompts=_prompts, max_s=st.just(20)),
    _node("hangup", prompts=_prompts),
    _node("return"),
)  # fmt: skip
FLOWS = st.fixed_dictionaries(dict.fromkeys(NAMES, NODES))
SCRIPTS = st.lists(
    st.one_of(
        st.builds(Script, kind=st.just("digit"), key=_keys),
        st.builds(Script, kind=st.just("wait"), seconds=st.floats(0, 30)),
        st.just(Script(kind="next")),
        st.just(Script(kind="say", text="社保卡")),
        st.builds(
            Script,
            kind=st.just("answer"),
            outcome=st.sampled_from(["ok", "not_found", "failed", "timeout", "busy"]),
            values=st.sampled_from(
                [
                    {},
                    {"body": {"a": {"b": 1}}, "count": 3},
                    {"body": "x", "count": "many"},
                    {
                        "question": "问",
                        "article_id": "a",
                        "path": "a.wav",
                        "duration_ms": 900,
                        "more": ["二。"],
                    },
                    {"question": 7, "path": None, "more": {}, "score": "x"},
                ]
            ),
        ),
    ),
    max_size=25,
)


def walked(nodes: dict[str, Any], script: list[Script]) -> Walked:
    """Walk a flow in which every variable is declared, as a check would demand."""
    variables = {"x": {"type": "text"}, "n": {"type": "int"}, "flag": {"type": "flag"}, "r": {"type": "json"}}
    document = json.dumps({"format": 2, "start": "a", "nodes": nodes, "variables": variables})
    flow, problems = examine(FlowId("main"), document)
    assert flow is not None and not problems
    setting = Setting(flow_id=FlowId("main"), document=document, at=BEGIN, hotline_id=HotlineId("line"))
    return walk(SITE, setting, script)


def ends(seen: Walked) -> list[e.CallEnded]:
    """The ends of the call."""
    return [step.event for step in seen.steps if isinstance(step.event, e.CallEnded)]


@pytest.mark.req("IVR-1", "IVR-7")
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(FLOWS, SCRIPTS)
def test_whoever_hangs_up_ends_the_call_once_with_one_disposition(
    nodes: dict[str, Any], script: list[Script]
) -> None:
    seen = walked(nodes, [*script, HANG_UP])
    assert [end.disposition for end in ends(seen)] == [seen.disposition]
    assert seen.disposition is not None


@pytest.mark.req("IVR-1", "IVR-7")
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(FLOWS, SCRIPTS)
def test_whoever_stays_silent_comes_to_a_way_out_in_time(nodes: dict[str, Any], script: list[Script]) -> None:
    seen = walked(nodes, [*script, *[Script(kind="next")] * 4_900])
    assert seen.left is not None
    assert seen.at - BEGIN < LONGEST
    assert len(ends(seen)) <= 1
