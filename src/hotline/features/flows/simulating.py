"""Walk a caller through a flow on the test bench, and tell what happened in words. The walking itself is `core.flow_bench`."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from hotline.core import events as e
from hotline.core.events import InquiryOutcome
from hotline.core.expression_values import bounded
from hotline.core.flow_answer import LISTEN, READY
from hotline.core.flow_bench import MISSING, Script, Setting, Step, Walked, nodes_walked, walk
from hotline.core.ids import FlowId, HotlineId
from hotline.core.inquiry_messages import Inquire
from hotline.core.site import Site
from hotline.features.flows.schemas_simulation import (
    BenchEnd,
    BenchInput,
    BenchNode,
    BenchQuery,
    BenchScript,
    BenchStep,
    BenchWaiting,
    BenchWalk,
    HeardPrompt,
)
from hotline.ports.inquiries import Services

REAL_QUERIES_MAX = 10
_MASK = "••••"
_UNSEEN = {READY, LISTEN}
"""Questions that a flow asks of the machine, not of the world: nobody at the bench needs to see them."""
_OUTCOMES = {
    InquiryOutcome.OK: "有结果",
    InquiryOutcome.NOT_FOUND: "没有记录",
    InquiryOutcome.FAILED: "失败",
    InquiryOutcome.TIMEOUT: "超时",
    InquiryOutcome.BUSY: "太忙",
}


def simulate(site: Site, flow_id: str, text: str, wanted: BenchScript, at: datetime) -> BenchWalk:
    """Walk the script; queries are answered by its inputs alone."""
    walked = walk(site, _setting(flow_id, text, wanted, at), _script(wanted.inputs))
    return _Telling(site, flow_id, text, walked).whole(wanted.inputs)


async def simulate_with_queries(
    services: Services, site: Site, flow_id: str, text: str, wanted: BenchScript, at: datetime
) -> BenchWalk:
    """Walk the script; a query that it does not answer is really asked, and its answer put in."""
    inputs = list(wanted.inputs)
    setting = _setting(flow_id, text, wanted, at)
    walked = walk(site, setting, _script(inputs))
    for _ in range(REAL_QUERIES_MAX):
        if walked.waiting is None or walked.waiting.inquiry is None:
            break
        inputs.append(await _asked(services, walked.waiting.inquiry))
        walked = walk(site, setting, _script(inputs))
    return _Telling(site, flow_id, text, walked).whole(inputs)


def local_to_utc(local: datetime | None, now: datetime, offset_min: int) -> datetime:
    """Return the moment of a local time; now when there is none."""
    if local is None:
        return now
    if local.tzinfo is not None:
        return local.astimezone(now.tzinfo)
    return (local - timedelta(minutes=offset_min)).replace(tzinfo=now.tzinfo)


def _setting(flow_id: str, text: str, wanted: BenchScript, at: datetime) -> Setting:
    return Setting(
        flow_id=FlowId(flow_id),
        document=text,
        at=at,
        ani=wanted.ani,
        dnis=wanted.dnis,
        hotline_id=HotlineId(wanted.hotline_id) if wanted.hotline_id else None,
    )


def _script(inputs: Sequence[BenchInput]) -> list[Script]:
    return [
        Script(
            kind=one.kind,
            key=one.key or "0",
            seconds=one.s,
            outcome=one.outcome,
            values=bounded(one.values, depth=8) or {},
            text=one.text,
        )
        for one in inputs
    ]


async def _asked(services: Services, inquiry: Inquire) -> BenchInput:
    service = services.get(inquiry.service)
    try:
        if service is None:
            return BenchInput(kind="answer", outcome="failed", values={})
        async with asyncio.timeout(inquiry.timeout_s):
            answer = await service.ask(inquiry)
    except TimeoutError:
        return BenchInput(kind="answer", outcome="timeout", values={})
    except Exception:  # noqa: BLE001 - as the runtime does: whatever a service raises is a failed query
        return BenchInput(kind="answer", outcome="failed", values={})
    values = bounded(answer.values, depth=8) or {}
    return BenchInput(kind="answer", outcome=answer.outcome.value, values=values)


class _Telling:
    """Puts what happened into words."""

    def __init__(self, site: Site, flow_id: str, text: str, walked: Walked) -> None:
        self._walked = walked
        self._queues = {queue.id: queue.name for queue in site.queues}
        self._lengths = {prompt.key: prompt.duration_ms for prompt in site.prompts}
        documents = {one.id: one.json for one in site.flows} | {FlowId(flow_id): text}
        self._documents: dict[str, dict[str, Any]] = {}
        for key, document in documents.items():
            self._documents[key] = _nodes(document)
        self._here = (flow_id, "")
        self._unseen: set[str] = set()

    def whole(self, inputs: Sequence[BenchInput]) -> BenchWalk:
        walked = self._walked
        steps: list[BenchStep] = []
        for step in walked.steps:
            told = self._step(len(steps), step)
            if told is not None:
                steps.append(told)
        return BenchWalk(
            steps=steps,
            path=[BenchNode(flow_id=flow_id, node_id=node_id) for flow_id, node_id in nodes_walked(walked)],
            variables={
                name: _MASK if name in walked.secret else value for name, value in walked.variables.items()
            },
            secret=sorted(walked.secret),
            waiting=self._waiting(),
            ended=self._end(),
            inputs=list(inputs),
        )

    def _step(self, n: int, step: Step) -> BenchStep | None:
        event = step.event
        if isinstance(event, e.NodeEntered):
            self._here = event.flow_id, event.node_id
        told = self._heard(step) if event is None else self._told(event)
        if told is None:
            return None
        node = self._node(*self._here)
        return BenchStep.model_validate(
            {
                "n": n,
                "input": step.input,
                "at": step.at,
                "elapsed_s": round((step.at - self._walked.steps[0].at).total_seconds(), 1),
                "flow_id": self._here[0],
                "node_id": self._here[1],
                "title": str(node.get("title", "")),
                "node_kind": str(node.get("kind", "")),
                **told,
            }
        )

    def _node(self, flow_id: str, node_id: str) -> dict[str, Any]:
        node = self._documents.get(flow_id, {}).get(node_id)
        return cast("dict[str, Any]", node) if isinstance(node, dict) else {}

    def _heard(self, step: Step) -> dict[str, Any]:
        prompts = [
            HeardPrompt(
                key=sound.removeprefix(MISSING),
                duration_ms=self._lengths.get(cast("Any", sound), 0),
                missing=sound.startswith(MISSING),
            )
            for sound in step.prompts
        ]
        return {"kind": "heard", "words": "播放语音", "prompts": prompts, "repeats": step.repeats}

    def _told(self, event: e.CallEvent) -> dict[str, Any] | None:
        match event:
            case e.NodeEntered():
                return {"kind": "entered", "words": "到达节点"}
            case e.KeysPressed():
                words = "按键" if event.accepted else "按错"
                return {"kind": "pressed", "words": words, "keys": event.keys, "accepted": event.accepted}
            case e.VariableSet():
                value = _MASK if event.secret else event.value
                words = f"{event.name} = {value}"
                return {"kind": "set", "words": words, "variables": {event.name: value}}
            case e.InquiryMade(service=service) if service in _UNSEEN:
                self._unseen.add(event.inquiry_id)
                return None
            case e.InquiryMade():
                return {"kind": "asked", "words": "开始查询"}
            case e.InquiryEnded(inquiry_id=inquiry_id) if inquiry_id in self._unseen:
                return None
            case e.InquiryEnded():
                return {"kind": "answered", "words": f"查询{_OUTCOMES[event.outcome]}"}
            case e.QuestionAsked():
                read = f"，播报文章“{event.title}”" if event.article_id else "，没有找到答案"
                return {"kind": "set", "words": f"来电人问“{event.question}”{read}"}
            case e.SelfServed():
                return {"kind": "served", "words": f"自助完成：{event.service}"}
            case e.FlowTroubled():
                return {"kind": "trouble", "words": f"表达式没有结果：{event.what}"}
            case e.CallFailed():
                return {"kind": "broken", "words": f"流程走不下去：{event.what}"}
            case e.QueueEntered():
                return {"kind": "left", "words": f"进入座席组“{self._queues.get(event.queue_id, '')}”排队"}
            case e.CallEnded():
                return {"kind": "ended", "words": "通话结束"}
            case _:
                return None

    def _waiting(self) -> BenchWaiting | None:
        waiting = self._walked.waiting
        if waiting is None:
            return None
        query = None
        if waiting.inquiry is not None:
            query = BenchQuery(
                service=waiting.inquiry.service,
                name=waiting.inquiry.name,
                arguments=waiting.inquiry.arguments,
            )
        return BenchWaiting.model_validate(
            {
                "what": waiting.what,
                "flow_id": self._here[0],
                "node_id": self._here[1],
                "timeout_s": waiting.seconds,
                "query": query,
            }
        )

    def _end(self) -> BenchEnd | None:
        broken = any(isinstance(step.event, e.CallFailed) for step in self._walked.steps)
        match self._walked.left:
            case None:
                return None
            case e.QueueEntered(queue_id=queue_id):
                words = f"进入座席组“{self._queues.get(queue_id, '')}”排队"
                return BenchEnd(way="queue", words=words, queue_id=queue_id)
            case e.SurveyInvited():
                return BenchEnd(way="survey", words="请来电人评价")
            case e.RecordingStarted():
                return BenchEnd(way="voicemail", words="开始留言")
            case e.CallbackRequested():
                return BenchEnd(way="callback", words="预约回拨")
            case _:
                disposition = self._walked.disposition
                return BenchEnd(
                    way="broken" if broken else "hung_up",
                    words="流程走不下去，来电人听到致歉后挂断" if broken else "挂断",
                    disposition=disposition.value if disposition is not None else "",
                )


def _nodes(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    nodes = cast("dict[str, Any]", document).get("nodes") if isinstance(document, dict) else None
    return cast("dict[str, Any]", nodes) if isinstance(nodes, dict) else {}
