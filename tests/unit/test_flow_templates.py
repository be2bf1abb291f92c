"""The flows that come with the product: the five sites' menus pass the check and are walked to their ends."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.core import events as e
from hotline.core.flow import examine
from hotline.core.flow_bench import Script, Setting, Walked, walk
from hotline.core.flow_kinds import named_by
from hotline.core.ids import FlowId, PromptKey
from hotline.core.site import Prompt
from hotline.demo import matters
from hotline.features.flows.checking import Surroundings, check
from hotline.features.flows.templates import template, templates
from hotline.shipped_prompts import shipped_prompts
from tests.unit.core_bench import queue, site

KEYS = [one.key for one in templates()]
MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PROMPTS = tuple(Prompt(key=PromptKey(one.key), path=one.key, duration_ms=900) for one in shipped_prompts())


def document_of(key: str) -> dict[str, Any]:
    """The document of a template."""
    found = template(key)
    assert found is not None
    return found.document


def test_every_site_of_the_requirements_has_its_flow() -> None:
    assert [one.site[0] for one in templates()] == list("ABCDE")


@pytest.mark.req("IVR-1", "IVR-7")
@pytest.mark.parametrize("key", KEYS)
async def test_a_template_passes_the_check_with_the_prompts_that_are_shipped(key: str) -> None:
    there = {("queue", number) for number in ("8000", "8001", "8002")}
    there |= {("prompt", prompt.key) for prompt in PROMPTS} | {
        ("source", "demo-cards"),
        ("query", "demo-pension"),
    }

    async def known(kind: str, thing: str) -> bool:
        return (kind, thing) in there

    around = Surroundings(known=known, parameters={}, subflows={})
    assert await check(key, json.dumps(document_of(key)), around) == []


def walked(key: str, *script: Script) -> Walked:
    """Walk a template on a site with its queues and prompts."""
    queues = tuple(queue(number, number=number) for number in ("8000", "8001", "8002"))
    setting = Setting(flow_id=FlowId("main"), document=json.dumps(document_of(key)), at=MONDAY)
    return walk(replace(site(queues=queues), prompts=PROMPTS), setting, script)


@pytest.mark.req("IVR-1")
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("keys", ["11", "0", "3", "*#", ""])
def test_whatever_is_pressed_a_template_comes_to_a_way_out(key: str, keys: str) -> None:
    digits = [Script(kind="digit", key=one) for one in keys]
    seen = walked(key, *digits, *[Script(kind="next")] * 60)
    assert isinstance(seen.left, e.QueueEntered | e.CallbackRequested)


ID_NUMBER = matters.PENSIONS[2][0]
ANSWERS: dict[str, dict[str, Any]] = {
    "1": {"status": 200, "body": {"code": 0, "card": {"state": "posted", "since": "2026-11-25"}}},
    "2": {"row": {"state": "done", "accepted_on": "2026-08-03", "done_by": "2026-09-17", "amount": 86431.25}},
}


@pytest.mark.req("IVR-6")
@pytest.mark.parametrize("matter", ["1", "2"])
def test_self_service_reads_back_asks_and_speaks_the_progress(matter: str) -> None:
    keys = [Script(kind="digit", key=one) for one in f"3{ID_NUMBER}1{matter}"]
    answer = Script(kind="answer", values=ANSWERS[matter])
    seen = walked("insurance", *keys, answer, *[Script(kind="next")] * 3)
    assert any(isinstance(step.event, e.SelfServed) for step in seen.steps)
    pressed = [step.event.keys for step in seen.steps if isinstance(step.event, e.KeysPressed)]
    assert pressed[1] == "**************" + ID_NUMBER[-4:]
    heard = [sound for step in seen.steps for sound in step.prompts]
    assert ("card_posted" if matter == "1" else "pension_done") in heard


@pytest.mark.req("IVR-6")
def test_three_vain_queries_lead_to_an_agent() -> None:
    keys = [Script(kind="digit", key=one) for one in f"3{ID_NUMBER}12"]
    failed = Script(kind="answer", outcome="failed")
    again = [Script(kind="digit", key=one) for one in f"1{ID_NUMBER}12"]
    nexts = [Script(kind="next")]
    seen = walked("insurance", *keys, failed, *nexts, *again, failed, *nexts, *again, failed, *nexts * 3)
    assert isinstance(seen.left, e.QueueEntered)


@pytest.mark.req("IVR-1")
def test_every_prompt_of_the_demo_flow_is_shipped() -> None:
    from pathlib import Path

    import hotline.demo

    text = (Path(hotline.demo.__file__).parent / "flow.json").read_text(encoding="utf-8")
    flow, problems = examine(FlowId("demo"), text)
    assert flow is not None and not problems
    named = {one.thing for node in flow.nodes.values() for one in named_by(node) if one.kind == "prompt"}
    assert named <= {prompt.key for prompt in PROMPTS}
