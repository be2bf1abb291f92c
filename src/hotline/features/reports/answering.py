"""Answer a request for a report: as data, or as a file with its entry in the audit trail."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.report import Report
from hotline.features.reports.asked import Asked
from hotline.features.reports.export import TYPES, file_of, sheet
from hotline.features.reports.making import CanView, StatisticsAway, asked, own_report, reports_for
from hotline.features.reports.own_making import OwnMaking, own_figures
from hotline.features.reports.schemas import QueryRequest, ReportAnswer
from hotline.features.reports.service import Reports
from hotline.features.reports.telling import AT_ONCE, in_pieces
from hotline.platform import audit
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, provided
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import NotPermitted
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl
from hotline.ports.statistics import Statistics, StatisticsUnavailable

TheStatistics = Annotated[Statistics, Depends(provided(Statistics))]
Control = Annotated[CallControl, Depends(provided(CallControl))]
Wanted = Annotated[Asked, Depends(asked)]
Format = Literal["json", "csv", "xlsx", "pdf"]


def require_export(actor: Actor, file_format: str) -> None:
    """Files need a right of their own. Raises `NotPermitted`."""
    if file_format != "json" and not actor.may(Permission.REPORTS_EXPORT):
        raise NotPermitted(permissions=[str(Permission.REPORTS_EXPORT)])


class Answering:
    """Makes and answers reports of columns for one request."""

    def __init__(
        self,
        actor: CanView,
        statistics: TheStatistics,
        control: Control,
        platform: ThePlatform,
        session: ReadSession,
        work: WriteWork,
    ) -> None:
        self._actor = actor
        self._statistics = statistics
        self._control = control
        self._platform: Platform = platform
        self._session: AsyncSession = session
        self._work: Work = work

    async def report(self, report: Report, wanted: Asked, file_format: Format) -> ReportAnswer | Response:
        """A report of the statistics store."""
        now = self._platform.clock()
        return await self._answer(
            report, wanted, file_format, lambda making: making.make(report, wanted, now)
        )

    async def query(
        self, query: QueryRequest, wanted: Asked, file_format: Format, key: str = "query"
    ) -> ReportAnswer | Response:
        """Figures of the dictionary put together, whoever counts them; under a key."""
        now, site = self._platform.clock(), self._control.site()

        async def make(reports: Reports) -> ReportAnswer:
            making = OwnMaking(self._platform, self._session, self._actor, reports, site)
            return await making.make(query, wanted, now, key)

        report = replace(own_report(query, own_figures(self._platform, query)), key=key)
        return await self._answer(report, wanted, file_format, make)

    async def _answer(
        self,
        report: Report,
        wanted: Asked,
        file_format: Format,
        make: Callable[[Reports], Awaitable[ReportAnswer]],
    ) -> ReportAnswer | Response:
        actor = self._actor
        require_export(actor, file_format)
        reports = await reports_for(self._session, actor, self._statistics, self._control.site(), wanted)
        try:
            answer = await make(reports)
        except StatisticsUnavailable as away:
            raise StatisticsAway from away
        if file_format == "json":
            return answer if len(answer.rows) <= AT_ONCE else await in_pieces(answer)
        file = sheet(answer, f"{actor.name}（{actor.username}）")
        content = await asyncio.to_thread(file_of, file, file_format)
        target = audit.Target(kind="report", id=report.key, name=report.name, authority_id=actor.authority_id)
        told = {"format": file_format, "variant": answer.variant}
        audit.record(self._work, actor, "reports.export", target, after=told)
        return Response(
            content,
            media_type=TYPES[file_format],
            headers={"Content-Disposition": f'attachment; filename="{report.key}.{file_format}"'},
        )


TheAnswers = Annotated[Answering, Depends()]
