"""The satisfaction survey (服务评价) after a talk: ask, one key, perhaps a second question, thanks, end."""

from datetime import datetime

from hotline.core import events as e
from hotline.core.call import Call
from hotline.core.ending import end_call, say_and_end
from hotline.core.events import Party
from hotline.core.floor import Floor, later
from hotline.core.ids import PromptKey
from hotline.core.playing import play
from hotline.core.site import Grade, SecondQuestion, Survey, SurveyWay
from hotline.core.survey_link import survey_of

__all__ = ["ask", "begin", "digit", "prompt_over", "survey_of", "timed_out"]


def begin(floor: Floor, call: Call, at: datetime, survey: Survey, by: Party = Party.SYSTEM) -> None:
    """Invite the caller to rate; where that is done by SMS the call ends (`by`), and the message follows."""
    if survey.way is SurveyWay.LINK:
        end_call(floor, call, at, by)
        return
    floor.emit(
        e.SurveyInvited(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            agent_id=call.last_agent_id,
            queue_id=call.last_queue_id,
        )
    )
    call.digits = ""
    call.tries = 0
    ask(floor, call, at, survey)


def ask(floor: Floor, call: Call, at: datetime, survey: Survey, *, invalid: bool = False) -> None:
    """Play the question the caller has come to (or that the key was wrong)."""
    key = survey.invalid if invalid and survey.invalid is not None else _question(call, survey)[0]
    call.prompting = play(floor, call, (key,), at, stop_on_digit=True)
    if not call.prompting:
        floor.set_timer("step", call.call_id, later(at, survey.timeout_s))


def prompt_over(floor: Floor, call: Call, at: datetime) -> None:
    """The question has been heard: wait for the key."""
    survey = survey_of(floor, call)
    if survey is None:
        end_call(floor, call, at, Party.SYSTEM)
        return
    call.prompting = False
    floor.set_timer("step", call.call_id, later(at, survey.timeout_s))


def timed_out(floor: Floor, call: Call, at: datetime) -> None:
    """No key came."""
    if call.prompting:
        prompt_over(floor, call, at)
    else:
        _again(floor, call, at, invalid=False)


def digit(floor: Floor, call: Call, at: datetime, key: str) -> None:
    """The caller's answer."""
    survey = survey_of(floor, call)
    if survey is None or call.closing is not None:
        return
    grade = next((grade for grade in _question(call, survey)[1] if grade.key == key), None)
    if grade is None:
        _again(floor, call, at, invalid=True)
        return
    question = call.answered_questions + 1
    floor.emit(
        e.SurveyAnswered(
            at=at,
            authority_id=call.authority_id,
            call_id=call.call_id,
            question=question,
            key=key,
            grade=grade.grade,
            label=grade.label,
            agent_id=call.last_agent_id,
            queue_id=call.last_queue_id,
        )
    )
    if question == 1 and _goes_on(survey.second, grade):
        floor.cancel_timer("step", call.call_id)
        call.tries = 0
        ask(floor, call, at, survey)
    else:
        say_and_end(floor, call, at, (survey.thanks,))


def _question(call: Call, survey: Survey) -> tuple[PromptKey, tuple[Grade, ...]]:
    """Return what is asked now, and the answers."""
    if call.answered_questions and survey.second is not None:
        return survey.second.ask, survey.second.grades
    return survey.ask, survey.grades


def _goes_on(second: SecondQuestion | None, grade: Grade) -> bool:
    return second is not None and not (second.only_unsatisfied and grade.satisfied)


def _again(floor: Floor, call: Call, at: datetime, *, invalid: bool) -> None:
    survey = survey_of(floor, call)
    call.tries += 1
    if survey is not None and call.tries <= survey.retries:
        ask(floor, call, at, survey, invalid=invalid)
    elif survey is not None and call.answered_questions:
        say_and_end(floor, call, at, (survey.thanks,))  # the first answer counts
    else:
        end_call(floor, call, at, Party.SYSTEM)
