"""The survey by SMS: when it is due, what stands in its way, and how it counts though the call is over."""

import dataclasses
from datetime import timedelta

import pytest

from hotline.adapters.statistics_sql.store import Store
from hotline.core import events as e
from hotline.core import requests
from hotline.core.call import Phase
from hotline.core.ids import AgentId, CallId, QueueId
from hotline.core.metrics import facts as f
from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.evaluate import evaluate
from hotline.core.metrics.folds import FactFold, Memory
from hotline.core.metrics.query import Query
from hotline.core.metrics.settling import NO_CALL, Settling
from hotline.core.site import Grade, Survey, SurveyLink, SurveyWay
from tests.unit.core_bench import CITY, START, SURVEY, Bench, queue, site

LINK = SurveyLink(text="{link}", question="满意吗", second="解决了吗", thanks="谢谢", valid_h=24)
BY_LINK = dataclasses.replace(SURVEY, way=SurveyWay.LINK, link=LINK)
WHEN_MISSED = dataclasses.replace(SURVEY, way=SurveyWay.LINK_WHEN_MISSED, link=LINK)
POOR = Grade(key="3", grade=3, label="不满意", satisfied=False)
UNSOLVED = Grade(key="2", grade=2, label="未解决", satisfied=False)


def talking(survey: Survey, ani: str = "13800000000") -> tuple[Bench, CallId]:
    bench = Bench(site(survey=survey, queues=[queue(survey=True)]))
    return bench, bench.talk(ani=ani)


@pytest.mark.req("IVR-5")
def test_by_sms_nothing_is_asked_in_the_call_and_the_message_is_due_at_its_end() -> None:
    bench, call = talking(BY_LINK)
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert not bench.of(e.SurveyInvited)
    (due,) = bench.of(e.SurveyLinkDue)
    assert (due.number, due.agent_id, due.queue_id) == ("13800000000", "1001", "advice")
    (ended,) = bench.of(e.CallEnded)
    assert ended.disposition is e.Disposition.AGENT_ANSWERED
    assert bench.events.index(due) < bench.events.index(ended)


@pytest.mark.req("IVR-5")
@pytest.mark.parametrize(
    "ani,why",
    [("", "withheld"), ("anonymous", "withheld"), ("01084000000", "not_mobile"), ("12345", "not_mobile")],
)
def test_who_cannot_get_a_message_is_sent_none_and_the_call_says_why(ani: str, why: str) -> None:
    bench, call = talking(BY_LINK, ani)
    bench.down(bench.citizen(call))
    assert not bench.of(e.SurveyLinkDue)
    assert [(one.sent, one.why) for one in bench.of(e.SurveyLinkSettled)] == [(False, why)]


@pytest.mark.req("IVR-5")
def test_who_hangs_up_before_the_spoken_question_gets_the_message() -> None:
    bench, call = talking(WHEN_MISSED)
    bench.down(bench.citizen(call))
    assert len(bench.of(e.SurveyLinkDue)) == 1


@pytest.mark.req("IVR-5")
def test_who_hangs_up_during_the_spoken_question_gets_the_message() -> None:
    bench, call = talking(WHEN_MISSED)
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    assert bench.call(call).phase is Phase.SURVEY
    bench.down(bench.citizen(call))
    assert len(bench.of(e.SurveyLinkDue)) == 1


@pytest.mark.req("IVR-5")
def test_who_answered_in_the_call_or_stayed_silent_to_its_end_gets_none() -> None:
    bench, call = talking(WHEN_MISSED)
    bench.ask(requests.HangUpCall, "1001", call_id=call)
    bench.press(call, "1")
    bench.down(bench.citizen(call))
    assert not bench.of(e.SurveyLinkDue)
    silent, call = talking(WHEN_MISSED)
    silent.ask(requests.HangUpCall, "1001", call_id=call)
    for _ in range(SURVEY.retries + 1):
        silent.heard(call)
        silent.fire("step")
    assert silent.of(e.CallEnded)
    assert not silent.of(e.SurveyLinkDue)


@pytest.mark.req("IVR-5")
def test_nobody_is_asked_who_talked_to_nobody() -> None:
    bench = Bench(site(survey=BY_LINK, queues=[queue(survey=True)]))
    call = bench.call_in()
    bench.down(bench.citizen(call))
    assert not bench.of(e.SurveyLinkDue) + bench.of(e.SurveyLinkSettled)


def rated(bench: Bench, call: CallId, hours: int, *grades: Grade) -> None:
    """The citizen answers on the page, hours after the call."""
    bench.at += timedelta(hours=hours)
    for told in (
        requests.LinkSettled(at=bench.at, authority_id=CITY, call_id=call),
        requests.LinkAnswered(
            at=bench.at,
            authority_id=CITY,
            call_id=call,
            grades=grades,
            served_by=AgentId("1001"),
            queue_id=QueueId("advice"),
        ),
    ):
        bench.took(bench.centre.handle(told))


FIGURES = (
    "survey_invited",
    "survey_answers",
    "survey_unsatisfied",
    "survey_grade_3",
    "survey_second_answers",
)
QUESTION = Query(
    measures=FIGURES,
    start=START - timedelta(hours=1),
    end=START + timedelta(hours=1),
    dimensions=(Dimension.HOTLINE, Dimension.CALLED),
)


@pytest.mark.req("IVR-5")
@pytest.mark.parametrize("hours", [0, 20])
def test_a_late_answer_counts_in_the_interval_of_its_call(hours: int) -> None:
    """Whether the call's after-call work still runs, or all of it was written down long ago."""
    bench, call = talking(BY_LINK)
    bench.down(bench.citizen(call))
    if hours:
        bench.fire("pause")
    rated(bench, call, hours, POOR, UNSOLVED)
    fold, settling, store = FactFold(), Settling(), Store(None)
    facts: list[f.Fact] = []
    for seq, event in enumerate(bench.events, 1):
        facts.extend(fold.apply(event))
        rows = settling.apply(event, seq)
        store.write(rows, watermark=seq, low_water=settling.low_water(seq + 1), memory=Memory())
    answers = [row for row in evaluate(QUESTION, facts) if row.counts["survey_answers"]]
    assert [tuple(row.counts[name] for name in FIGURES[1:]) for row in answers] == [(1, 1, 1, 1)]
    assert sum(row.counts["survey_invited"] or 0 for row in evaluate(QUESTION, facts)) == 1
    assert sorted(map(str, store.ask(QUESTION))) == sorted(map(str, evaluate(QUESTION, facts)))
    store.close()


def test_a_late_answer_to_a_call_that_nobody_knows_is_no_row() -> None:
    late = f.LateAnswer(
        call_id=CallId("gone"),
        question=1,
        authority_id=CITY,
        at=START,
        key="1",
        grade=1,
        label="满意",
        agent_id=None,
        queue_id=None,
    )
    store = Store(None)
    store.write(
        [(late, NO_CALL), (f.LateInvitation(call_id=CallId("gone")), NO_CALL)],
        watermark=1,
        low_water=1,
        memory=Memory(),
    )
    assert store.calls() == 0
    assert evaluate(QUESTION, [late, f.LateInvitation(call_id=CallId("gone"))]) == store.ask(QUESTION)
    store.close()
