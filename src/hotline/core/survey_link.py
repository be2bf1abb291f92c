"""The survey by SMS (短信评价): whether a call that ends is to be rated on a page, and what becomes of that after its end.

What is sent, and the page itself, are the application's; the core says that it is due, and writes down what it is told.
"""

from datetime import datetime

from hotline.core import events as e
from hotline.core.call import Call
from hotline.core.floor import Floor
from hotline.core.ids import AuthorityId, CallId
from hotline.core.numbers import mobile_number
from hotline.core.requests import LinkAnswered, LinkSettled
from hotline.core.site import Survey, SurveyWay


def survey_of(floor: Floor, call: Call) -> Survey | None:
    """Return the survey this caller is to be asked: the hotline or the queue has one, the queue wants it, an agent talked to them.

    Who is called back in their kept place is asked as if they had waited.
    """
    hotline = floor.index.hotlines.get(call.hotline_id) if call.hotline_id is not None else None
    asked = call.direction is e.Direction.INBOUND or call.callback is not None
    if hotline is None or not asked or not call.talks:
        return None
    queue = floor.queue_of(call.last_queue_id)
    if queue is None:
        return hotline.survey
    return (queue.own_survey or hotline.survey) if queue.survey else None


def at_end(floor: Floor, call: Call, at: datetime, by: e.Party) -> None:
    """Say that the survey is due by SMS, if it is: the call ends now (ended `by`) and nobody rated it."""
    survey = survey_of(floor, call)
    if survey is None or call.answered_questions:
        return
    missed = survey.way is SurveyWay.LINK_WHEN_MISSED and by is e.Party.CITIZEN
    if survey.way is not SurveyWay.LINK and not missed:
        return
    number = call.callback.number if call.callback is not None else call.ani
    mobile = mobile_number(number)
    if mobile and not call.web:
        floor.emit(
            e.SurveyLinkDue(
                at=at,
                authority_id=call.authority_id,
                call_id=call.call_id,
                number=mobile,
                hotline_id=call.hotline_id,
                agent_id=call.last_agent_id,
                queue_id=call.last_queue_id,
            )
        )
    else:
        why = "not_mobile" if any(sign.isdigit() for sign in number) else "withheld"
        _settled(floor, call.authority_id, call.call_id, at, why)


def link_settled(floor: Floor, request: LinkSettled) -> None:
    """The application sent the message, or could not."""
    _settled(floor, request.authority_id, request.call_id, request.at, request.why)


def _settled(floor: Floor, authority_id: AuthorityId, call_id: CallId, at: datetime, why: str) -> None:
    floor.emit(e.SurveyLinkSettled(at=at, authority_id=authority_id, call_id=call_id, sent=not why, why=why))


def link_answered(floor: Floor, request: LinkAnswered) -> None:
    """The citizen rated on the page. That it is done once is the application's care."""
    for number, grade in enumerate(request.grades, 1):
        floor.emit(
            e.SurveyAnswered(
                at=request.at,
                authority_id=request.authority_id,
                call_id=request.call_id,
                question=number,
                key=grade.key,
                grade=grade.grade,
                label=grade.label,
                agent_id=request.served_by,
                queue_id=request.queue_id,
                link=True,
            )
        )
