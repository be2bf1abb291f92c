"""Take the citizen's answer on the page: once, before it expires, and only what was asked."""

import asyncio
from typing import Any, Final, Literal, cast

from hotline.core.ids import AgentId, AuthorityId, CallId, QueueId
from hotline.core.requests import LinkAnswered, Refused
from hotline.core.site import Grade
from hotline.features.surveys.models import SurveyLink
from hotline.features.surveys.repository import SYSTEM, LinkRepository
from hotline.features.surveys.schemas import SurveyPage, SurveyReply
from hotline.features.surveys.sending import token_hash
from hotline.platform.access import Platform
from hotline.platform.errors import Conflict, DatabaseUnavailable, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.ports.call_control import CallControl

TOKEN_MAX: Final = 64


class SurveyAnswered(Conflict):
    """One answer a call."""

    code = "survey_answered"
    text = Text("您已经评价过了，感谢您的参与", "You have answered already; thank you")


class SurveyExpired(Conflict):
    """Too late."""

    code = "survey_expired"
    text = Text("评价链接已过期", "The link has expired")


class SurveyDesk:
    """Reads pages and takes answers, one at a time."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._one_at_a_time = asyncio.Lock()

    async def page(self, token: str) -> SurveyPage:
        """The page of an address. Raises `NotFound`."""
        row = await self._link(token)
        state = self._state(row)
        if state != "open":
            return SurveyPage(state=state)
        return SurveyPage.model_validate({"state": state, **(row.page or {})})

    async def answer(self, token: str, reply: SurveyReply) -> None:
        """Take an answer; the link is used up once it is in the journal.

        Raises:
            NotFound: no such address.
            SurveyAnswered, SurveyExpired: it is not open.
            Invalid: a key that is no answer.
        """
        async with self._one_at_a_time:
            row = await self._link(token)
            match self._state(row):
                case "answered":
                    raise SurveyAnswered
                case "expired":
                    raise SurveyExpired
                case _:
                    await self._tell(row, _chosen(row.page or {}, reply))

    async def _tell(self, row: SurveyLink, grades: tuple[Grade, ...]) -> None:
        control = cast("CallControl", self._platform.services[CallControl])
        told = LinkAnswered(
            at=self._platform.clock(),
            authority_id=AuthorityId(row.authority_id),
            call_id=CallId(row.call_id),
            grades=grades,
            served_by=AgentId(row.agent_id) if row.agent_id else None,
            queue_id=QueueId(row.queue_id) if row.queue_id else None,
        )
        try:
            await control.request(told)
        except Refused as refused:
            raise DatabaseUnavailable from refused

    async def _link(self, token: str) -> SurveyLink:
        async with self._platform.database.reading() as session:
            row = await LinkRepository(session, SYSTEM).of_token(token_hash(token[:TOKEN_MAX]))
        if row is None:
            raise NotFound
        return row

    def _state(self, row: SurveyLink) -> Literal["open", "answered", "expired"]:
        if row.state == "answered":
            return "answered"
        expired = row.expires_at is None or self._platform.clock() >= row.expires_at
        return "expired" if expired else "open"


def _chosen(page: dict[str, Any], reply: SurveyReply) -> tuple[Grade, ...]:
    first = _grade(page["grades"], reply.grade, "grade")
    second: dict[str, Any] | None = page["second"]
    asked = second is not None and not (second["only_unsatisfied"] and first.satisfied)
    if reply.second is None or second is None or not asked:
        return (first,)
    return first, _grade(second["grades"], reply.second, "second")


def _grade(grades: list[dict[str, Any]], key: str, field: str) -> Grade:
    found = next((one for one in grades if one["key"] == key), None)
    if found is None:
        raise Invalid(field, "没有这个选项")
    return Grade(**found)
