"""Routes of listings (明细): single events, paged, or as a file."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.variant import Variant
from hotline.core.site import Site
from hotline.features.reports.answering import Control, Format, TheStatistics, Wanted, require_export
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
from hotline.platform.access import Platform, ReadSession, ThePlatform, WriteWork, require
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound, NotPermitted
from hotline.platform.exports import DIRECT_MOST, ExportTooLong
from hotline.platform.permissions import Permission
from hotline.ports.statistics import Statistics, StatisticsUnavailable

router = APIRouter(prefix="/listings", tags=["reports"])

CanList = Annotated[Actor, Depends(require(Permission.CALLS_READ))]
PageSize = Annotated[int, Query(ge=1, le=500)]
PAGE = 100
"""Rows of a listing at once, where nothing else is asked for."""


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


class ListingAnswers:
    """Answers listings for one request."""

    def __init__(
        self,
        statistics: TheStatistics,
        control: Control,
        platform: ThePlatform,
        session: ReadSession,
        work: WriteWork,
    ) -> None:
        self._statistics = statistics
        self._control = control
        self._platform: Platform = platform
        self._session: AsyncSession = session
        self._work: Work = work

    async def answer(
        self,
        actor: Actor,
        listing: Listing,
        wanted: Asked,
        cursor: str | None,
        page: int,
        file_format: Format,
    ) -> ListingAnswer | Response:
        """A page of single events, or all of them as a file.

        Raises:
            NotPermitted: the actor may not read calls, or may not export.
            Invalid: what a listing does not know was asked for.
            ExportTooLong: a file of more than `DIRECT_MOST` rows.
        """
        if not actor.may(Permission.CALLS_READ):
            raise NotPermitted(permissions=[str(Permission.CALLS_READ)])
        require_export(actor, file_format)
        book, shown = await book_for(self._session, actor, self._control.site(), wanted)
        listings = Listings(self._statistics, self._control.site(), book)
        offset = offset_of(cursor) if file_format == "json" else 0
        limit = page if file_format == "json" else DIRECT_MOST
        try:
            rows, total, more = await listings.rows(listing, wanted, offset, limit, total=cursor is None)
        except StatisticsUnavailable as away:
            raise StatisticsAway from away
        if file_format != "json":
            if more:
                raise ExportTooLong(count=total, most=DIRECT_MOST)
            return await self._file(actor, listing, wanted, rows, file_format)
        return ListingAnswer(
            key=listing.key,
            name=listing.name,
            start=wanted.start,
            end=wanted.end,
            variant=shown.text,
            columns=listing.shown(),
            rows=[
                {k: v.total_seconds() if isinstance(v, timedelta) else v for k, v in row.items()}
                for row in rows
            ],
            next_cursor=make_cursor(str(offset + limit)) if more else None,
            total=total,
            totals={"count": total},
        )

    async def _file(
        self,
        actor: Actor,
        listing: Listing,
        wanted: Asked,
        rows: list[dict[str, Any]],
        file_format: Literal["csv", "xlsx", "pdf"],
    ) -> Response:
        maker, period = f"{actor.name}（{actor.username}）", (wanted.start, wanted.end)
        file = listing_sheet(listing.name, listing.shown(), rows, period, maker, self._platform.clock())
        target = audit.Target(
            kind="report", id=listing.key, name=listing.name, authority_id=actor.authority_id
        )
        told = {"format": file_format, "count": len(rows)}
        audit.record(self._work, actor, "reports.export", target, after=told)
        return Response(
            await asyncio.to_thread(file_of, file, file_format),
            media_type=TYPES[file_format],
            headers={"Content-Disposition": f'attachment; filename="{listing.key}.{file_format}"'},
        )


TheListings = Annotated[ListingAnswers, Depends()]


@router.get("/{key}", responses={200: {"model": ListingAnswer}}, response_model=ListingAnswer)
async def get_listing(
    key: str,
    wanted: Wanted,
    actor: CanList,
    listings: TheListings,
    cursor: str | None = None,
    page: PageSize = PAGE,
    format: Format = "json",  # noqa: A002 - the name in the address
) -> ListingAnswer | Response:
    """Return a page of single events, latest first, or all of them as a file (20,000 at most, longer ones as a job)."""
    if key not in LISTINGS:
        raise NotFound(key=key)
    return await listings.answer(actor, LISTINGS[key], wanted, cursor, page, format)
