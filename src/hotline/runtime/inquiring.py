"""Have the questions of flows answered: each in a task of its own, in time, not too many at once, and always with an outcome."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from hotline.core.events import InquiryOutcome
from hotline.core.expression_values import bounded
from hotline.core.inquiry_messages import Inquire, InquiryAnswered
from hotline.ports.inquiries import Answer, Services

log = structlog.stdlib.get_logger(__name__)

AT_ONCE_MAX = 200
"""Questions under way together; beyond it callers hear at once that it is busy."""
_WHAT_MAX = 120


class Inquirers:
    """`begin` returns at once; `answered` hears of every question exactly once, unless `close` comes first."""

    def __init__(
        self,
        services: Services,
        answered: Callable[[InquiryAnswered], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._services = services
        self._answered = answered
        self._now = now
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, inquiry: Inquire) -> None:
        """Have a question answered."""
        task = asyncio.create_task(self._work(inquiry), name=f"inquiry-{inquiry.inquiry_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let go of what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, inquiry: Inquire) -> None:
        if len(self._tasks) > AT_ONCE_MAX:
            answer = Answer(outcome=InquiryOutcome.BUSY, what="too many at once")
        else:
            answer = await answer_of(self._services, inquiry)
        await self._answered(
            InquiryAnswered(
                at=self._now(),
                call_id=inquiry.call_id,
                inquiry_id=inquiry.inquiry_id,
                outcome=answer.outcome,
                values=answer.values,
                what=answer.what,
            )
        )


async def answer_of(services: Services, inquiry: Inquire) -> Answer:
    """Return the answer to one question, whatever happens, with its values kept small."""
    service = services.get(inquiry.service)
    if service is None:
        return Answer(outcome=InquiryOutcome.FAILED, what="no such service")
    try:
        async with asyncio.timeout(inquiry.timeout_s):
            answer = await service.ask(inquiry)
    except TimeoutError:
        return Answer(outcome=InquiryOutcome.TIMEOUT)
    except Exception as error:  # noqa: BLE001 - whatever a service raises, the caller is led on
        log.error(  # noqa: TRY400 - a traceback could carry what was asked with
            "inquiry_failed",
            call_id=inquiry.call_id,
            service=inquiry.service,
            source=inquiry.name,
            why=type(error).__name__,
        )
        return Answer(outcome=InquiryOutcome.FAILED, what="service failed")
    values = bounded(answer.values, depth=8)
    return Answer(outcome=answer.outcome, values=values or {}, what=answer.what[:_WHAT_MAX])
