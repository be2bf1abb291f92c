"""The survey's second question, a queue's own survey, and what a waiting caller hears in turn."""

import dataclasses

import pytest

from hotline.core import events as e
from hotline.core import requests
from hotline.core.ids import PromptKey
from hotline.core.site import Grade, SecondQuestion, Survey
from tests.unit.core_bench import SURVEY, Bench, queue, site

SECOND = SecondQuestion(
    ask=PromptKey("menu"),
    grades=tuple(Grade(key=key, grade=n, label=key, satisfied=n == 1) for n, key in enumerate("89", 1)),
)
BOTH = dataclasses.replace(SURVEY, second=SECOND)


def asked(survey: Survey, **settings: object) -> tuple[Bench, str]:
    """A citizen whose agent has hung up."""
    bench = Bench(site(survey=survey, queues=[queue(survey=True, **settings)]))
    call = bench.talk()
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    return bench, call


@pytest.mark.req("IVR-5")
def test_the_second_question_has_keys_and_words_of_its_own() -> None:
    bench, call = asked(BOTH)
    bench.press(call, "1")
    assert bench.playing() == ("menu",)
    bench.press(call, "1")  # the first question's key
    assert bench.playing() == ("survey_invalid",)
    bench.press(call, "9")
    assert bench.playing() == ("survey_thanks",)
    answers = bench.of(e.SurveyAnswered)
    assert [(a.question, a.key, a.grade, a.label) for a in answers] == [
        (1, "1", 1, "grade 1"),
        (2, "9", 2, "9"),
    ]
    assert {a.agent_id for a in answers} == {"1001"}


@pytest.mark.req("IVR-5")
@pytest.mark.parametrize("key,heard", [("2", "survey_thanks"), ("3", "menu")])
def test_the_second_question_may_be_for_the_unsatisfied_only(key: str, heard: str) -> None:
    second = dataclasses.replace(SECOND, only_unsatisfied=True)
    bench, call = asked(dataclasses.replace(SURVEY, second=second))
    bench.press(call, key)
    assert bench.playing() == (heard,)


@pytest.mark.req("IVR-5")
def test_who_leaves_the_second_question_unanswered_is_thanked_for_the_first() -> None:
    bench, call = asked(BOTH)
    bench.press(call, "1")
    for _ in range(BOTH.retries + 1):
        bench.heard(call)
        bench.fire("step")
    assert bench.playing() == ("survey_thanks",)
    assert [a.question for a in bench.of(e.SurveyAnswered)] == [1]


@pytest.mark.req("IVR-5")
def test_a_queue_asks_its_own_survey() -> None:
    own = dataclasses.replace(SURVEY, ask=PromptKey("menu"))
    bench, _ = asked(SURVEY, own_survey=own)
    assert bench.playing() == ("menu",)


@pytest.mark.req("ACD-2")
def test_messages_of_a_queue_are_told_in_turn_and_its_music_runs_through_all_pieces() -> None:
    waiting = queue(
        announce_position=False,
        message_every_s=20.0,
        further_messages=(PromptKey("welcome"),),
        further_music=(PromptKey("goodbye"),),
    )
    bench = Bench(site(queues=[waiting]))
    call = bench.call_in()
    heard: list[tuple[str, ...]] = []
    for _ in range(3):
        heard.append(bench.playing())
        bench.heard(call)
        assert bench.playing() == ("music", "goodbye")
        bench.fire("step")
    assert heard == [("queue_waiting",), ("welcome",), ("queue_waiting",)]
