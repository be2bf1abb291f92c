"""The route of every report of the catalogue: figures by interval and dimension, single events, or what another feature counts."""

from dataclasses import replace

from fastapi import APIRouter, Response

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.dimensions import Grain
from hotline.features.reports.answering import Format, TheAnswers, Wanted
from hotline.features.reports.api_listings import PAGE, PageSize, TheListings
from hotline.features.reports.asked import Asked
from hotline.features.reports.listings import LISTINGS
from hotline.features.reports.making import CanView
from hotline.features.reports.schemas import ListingAnswer, QueryRequest, ReportAnswer
from hotline.platform.access import ThePlatform
from hotline.platform.errors import NotFound
from hotline.platform.own_reports import OwnReport, reports_of

router = APIRouter(tags=["reports"])

AnyReport = ReportAnswer | ListingAnswer


@router.get("/reports/{key}", responses={200: {"model": AnyReport}}, response_model=AnyReport)
async def get_report(
    key: str,
    wanted: Wanted,
    actor: CanView,
    answers: TheAnswers,
    listings: TheListings,
    platform: ThePlatform,
    cursor: str | None = None,
    page: PageSize = PAGE,
    format: Format = "json",  # noqa: A002 - the name in the address
) -> AnyReport | Response:
    """Return a report of the catalogue, or the report as a file. `cursor` and `page` are for single events; these have no grain."""
    if key in REPORTS:
        return await answers.report(REPORTS[key], wanted, format)
    if key in LISTINGS:
        whole = replace(wanted, grain=Grain.TOTAL)
        return await listings.answer(actor, LISTINGS[key], whole, cursor, page, format)
    own = next((one for one in reports_of(platform) if one.key == key), None)
    if own is None:
        raise NotFound(key=key)
    return await answers.query(_of_feature(own, wanted), wanted, format, own.key)


def _of_feature(report: OwnReport, wanted: Asked) -> QueryRequest:
    """The report of another feature, as its figures put together."""
    return QueryRequest(
        name=report.name,
        figures=[f"{report.family}_{figure.key}" for figure in report.figures],
        dimensions=list(wanted.group_by),
        grain=wanted.grain,
    )
