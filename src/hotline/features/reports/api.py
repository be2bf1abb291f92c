"""Routes of the metric dictionary and the reports: catalogue, report, drill-down, explanation, own reports."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.dimensions import NAMES, Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.figures_live import DAY_FIGURES, LITTLE_IS_BAD, MOMENT_FIGURES
from hotline.core.metrics.formula import Figure
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.query import DIMENSIONS
from hotline.core.metrics.report import Report
from hotline.core.metrics.variant import OPTIONS, Option, Variant
from hotline.features.reports.answering import Control, Format, TheAnswers, TheStatistics, Wanted
from hotline.features.reports.asked import Asked, check
from hotline.features.reports.explaining import Explaining, narrowed
from hotline.features.reports.listings import LISTINGS, Listing
from hotline.features.reports.making import (
    CanView,
    StatisticsAway,
    asked_of,
    book_for,
    report_of,
)
from hotline.features.reports.own import moment_metric, own_dimensions, own_metrics, own_view
from hotline.features.reports.own_explaining import OwnExplaining, question_of
from hotline.features.reports.schemas import (
    Choice,
    CountedCalls,
    DimensionView,
    Explanation,
    MetricView,
    OptionView,
    QueryRequest,
    ReportAnswer,
    ReportView,
    SectionView,
    StatisticsView,
)
from hotline.features.reports.wording import formula_text
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.own_reports import figure_of, reports_of
from hotline.platform.permissions import Permission
from hotline.ports.call_control import CallControl
from hotline.ports.statistics import Statistics, StatisticsUnavailable

router = APIRouter(tags=["reports"])

CanRebuild = Annotated[Actor, Depends(require(Permission.STATISTICS_REBUILD))]


@router.get("/metrics")
async def list_metrics(_actor: CanView, platform: ThePlatform) -> list[MetricView]:
    """Return the metric dictionary: the figures of the statistics store, those that features count from their own tables, and those of the moment."""
    own = [view for report in reports_of(platform) for view in own_metrics(report)]
    return [*map(_metric, FIGURES.values()), *own, *map(moment_metric, MOMENT_FIGURES.values())]


def _metric(figure: Figure) -> MetricView:
    return MetricView(
        key=figure.key,
        name=figure.name,
        name_en=figure.name_en,
        unit=figure.unit,
        family=figure.family,
        words=figure.words,
        formula=formula_text(figure.formula(Variant())),
        dimensions=[one for one in Dimension if one in _dimensions(figure)],
        live="day" if figure.key in DAY_FIGURES else "",
        little_is_bad=figure.key in LITTLE_IS_BAD,
    )


def _dimensions(figure: Figure) -> frozenset[Dimension]:
    """By what a figure can be split: what all tables it is counted from know."""
    known = [DIMENSIONS[MEASURES[key].table] for key in figure.formula(Variant()).measures()]
    return frozenset.intersection(*known)


@router.get("/metrics/dimensions")
async def list_dimensions(_actor: CanView, platform: ThePlatform) -> list[DimensionView]:
    """Return by what figures can be split, those that features count too."""
    own = own_dimensions(reports_of(platform))
    views = [
        DimensionView(
            key=key,
            name=name,
            name_en=name_en,
            families=sorted(
                {one.family for one in FIGURES.values() if key in _dimensions(one)}
                | {one.family for one in reports_of(platform) if str(key) in {d.key for d in one.dimensions}}
            ),
        )
        for key, (name, name_en) in NAMES.items()
    ]
    return [*views, *(view for view in own if view.key not in NAMES)]


@router.get("/metrics/variant-options")
async def list_variant_options(_actor: CanView) -> list[OptionView]:
    """Return the choices that a variant (口径) consists of."""
    return [_option(one) for one in OPTIONS]


def _option(option: Option) -> OptionView:
    default = Variant().options()[option.key]
    kind = "flag" if isinstance(default, bool) else "choice" if option.choices else "number"
    return OptionView(
        key=option.key,
        name=option.name,
        about=option.about,
        kind=kind,
        default=default,
        choices=[Choice(value=value, name=name) for value, name in option.choices],
        min=option.least,
        max=option.most,
    )


@router.get("/reports")
async def list_reports(_actor: CanView, platform: ThePlatform) -> list[ReportView]:
    """Return the catalogue, in the order of its numbers."""
    views = [_report_view(one) for one in REPORTS.values()]
    views += [_listing_view(one) for one in LISTINGS.values()]
    views += [own_view(one) for one in reports_of(platform)]
    return sorted(views, key=lambda view: view.number)


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


@router.post("/reports/query", responses={200: {"model": ReportAnswer}}, response_model=ReportAnswer)
async def query_figures(
    query: QueryRequest,
    actor: CanView,
    answers: TheAnswers,
    platform: ThePlatform,
    format: Format = "json",  # noqa: A002 - the name in the address
) -> ReportAnswer | Response:
    """Return any figures of the dictionary by any dimensions (自定义报表), or that as a file."""
    return await answers.query(query, asked_of(query, actor, platform.clock()), format)


async def explaining(
    session: AsyncSession, actor: Actor, statistics: Statistics, control: CallControl, wanted: Asked
) -> Explaining:
    """The explainer for one request."""
    site = control.site()
    book, shown = await book_for(session, actor, site, wanted)
    return Explaining(statistics, site, book, shown)


def _narrowed(key: str, figure: str, wanted: Asked, at: datetime | None, row: list[str]) -> Asked:
    """Check and narrow what a row of a report asks for."""
    if figure not in FIGURES:
        raise NotFound(key=figure)
    if key != "query":
        report = report_of(key)
        if figure not in report.figures:
            raise Invalid("figure", f"报表“{report.name}”没有这一列")
        check(report, wanted)
    return narrowed(wanted, at, row)


Rows = Annotated[list[str], Query(max_length=8)]


@router.get("/reports/{key}/calls")
async def list_counted_calls(
    key: str,
    figure: str,
    wanted: Wanted,
    actor: Annotated[Actor, Depends(require(Permission.CALLS_READ))],
    session: ReadSession,
    statistics: TheStatistics,
    control: Control,
    platform: ThePlatform,
    at: datetime | None = None,
    row: Rows = [],  # noqa: B006 - FastAPI copies it
    part: Literal["numerator", "denominator"] = "numerator",
    measure: Annotated[str, Query(max_length=64)] = "",
    cursor: str | None = None,
    page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CountedCalls:
    """Return the rows that a figure on a row of a report counts, latest first, each with its call or its page."""
    if (own := figure_of(platform, figure)) is not None:
        question = question_of(own[0], wanted, at, row)
        theirs = OwnExplaining(session, actor, control.site(), *own)
        return await theirs.items(question, side=part, cursor=cursor, limit=page)
    explain = await explaining(session, actor, statistics, control, wanted)
    narrow = _narrowed(key, figure, wanted, at, row)
    try:
        return await explain.calls(figure, narrow, part=part, measure=measure, cursor=cursor, limit=page)
    except StatisticsUnavailable as away:
        raise StatisticsAway from away


@router.get("/reports/{key}/explain")
async def explain_figure(
    key: str,
    figure: str,
    wanted: Wanted,
    actor: CanView,
    session: ReadSession,
    statistics: TheStatistics,
    control: Control,
    platform: ThePlatform,
    at: datetime | None = None,
    row: Rows = [],  # noqa: B006 - FastAPI copies it
) -> Explanation:
    """Return how a figure on a row of a report came about: formula, variant and counts."""
    if (own := figure_of(platform, figure)) is not None:
        theirs = OwnExplaining(session, actor, control.site(), *own)
        return await theirs.explain(question_of(own[0], wanted, at, row))
    explain = await explaining(session, actor, statistics, control, wanted)
    try:
        return await explain.explain(figure, _narrowed(key, figure, wanted, at, row))
    except StatisticsUnavailable as away:
        raise StatisticsAway from away


def _report_view(report: Report) -> ReportView:
    return ReportView(
        key=report.key,
        number=report.number,
        name=report.name,
        name_en=report.name_en,
        about=report.about,
        kind="figures",
        sections=[SectionView(name=s.name, figures=list(s.figures)) for s in report.sections],
        grains=list(report.grains),
        dimensions=list(report.dimensions),
        filters=list(report.filters),
        group_by=list(report.group_by),
        grain=report.grain,
        sort=report.sort,
        charts=list(report.charts),
    )


def _listing_view(listing: Listing) -> ReportView:
    return ReportView(
        key=listing.key,
        number=listing.number,
        name=listing.name,
        name_en=listing.name_en,
        about=listing.about,
        kind="listing",
        sections=[],
        grains=[Grain.TOTAL],
        dimensions=[],
        filters=list(listing.filters),
        group_by=[],
        grain=Grain.TOTAL,
        sort="",
        charts=list(listing.charts),
    )
