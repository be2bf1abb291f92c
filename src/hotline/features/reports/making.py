"""What every route about reports begins with: the variants in force, the report, the parameters of the address."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.dimensions import Dimension, Grain
from hotline.core.metrics.figures import FIGURES
from hotline.core.metrics.query import local_midnight
from hotline.core.metrics.report import Report, Section
from hotline.core.metrics.variant import Variant, parse_variant
from hotline.core.site import Site
from hotline.features.reports.asked import ROWS_MAX, Asked
from hotline.features.reports.counting import Book
from hotline.features.reports.models import DEFAULT
from hotline.features.reports.repository import Exclusions, Variants, book_of
from hotline.features.reports.schemas import QueryRequest, VariantUsed
from hotline.features.reports.service import Reports, Shown
from hotline.platform.access import ThePlatform, require
from hotline.platform.actor import Actor
from hotline.platform.errors import HotlineError, Invalid, NotFound
from hotline.platform.i18n import Text
from hotline.platform.permissions import Permission
from hotline.platform.times import moment
from hotline.ports.statistics import Statistics

CanView = Annotated[Actor, Depends(require(Permission.REPORTS_VIEW))]


class StatisticsAway(HotlineError):
    """The statistics process does not answer just now."""

    code, status = "statistics_unavailable", 503
    text: ClassVar[Text] = Text(
        "统计服务正在启动或重建，请稍后再试", "Statistics are starting; please try again"
    )


def report_of(key: str) -> Report:
    """A report of the catalogue. Raises `NotFound`."""
    report = REPORTS.get(key)
    if report is None:
        raise NotFound(key=key)
    return report


def own_report(wanted: QueryRequest, own: Collection[str] = ()) -> Report:
    """An own report as one of the catalogue; `own`: figures that features count.

    Raises:
        Invalid: a figure is not in the dictionary.
    """
    unknown = [key for key in wanted.figures if key not in FIGURES and key not in own]
    if unknown:
        raise Invalid("figures", f"指标字典里没有“{unknown[0]}”")
    return Report(
        key="query",
        number=21,
        name=wanted.name,
        name_en="Own report",
        about="",
        sections=(Section(name="", figures=tuple(dict.fromkeys(wanted.figures))),),
        dimensions=tuple(Dimension),
        filters=tuple(Dimension),
    )


def asked(  # noqa: PLR0917 - parameters of the address
    actor: CanView,
    platform: ThePlatform,
    start: Annotated[datetime | None, Query(alias="from")] = None,
    end: Annotated[datetime | None, Query(alias="to")] = None,
    grain: Grain = Grain.TOTAL,
    group_by: Annotated[list[Dimension], Query(max_length=4)] = [],  # noqa: B006 - FastAPI copies it
    hotline: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    queue: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    agent: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    called: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    caller: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    type: Annotated[list[str], Query(max_length=200)] = [],  # noqa: A002, B006 - the name in the address
    flow: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    node: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    state: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    reason: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006
    variant: Annotated[str, Query(max_length=400)] = "",
    compare: Annotated[str, Query(pattern="^(previous|year|)$")] = "",
    sort: Annotated[str, Query(max_length=64)] = "",
    limit: Annotated[int, Query(ge=1, le=ROWS_MAX)] = ROWS_MAX,
) -> Asked:
    """Read a report's parameters; without a period it is today, in local time."""
    filters = {
        Dimension.HOTLINE: hotline,
        Dimension.QUEUE: queue,
        Dimension.AGENT: agent,
        Dimension.CALLED: called,
        Dimension.CALLER: caller,
        Dimension.TYPE: type,
        Dimension.FLOW: flow,
        Dimension.NODE: node,
        Dimension.STATE: state,
        Dimension.REASON: reason,
    }
    return make_asked(
        actor,
        platform.clock(),
        start=start,
        end=end,
        grain=grain,
        group_by=group_by,
        filters=filters,
        variant=variant,
        compare=compare,
        sort=sort,
        limit=limit,
    )


def make_asked(
    actor: Actor,
    now: datetime,
    *,
    start: datetime | None,
    end: datetime | None,
    grain: Grain,
    group_by: Sequence[Dimension],
    filters: Mapping[Dimension, Sequence[str]],
    variant: str,
    compare: str,
    sort: str,
    limit: int,
) -> Asked:
    """Put parameters together. Raises `Invalid`."""
    today = local_midnight(now)
    try:
        parse_variant(variant)
    except ValueError as wrong:
        raise Invalid("variant", f"口径写法不正确：{wrong}") from wrong
    return Asked(
        start=moment(start) or today,
        end=moment(end) or today + timedelta(days=1),
        grain=grain,
        group_by=tuple(dict.fromkeys(group_by)),
        filters={dimension: tuple(values) for dimension, values in filters.items() if values},
        authorities=None if actor.authorities is None else tuple(sorted(actor.authorities)),
        variant=variant,
        compare=compare,
        sort=sort,
        limit=limit,
        now=now,
    )


def asked_of(wanted: QueryRequest, actor: Actor, now: datetime) -> Asked:
    """The parameters of an own report, as far as the statistics store knows them."""
    return make_asked(
        actor,
        now,
        start=wanted.start,
        end=wanted.end,
        grain=wanted.grain,
        group_by=[one for one in wanted.dimensions if isinstance(one, Dimension)],
        filters=wanted.filters,
        variant=wanted.variant,
        compare=wanted.compare,
        sort=wanted.sort,
        limit=wanted.limit,
    )


async def book_for(session: AsyncSession, actor: Actor, site: Site, asked: Asked) -> tuple[Book, Shown]:
    """The variants a report is counted by, and how they are printed."""
    rows = await Variants(session, actor).in_force(site.hotlines)
    book = book_of(rows, await Exclusions(session, actor).that_count())
    if asked.variant:
        variant = parse_variant(asked.variant)
        book = Book(default=variant, hotlines={}, exclusions=book.exclusions)
        used = [_used(None, "全部热线", variant, 0)]
        return book, Shown(text=used[0].text, words=used[0].words, used=used)
    names = {str(one.id): one.name for one in site.hotlines}
    default = rows.get(DEFAULT)
    groups = book.groups(asked.filters.get(Dimension.HOTLINE))
    used = [
        _used(hotline, names.get(hotline, "（已停用）"), variant, rows[hotline].version)
        for variant, members in groups
        if members is not None
        for hotline in sorted(members)
    ]
    rest = [variant for variant, members in groups if members is None]
    used[:0] = [
        _used(None, "其余热线" if used else "全部热线", variant, default.version if default else 0)
        for variant in rest
    ]
    texts = list(dict.fromkeys(one.text for one in used))
    text = texts[0] if len(texts) == 1 else "；".join(f"{one.hotline_name}：{one.text}" for one in used)
    words = (
        used[0].words if len(texts) == 1 else "　".join(f"【{one.hotline_name}】{one.words}" for one in used)
    )
    return book, Shown(text=text, words=words, used=used)


def _used(hotline_id: str | None, name: str, variant: Variant, version: int) -> VariantUsed:
    return VariantUsed(
        hotline_id=hotline_id, hotline_name=name, text=variant.text(), words=variant.words(), version=version
    )


async def reports_for(
    session: AsyncSession, actor: Actor, statistics: Statistics, site: Site, wanted: Asked
) -> Reports:
    """The maker of reports for one request."""
    book, shown = await book_for(session, actor, site, wanted)
    return Reports(statistics, site, book, shown)
