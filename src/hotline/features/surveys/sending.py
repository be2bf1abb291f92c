"""Send the surveys that are due: one SMS a call with an address of its own, then tell the journal.

The address and the message are entered in one transaction, so that neither is there without the other. What the outbox refuses (a
number on its list, none that takes messages) is said on the call.
"""

import asyncio
import hashlib
import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final, cast

import structlog

from hotline.core.ids import AuthorityId, CallId
from hotline.core.requests import LinkSettled, Refused
from hotline.core.site import Site, Survey
from hotline.features.surveys.models import SurveyLink
from hotline.features.surveys.repository import SYSTEM, LinkRepository
from hotline.platform.access import Platform
from hotline.platform.database import Work
from hotline.platform.errors import DatabaseUnavailable
from hotline.ports.call_control import CallControl
from hotline.ports.sms import SmsPurpose, SmsRefused, SmsRequest, SmsSender

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY_S: Final = 5.0
TOKEN_BYTES: Final = 16
"""128 random bits: nobody guesses an address."""


def token_hash(token: str) -> str:
    """What is kept of an address."""
    return hashlib.sha256(token.encode()).hexdigest()


class LinkSender:
    """Sends while `run` runs; `work_off` does what is due now."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def run(self) -> None:
        """Work for ever."""
        while True:
            try:
                await self.work_off()
            except DatabaseUnavailable:
                pass
            except Exception:
                log.exception("survey_links_failed")
            await asyncio.sleep(LOOK_EVERY_S)

    async def work_off(self) -> int:
        """Send what is due and tell the journal; return how many links that were."""
        async with self._platform.database.reading() as session:
            waiting = [row.call_id for row in await LinkRepository(session, SYSTEM).unsettled()]
        for call_id in waiting:
            async with self._platform.database.writing() as work:
                row = await work.session.get(SurveyLink, call_id)
                assert row is not None, "links are not removed"
                if row.state == "due":
                    row.why = await self._send(work, row)
                    row.state = "refused" if row.why else "sent"
                    row.number = ""
                settled = LinkSettled(
                    at=self._platform.clock(),
                    authority_id=AuthorityId(row.authority_id),
                    call_id=CallId(row.call_id),
                    why=row.why,
                )
            await self._tell(settled)
        return len(waiting)

    async def _tell(self, settled: LinkSettled) -> None:
        control = cast("CallControl", self._platform.services[CallControl])
        try:
            await control.request(settled)
        except Refused as refused:  # the journal is told at the next look
            log.warning("survey_link_untold", why=refused.code, call_id=settled.call_id)

    async def _send(self, work: Work, row: SurveyLink) -> str:
        """Enter the message; return why it cannot be, or ""."""
        site = cast("CallControl", self._platform.services[CallControl]).site()
        survey, address = survey_for(site, row), self._platform.settings.public_address
        sender = cast("SmsSender | None", self._platform.services.get(SmsSender))
        if survey is None or survey.link is None:
            return "no_survey"
        if not address:
            return "no_address"
        if sender is None:
            return "no_sms"
        token = secrets.token_urlsafe(TOKEN_BYTES)
        link, now = survey.link, self._platform.clock()
        row.token_hash, row.page = token_hash(token), page_of(survey)
        row.expires_at = now + timedelta(hours=link.valid_h)
        text = link.text.replace("{link}", f"{address}/s/{token}").replace("{hours}", str(link.valid_h))
        request = SmsRequest(
            key=f"survey:{row.call_id}",
            to=row.number,
            text=text,
            purpose=SmsPurpose.SURVEY,
            authority_id=row.authority_id,
            reference_kind="call",
            reference_id=row.call_id,
            expires_at=row.expires_at,
        )
        try:
            await sender.send(request, session=work.session)
        except SmsRefused as refused:
            row.token_hash = row.page = row.expires_at = None
            return refused.code
        return ""


def survey_for(site: Site, row: SurveyLink) -> Survey | None:
    """Return the survey of the call's queue, or of its hotline, as it is set now."""
    queue = next((one for one in site.queues if one.id == row.queue_id), None)
    if queue is not None and queue.own_survey is not None:
        return queue.own_survey
    return next((one.survey for one in site.hotlines if one.id == row.hotline_id), None)


def page_of(survey: Survey) -> dict[str, Any]:
    """Return what the page asks, to be kept with the link."""
    assert survey.link is not None
    second = survey.second
    return {
        "question": survey.link.question,
        "grades": [asdict(grade) for grade in survey.grades],
        "second": None
        if second is None
        else {
            "question": survey.link.second,
            "grades": [asdict(grade) for grade in second.grades],
            "only_unsatisfied": second.only_unsatisfied,
        },
        "thanks": survey.link.thanks,
    }
