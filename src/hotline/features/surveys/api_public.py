"""Routes of the survey's page for citizens: no account; the address that only they were sent is the key. Limited per address."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from starlette.requests import HTTPConnection

from hotline.features.surveys.answering import TOKEN_MAX, SurveyDesk
from hotline.features.surveys.schemas import SurveyPage, SurveyReply
from hotline.platform.access import Platform, ThePlatform, address_of, public
from hotline.platform.visitors import Visitors

router = APIRouter(prefix="/public/surveys", tags=["public"])

REQUESTS_MAX: Final = 60
_OPEN: Final = public("citizens have no account; the address sent to them by SMS opens one page, once")

Token = Annotated[str, Path(min_length=16, max_length=TOKEN_MAX, pattern=r"^[A-Za-z0-9_\-]+$")]


def _desk(platform: Platform, connection: HTTPConnection) -> SurveyDesk:
    visitors: _SurveyVisitors = platform.services.setdefault(_SurveyVisitors, _SurveyVisitors(REQUESTS_MAX))
    visitors.admit(address_of(connection), platform.clock())
    desk: SurveyDesk = platform.services.setdefault(SurveyDesk, SurveyDesk(platform))
    return desk


class _SurveyVisitors(Visitors):
    """Those of these pages."""


@router.get("/{token}", dependencies=[_OPEN])
async def get_survey_page(token: Token, connection: HTTPConnection, platform: ThePlatform) -> SurveyPage:
    """What is asked, or that it is answered or too late."""
    return await _desk(platform, connection).page(token)


@router.post("/{token}", status_code=204, dependencies=[_OPEN])
async def answer_survey(
    token: Token, reply: SurveyReply, connection: HTTPConnection, platform: ThePlatform
) -> None:
    """Rate the call; once."""
    await _desk(platform, connection).answer(token, reply)
