"""Ask a data source from a flow: the question, what is said meanwhile, and where each kind of answer leads."""

import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from hotline.core import inquiries
from hotline.core.call import Call
from hotline.core.events import InquiryOutcome
from hotline.core.expression import ExpressionFailed, as_text, truth
from hotline.core.floor import Floor
from hotline.core.flow_field_lists import Template
from hotline.core.flow_queries import HttpNode, QueryNode
from hotline.core.ids import NodeId
from hotline.core.inquiries import Question
from hotline.core.inquiry_messages import InquiryAnswered
from hotline.core.ivr_values import computed, set_variable, trouble, variables_of
from hotline.core.playing import play

RETRY_PAUSE_S = 0.3


def enter_http(floor: Floor, call: Call, at: datetime, node: HttpNode) -> NodeId | None:
    """Ask over HTTP."""
    variables = variables_of(floor, call, at)
    attempts = 1 + (node.retries if node.method == "GET" else 0)
    try:
        arguments = {
            "method": node.method,
            "path": "".join(
                quote(text, safe="") if value else text for text, value in node.path.filled(variables)
            ),
            "query": [[name, _plain(template, variables)] for name, template in node.query],
            "headers": [[name, _header(template, variables)] for name, template in node.headers],
            "body": "".join(_in_json(text) if value else text for text, value in node.body.filled(variables)),
            "timeout_s": node.timeout_s,
            "attempts": attempts,
        }
    except ExpressionFailed as failed:
        trouble(floor, call, at, str(failed))
        return node.on_failure
    timeout_s = attempts * (node.timeout_s + RETRY_PAUSE_S)
    _ask(
        floor,
        call,
        at,
        node,
        Question(service="http", name=node.source, arguments=arguments, timeout_s=timeout_s),
    )
    return None


def enter_query(floor: Floor, call: Call, at: datetime, node: QueryNode) -> NodeId | None:
    """Ask by a named query."""
    variables = variables_of(floor, call, at)
    try:
        values = {name: as_text(compute(variables)) for name, compute in node.arguments}
    except ExpressionFailed as failed:
        trouble(floor, call, at, str(failed))
        return node.on_failure
    arguments = {"parameters": values, "timeout_s": node.timeout_s}
    _ask(
        floor,
        call,
        at,
        node,
        Question(service="database", name=node.query, arguments=arguments, timeout_s=node.timeout_s),
    )
    return None


def _ask(floor: Floor, call: Call, at: datetime, node: HttpNode | QueryNode, question: Question) -> None:
    floor.cancel_timer("step", call.call_id)
    inquiries.ask(floor, call, at, question)
    play(floor, call, node.prompts, at)


def _plain(template: Template, variables: dict[str, object]) -> str:
    return "".join(text for text, _ in template.filled(variables))


def _header(template: Template, variables: dict[str, object]) -> str:
    """Return the text without what could begin another header."""
    return "".join(sign for sign in _plain(template, variables) if sign.isprintable())


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def judged(floor: Floor, call: Call, node: HttpNode | QueryNode, answer: InquiryAnswered) -> InquiryAnswered:
    """Say whether what was answered is a record."""
    if answer.outcome is not InquiryOutcome.OK or node.found_when is None:
        return answer
    more = {"answer": answer.values}
    found = truth(computed(floor, call, answer.at, node.found_when, otherwise=False, more=more))
    return answer if found else replace(answer, outcome=InquiryOutcome.NOT_FOUND)


def answered(
    floor: Floor, call: Call, at: datetime, node: HttpNode | QueryNode, answer: InquiryAnswered
) -> NodeId | None:
    """Keep what the flow wants of the answer, and go where it leads."""
    outcome = answer.outcome
    if outcome is InquiryOutcome.OK:
        for result in node.results:
            value = computed(floor, call, at, result.value, None, more={"answer": answer.values})
            set_variable(floor, call, at, result.variable, value, secret=result.secret)
        return node.next
    vain = call.failures.get(call.node_id, 0) if call.node_id is not None else 0
    if node.on_exhausted and vain >= node.vain_max:
        return node.on_exhausted
    match outcome:
        case InquiryOutcome.NOT_FOUND:
            return node.on_not_found
        case InquiryOutcome.TIMEOUT:
            return node.on_timeout or node.on_failure
        case InquiryOutcome.BUSY:
            return node.on_busy or node.on_failure
        case _:
            return node.on_failure
