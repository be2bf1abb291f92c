"""The test bench: a caller walks a flow on a virtual clock, step by step, with time travel and given answers of data sources."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.core import events as e
from hotline.core.flow_bench import MISSING, Script, Setting, Walked, walk
from hotline.core.ids import AuthorityId, FlowId, HoursId
from hotline.core.site import Hours, Parameter, Period
from tests.unit.core_bench import CITY, site

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
OFFICE = Hours(
    id=HoursId("office"),
    authority_id=AuthorityId("city"),
    name="",
    week=((Period(start_min=540, end_min=1050),),) * 5 + ((), ()),
)


def walked(nodes: dict[str, Any], *script: Script, at: datetime = MONDAY, **changes: Any) -> Walked:
    """Walk the nodes, of which the first is the start."""
    document = json.dumps({"format": 2, "start": next(iter(nodes)), "nodes": nodes})
    setting = Setting(flow_id=FlowId("main"), document=document, at=at, ani="13900000001")
    return walk(site(hours=OFFICE, **changes), setting, script)


def digit(key: str) -> Script:
    """One key."""
    return Script(kind="digit", key=key)


NEXT, HANG_UP = Script(kind="next"), Script(kind="hang_up")
END: dict[str, Any] = {"kind": "hangup"}
MENU: dict[str, Any] = {
    "menu": {
        "kind": "menu",
        "prompts": ["menu", "no_such_prompt"],
        "choices": {"1": {"label": "一", "next": "queue"}},
        "timeout_s": 5,
        "retries": 1,
        "on_failure": "end",
    },
    "queue": {"kind": "queue", "queue": "advice"},
    "end": END,
}


@pytest.mark.req("IVR-7")
def test_the_bench_stops_where_the_flow_waits_and_shows_missing_prompts() -> None:
    seen = walked(MENU)
    assert seen.waiting is not None and seen.waiting.what in {"prompt", "key"}
    assert MISSING + "no_such_prompt" in seen.steps[-1].prompts


@pytest.mark.req("IVR-7")
def test_a_key_leads_on_and_silence_leads_out() -> None:
    assert isinstance(walked(MENU, digit("1")).left, e.QueueEntered)
    silent = walked(MENU, *[NEXT] * 4)
    assert isinstance(silent.left, e.CallEnded)
    assert silent.at > MONDAY


@pytest.mark.req("IVR-7", "IVR-4")
@pytest.mark.parametrize("at,node", [(MONDAY, "open"), (SUNDAY, "closed")])
def test_the_bench_travels_in_time(at: datetime, node: str) -> None:
    nodes = {
        "h": {"kind": "hours", "hours": "office", "open": "open", "closed": "closed"},
        "open": {"kind": "queue", "queue": "advice"},
        "closed": END,
    }
    entered = [s.event.node_id for s in walked(nodes, at=at).steps if isinstance(s.event, e.NodeEntered)]
    assert entered == ["h", node]


QUERY: dict[str, Any] = {
    "q": {
        "kind": "http",
        "source": "cards",
        "path": "/cards/${ani}",
        "prompts": ["welcome"],
        "found_when": "answer.body.code == 0",
        "results": [
            {"variable": "state", "from": "answer.body.state"},
            {"variable": "fee", "from": "answer.body.fee", "type": "number", "secret": True},
        ],
        "next": "c",
        "on_not_found": "q",
        "on_failure": "end",
        "vain_max": 2,
        "on_exhausted": "agent",
    },
    "c": {"kind": "condition", "cases": [{"when": 'state == "done" && fee > 1.0', "next": "agent"}], "otherwise": "end"},
    "agent": {"kind": "queue", "queue": "advice"},
    "end": END,
}  # fmt: skip


def answer(outcome: str = "ok", **body: Any) -> Script:
    """What the data source answers."""
    return Script(kind="answer", outcome=outcome, values={"status": 200, "body": body})


@pytest.mark.req("IVR-2", "IVR-6")
def test_a_query_waits_for_its_answer_and_keeps_what_the_flow_wants() -> None:
    asked = walked(QUERY)
    assert asked.waiting is not None and asked.waiting.inquiry is not None
    assert asked.waiting.inquiry.arguments["path"] == "/cards/13900000001"
    known = walked(QUERY, answer(code=0, state="done", fee=2.5), NEXT)
    assert (known.variables["state"], known.variables["fee"], known.secret) == ("done", 2.5, {"fee"})
    assert isinstance(known.left, e.QueueEntered)


@pytest.mark.req("IVR-6")
def test_several_vain_queries_lead_to_an_agent() -> None:
    seen = walked(QUERY, answer(code=9), NEXT, answer("not_found"), NEXT)
    assert isinstance(seen.left, e.QueueEntered)
    outcomes = [s.event.outcome for s in seen.steps if isinstance(s.event, e.InquiryEnded)]
    assert outcomes == [e.InquiryOutcome.NOT_FOUND] * 2


@pytest.mark.req("IVR-6")
def test_a_data_source_that_never_answers_is_given_up_in_time() -> None:
    seen = walked(QUERY, Script(kind="wait", seconds=60))
    assert isinstance(seen.left, e.CallEnded)
    ended = [s.event for s in seen.steps if isinstance(s.event, e.InquiryEnded)]
    assert ended[0].outcome is e.InquiryOutcome.TIMEOUT


def test_an_answer_that_lacks_a_field_leaves_the_variable_empty_and_says_so() -> None:
    seen = walked(QUERY, answer(code=0, state="done"), NEXT)
    assert [s.event.what for s in seen.steps if isinstance(s.event, e.FlowTroubled)]
    assert seen.variables["fee"] == 0.0


@pytest.mark.req("IVR-2")
def test_global_parameters_are_those_of_the_organisation() -> None:
    nodes = {
        "c": {"kind": "condition", "cases": [{"when": "param.limit > 3", "next": "q"}], "otherwise": "end"},
        "q": {"kind": "queue", "queue": "advice"},
        "end": END,
    }

    def limit(value: str, authority: AuthorityId) -> Parameter:
        return Parameter(key="limit", kind="int", value=value, inherited_by=frozenset({authority}))

    mine, theirs = limit("5", CITY), limit("1", AuthorityId("elsewhere"))
    assert isinstance(walked(nodes, parameters=(mine, theirs)).left, e.QueueEntered)
    assert isinstance(walked(nodes, parameters=(theirs,)).left, e.CallEnded)


@pytest.mark.req("IVR-7")
def test_nobody_picks_up_what_rings() -> None:
    nodes = {"d": {"kind": "duty", "number": "13700000000", "otherwise": "end"}, "end": END}
    assert isinstance(walked(nodes, NEXT).left, e.CallEnded)


@pytest.mark.req("IVR-7")
def test_the_same_script_walks_the_same_way() -> None:
    script = (digit("9"), NEXT, digit("1"), HANG_UP)
    assert walked(MENU, *script).steps == walked(MENU, *script).steps
