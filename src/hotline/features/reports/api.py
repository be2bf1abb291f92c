"""Routes of the metric dictionary and the reports."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, Query, Response

from hotline.core.metrics.catalogue import REPORTS, Dimension, Grain, Report
from hotline.core.metrics.figures import FIGURES, Formula, Terms, Variant, parse_variant
from hotline.core.metrics.query import local_midnight
from hotline.features.reports.export import sheet
from hotline.features.reports.schemas import MetricView, ReportAnswer, ReportView, SectionView, StatisticsView
from hotline.features.reports.service import Asked, Reports
from hotline.platform import audit
from hotline.platform.access import ThePlatform, WriteWork, provided, require
from hotline.platform.actor import Actor
from hotline.platform.errors import HotlineError, Invalid, NotFound, NotPermitted
from hotline.platform.i18n import Text
from hotline.platform.permissions import Permission
from hotline.platform.tabular import CSV_TYPE, XLSX_TYPE, to_csv, to_xlsx
from hotline.platform.times import moment
from hotline.ports.call_control import CallControl
from hotline.ports.statistics import Statistics, StatisticsUnavailable

router = APIRouter(tags=["reports"])

CanView = Annotated[Actor, Depends(require(Permission.REPORTS_VIEW))]
CanRebuild = Annotated[Actor, Depends(require(Permission.STATISTICS_REBUILD))]
TheStatistics = Annotated[Statistics, Depends(provided(Statistics))]
Control = Annotated[CallControl, Depends(provided(CallControl))]


class StatisticsAway(HotlineError):
    """The statistics process does not answer just now."""

    code, status = "statistics_unavailable", 503
    text: ClassVar[Text] = Text(
        "统计服务正在启动或重建，请稍后再试", "Statistics are starting; please try again"
    )


@router.get("/metrics")
async def list_metrics(_actor: CanView) -> list[MetricView]:
    """Return the metric dictionary."""
    return [
        MetricView(
            key=figure.key,
            name=figure.name,
            name_en=figure.name_en,
            unit=figure.unit,
            family=figure.family,
            words=figure.words,
            formula=_formula_text(figure.formula(Variant())),
        )
        for figure in FIGURES.values()
    ]


@router.get("/reports")
async def list_reports(_actor: CanView) -> list[ReportView]:
    """Return the catalogue."""
    return [_report_view(report) for report in REPORTS.values()]


@router.get("/statistics")
async def get_statistics(_actor: CanView, statistics: TheStatistics) -> StatisticsView:
    """Return how far the statistics are."""
    try:
        return StatisticsView.model_validate(await statistics.status())
    except StatisticsUnavailable as away:
        raise StatisticsAway from away


@router.post("/statistics/rebuild", status_code=202)
async def rebuild_statistics(actor: CanRebuild, statistics: TheStatistics, work: WriteWork) -> None:
    """Drop the store and begin again from the journal; `GET /statistics` shows progress."""
    try:
        await statistics.rebuild()
    except StatisticsUnavailable as away:
        raise StatisticsAway from away
    target = audit.Target(kind="statistics", id="", name="统计库", authority_id=actor.authority_id)
    audit.record(work, actor, "statistics.rebuild", target)


def asked(
    actor: CanView,
    platform: ThePlatform,
    start: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
    grain: Grain = Grain.TOTAL,
    group_by: Annotated[list[Dimension], Query()] = [],  # noqa: B006 - FastAPI copies it
    hotline: Annotated[list[str], Query()] = [],  # noqa: B006
    queue: Annotated[list[str], Query()] = [],  # noqa: B006
    agent: Annotated[list[str], Query()] = [],  # noqa: B006
    called: Annotated[list[str], Query()] = [],  # noqa: B006
    variant: Annotated[str, Query(max_length=300)] = "",
) -> Asked:
    """Read a report's parameters; without a period it is today, in local time."""
    now = platform.clock()
    today = local_midnight(now)
    try:
        chosen = parse_variant(variant)
    except ValueError as wrong:
        raise Invalid("variant", f"口径写法不正确：{wrong}") from wrong
    filters = {
        Dimension.HOTLINE: hotline,
        Dimension.QUEUE: queue,
        Dimension.AGENT: agent,
        Dimension.CALLED: called,
    }
    return Asked(
        start=moment(start) or today,
        end=moment(end) or today + timedelta(days=1),
        grain=grain,
        group_by=tuple(dict.fromkeys(group_by)),
        filters={dimension: tuple(values) for dimension, values in filters.items() if values},
        variant=chosen,
        authorities=None if actor.authorities is None else tuple(sorted(actor.authorities)),
    )


@router.get("/reports/{key}", responses={200: {"model": ReportAnswer}}, response_model=ReportAnswer)
async def get_report(
    key: str,
    wanted: Annotated[Asked, Depends(asked)],
    actor: CanView,
    statistics: TheStatistics,
    control: Control,
    platform: ThePlatform,
    work: WriteWork,
    format: Literal["json", "csv", "xlsx"] = "json",  # noqa: A002 - the name in the address
) -> ReportAnswer | Response:
    """Return a report, or the report as a file."""
    report = REPORTS.get(key)
    if report is None:
        raise NotFound(key=key)
    if format != "json" and not actor.may(Permission.REPORTS_EXPORT):
        raise NotPermitted(permissions=[str(Permission.REPORTS_EXPORT)])
    try:
        answer = await Reports(statistics, control.site()).make(report, wanted, platform.clock())
    except StatisticsUnavailable as away:
        raise StatisticsAway from away
    if format == "json":
        return answer
    file = sheet(answer, f"{actor.name}（{actor.username}）")
    content = await asyncio.to_thread(to_csv if format == "csv" else to_xlsx, file)
    target = audit.Target(kind="report", id=key, name=report.name, authority_id=actor.authority_id)
    audit.record(work, actor, "reports.export", target, after={"format": format, "variant": answer.variant})
    return Response(
        content,
        media_type=CSV_TYPE if format == "csv" else XLSX_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{key}.{format}"'},
    )


def _report_view(report: Report) -> ReportView:
    return ReportView(
        key=report.key,
        number=report.number,
        name=report.name,
        name_en=report.name_en,
        about=report.about,
        sections=[SectionView(name=s.name, figures=list(s.figures)) for s in report.sections],
        grains=list(report.grains),
        dimensions=list(report.dimensions),
        charts=list(report.charts),
    )


def _formula_text(formula: Formula) -> str:
    top = _terms(formula.numerator)
    return top if formula.denominator is None else f"({top}) / ({_terms(formula.denominator)})"


def _terms(terms: Terms) -> str:
    signs = {1: "+", -1: "-"}
    return " ".join(f"{signs[factor]} {key}" for key, factor in terms.items()).removeprefix("+ ")
