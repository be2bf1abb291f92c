"""Routes of listings (明细): single events, paged, or as a file."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.variant import Variant
from hotline.core.site import Site
from hotline.features.reports.api import Control, TheStatistics, Wanted
from hotline.features.reports.asked import Asked, check_period
from hotline.features.reports.counting import Book
from hotline.features.reports.explaining import offset_of
from hotline.features.reports.export import TYPES, file_of, listing_sheet
from hotline.features.reports.listings import (
    LISTINGS,
    TIMELINE_DAYS_MOST,
    TIMELINE_PIECES_MOST,
    Listing,
    detail_of,
    merged,
)
from hotline.features.reports.making import StatisticsAway, book_for
from hotline.features.reports.naming import Names
from hotline.features.reports.schemas import ListingAnswer
from hotline.features.reports.service import query_of
from hotline.platform import audit
from hotline.platform.access import ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.errors import Invalid, NotFound, NotPermitted
from hotline.platform.exports import DIRECT_MOST, ExportTooLong
from hotline.platform.permissions import Permission
from hotline.ports.statistics import Statistics, StatisticsUnavailable

router = APIRouter(prefix="/listings", tags=["reports"])

CanList = Annotated[Actor, Depends(require(Permission.CALLS_READ))]


class Listings:
    """Makes listings for one request."""

    def __init__(self, statistics: Statistics, site: Site, book: Book) -> None:
        self._statistics = statistics
        self._names = Names(site)
        self._book = book

    async def rows(
        self, listing: Listing, wanted: Asked, offset: int, limit: int, *, total: bool
    ) -> tuple[list[dict[str, Any]], int | None, bool]:
        """Return rows, how many there are, and whether more follow. Raises `Invalid`, `StatisticsUnavailable`."""
        _check(listing, wanted)
        base = query_of(wanted)
        variant = self._variant(wanted)
        if listing.key == "agent_timeline":
            detail = detail_of(listing, base, 0, TIMELINE_PIECES_MOST, variant, total=False)
            page = await self._statistics.detail(detail)
            if len(page.rows) >= TIMELINE_PIECES_MOST:
                raise Invalid("agent", "状态太多，请缩短时间或选择座席")
            cells = merged([listing.cells(row, self._names) for row in page.rows])
            return [{k: v for k, v in row.items() if k != "first"} for row in cells], len(cells), False
        page = await self._statistics.detail(
            detail_of(listing, base, offset, limit + 1, variant, total=total)
        )
        rows = [listing.cells(row, self._names) for row in page.rows[:limit]]
        return rows, page.total, len(page.rows) > limit

    def _variant(self, wanted: Asked) -> Variant:
        return self._book.groups(wanted.filters.get(Dimension.HOTLINE))[0][0]


def _check(listing: Listing, wanted: Asked) -> None:
    check_period(wanted.start, wanted.end)
    if listing.key == "agent_timeline" and wanted.end - wanted.start > timedelta(days=TIMELINE_DAYS_MOST):
        raise Invalid("to", f"时间线最长 {TIMELINE_DAYS_MOST} 天，请缩短范围")
    for dimension in wanted.filters:
        if dimension not in listing.filters:
            raise Invalid(dimension, f"“{listing.name}”不能按此项筛选")
    if wanted.grain is not Grain.TOTAL or wanted.group_by:
        raise Invalid("grain", "明细不分组")


@router.get("/{key}", responses={200: {"model": ListingAnswer}}, response_model=ListingAnswer)
async def get_listing(
    key: str,
    wanted: Wanted,
    actor: CanList,
    statistics: TheStatistics,
    control: Control,
    platform: ThePlatform,
    session: ReadSession,
    work: WriteWork,
    cursor: str | None = None,
    page: Annotated[int, Query(ge=1, le=500)] = 100,
    format: Literal["json", "csv", "xlsx", "pdf"] = "json",  # noqa: A002 - the name in the address
) -> ListingAnswer | Response:
    """Return a page of single events, latest first, or all of them as a file (20,000 at most, longer ones as a job)."""
    listing = LISTINGS.get(key)
    if listing is None:
        raise NotFound(key=key)
    if format != "json" and not actor.may(Permission.REPORTS_EXPORT):
        raise NotPermitted(permissions=[str(Permission.REPORTS_EXPORT)])
    book, _ = await book_for(session, actor, control.site(), wanted)
    listings = Listings(statistics, control.site(), book)
    offset = offset_of(cursor) if format == "json" else 0
    limit = page if format == "json" else DIRECT_MOST
    try:
        rows, total, more = await listings.rows(listing, wanted, offset, limit, total=cursor is None)
    except StatisticsUnavailable as away:
        raise StatisticsAway from away
    if format == "json":
        return ListingAnswer(
            key=key,
            name=listing.name,
            start=wanted.start,
            end=wanted.end,
            columns=listing.shown(),
            rows=[
                {k: v.total_seconds() if isinstance(v, timedelta) else v for k, v in row.items()}
                for row in rows
            ],
            next_cursor=make_cursor(str(offset + limit)) if more else None,
            total=total,
        )
    if more:
        raise ExportTooLong(count=total, most=DIRECT_MOST)
    maker = f"{actor.name}（{actor.username}）"
    file = listing_sheet(
        listing.name, listing.shown(), rows, (wanted.start, wanted.end), maker, platform.clock()
    )
    target = audit.Target(kind="report", id=key, name=listing.name, authority_id=actor.authority_id)
    audit.record(work, actor, "reports.export", target, after={"format": format, "count": len(rows)})
    return Response(
        await asyncio.to_thread(file_of, file, format),
        media_type=TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{key}.{format}"'},
    )
