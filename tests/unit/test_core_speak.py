"""A flow speaks a text with values in it; whatever the synthesiser does, the caller goes on."""

from typing import Any

import pytest

from hotline.core import events as e
from hotline.core.events import InquiryOutcome
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.core.switching import Play
from tests.unit.core_bench import Bench, site

pytestmark = pytest.mark.req("TEL-4", "IVR-1")

MENU: dict[str, Any] = {
    "kind": "menu", "prompts": ["menu"], "choices": {"1": {"label": "", "next": "end"}}, "on_failure": "end",
}  # fmt: skip


def speaking(**fields: Any) -> Bench:
    """A flow that speaks, then asks."""
    speak = {
        "kind": "speak",
        "text": "号码${ani}，共${2}件",
        "fallback": ["welcome"],
        "next": "menu",
        **fields,
    }
    nodes = {"speak": speak, "menu": MENU, "end": {"kind": "hangup"}}
    return Bench(site(nodes))


def asked(bench: Bench) -> Inquire:
    """What the last input let the flow ask."""
    (question,) = bench.sent(Inquire)
    return question


def answer(bench: Bench, outcome: InquiryOutcome = InquiryOutcome.OK, **values: Any) -> None:
    """Answer the question of the last input."""
    tell(bench, asked(bench), outcome, **values)


def tell(bench: Bench, question: Inquire, outcome: InquiryOutcome = InquiryOutcome.OK, **values: Any) -> None:
    """Answer this question."""
    bench.tell(
        InquiryAnswered,
        call_id=question.call_id,
        inquiry_id=question.inquiry_id,
        outcome=outcome,
        values=values,
    )


def test_the_text_is_filled_in_made_and_heard() -> None:
    bench = speaking()
    call = bench.call_in("13900000001")
    assert asked(bench).arguments == {"text": "号码13900000001，共2件", "clauses": True, "voice": ""}
    answer(bench, path="speech/aa/x.wav", duration_ms=2000)
    assert bench.playing() == ("speech/aa/x.wav",)
    bench.heard(call)
    assert bench.playing() == ("menu",)


@pytest.mark.parametrize("outcome", [InquiryOutcome.FAILED, InquiryOutcome.TIMEOUT, InquiryOutcome.BUSY])
def test_where_nothing_can_be_spoken_the_fallback_is_heard(outcome: InquiryOutcome) -> None:
    bench = speaking()
    call = bench.call_in()
    answer(bench, outcome)
    assert bench.playing() == ("welcome",)
    bench.heard(call)
    assert bench.playing() == ("menu",)


def test_an_answer_that_makes_no_sense_counts_as_none() -> None:
    bench = speaking(fallback=[])
    bench.call_in()
    answer(bench, path=7)
    assert bench.playing() == ("menu",)


def test_a_key_ends_the_text_and_answers_the_menu() -> None:
    bench = speaking()
    call = bench.call_in()
    answer(bench, path="speech/aa/x.wav", duration_ms=2000)
    bench.press(call, "1")
    assert bench.last(e.KeysPressed).keys == "1"


def test_a_key_pressed_while_the_text_is_made_is_not_lost() -> None:
    bench = speaking()
    call = bench.call_in()
    question = asked(bench)
    bench.press(call, "1")
    assert not bench.of(e.KeysPressed)
    tell(bench, question, path="speech/aa/x.wav", duration_ms=2000)
    assert bench.last(e.KeysPressed).keys == "1"


def test_a_text_after_an_interrupted_menu_is_heard_at_once() -> None:
    """The key cut the menu short, so nothing plays any more that the answer would have to wait for."""
    menu = {**MENU, "choices": {"1": {"label": "", "next": "speak"}}}
    speak = {"kind": "speak", "text": "您好", "next": "end"}
    bench = Bench(site({"menu": menu, "speak": speak, "end": {"kind": "hangup"}}))
    call = bench.call_in()
    assert bench.playing() == ("menu",)
    bench.press(call, "1")
    answer(bench, path="speech/aa/x.wav", duration_ms=2000)
    assert bench.playing() == ("speech/aa/x.wav",)


def test_the_next_clause_is_made_while_one_is_heard() -> None:
    bench = speaking()
    call = bench.call_in()
    answer(bench, path="speech/aa/1.wav", duration_ms=1_000, more=["共两件，", "请查收。"])
    assert bench.playing() == ("speech/aa/1.wav",)
    assert asked(bench).arguments == {"text": "共两件，", "voice": ""}
    answer(bench, path="speech/aa/2.wav", duration_ms=1_000)
    assert not bench.sent(Play), "the second waits for the end of the first"
    bench.heard(call)
    assert bench.playing() == ("speech/aa/2.wav",)
    third = asked(bench)
    bench.heard(call)
    assert not bench.sent(Play), "the third is not made yet: silence, and the call waits"
    tell(bench, third, path="speech/aa/3.wav", duration_ms=1_000)
    assert bench.playing() == ("speech/aa/3.wav",)
    bench.heard(call)
    assert bench.playing() == ("menu",)


def test_a_key_ends_a_text_of_which_the_rest_is_being_made() -> None:
    bench = speaking()
    call = bench.call_in()
    answer(bench, path="speech/aa/1.wav", duration_ms=1_000, more=["共两件。"])
    late = asked(bench)
    bench.press(call, "1")
    assert bench.last(e.KeysPressed).keys == "1"
    tell(bench, late, path="speech/aa/2.wav", duration_ms=1_000)
    assert bench.last(e.KeysPressed).keys == "1"


def test_where_the_rest_cannot_be_made_the_fallback_ends_the_text() -> None:
    bench = speaking()
    call = bench.call_in()
    answer(bench, path="speech/aa/1.wav", duration_ms=1_000, more=["共两件。"])
    answer(bench, InquiryOutcome.FAILED)
    bench.heard(call)
    assert bench.playing() == ("welcome",)
    bench.heard(call)
    assert bench.playing() == ("menu",)
