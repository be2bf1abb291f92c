"""From a figure that another feature counts back to where it comes from: its counts, and what was counted."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.formula import Unit
from hotline.core.site import Site
from hotline.features.reports.asked import Asked
from hotline.features.reports.explaining import narrowed, offset_of
from hotline.features.reports.naming import GONE, Names
from hotline.features.reports.numbers import number, text
from hotline.features.reports.schemas import Counted, CountedCalls, Explanation, Side, Term
from hotline.platform.actor import Actor, make_cursor
from hotline.platform.errors import Invalid
from hotline.platform.own_reports import OwnCounting, OwnFigure, OwnItem, OwnQuestion, OwnReport


def question_of(report: OwnReport, asked: Asked, at: datetime | None, row: list[str]) -> OwnQuestion:
    """What a row of a report is about. Raises `Invalid`."""
    known = {one.key for one in report.dimensions}
    filters = {str(key): values for key, values in asked.filters.items()}
    for part in row:
        name, _, value = part.partition(":")
        filters[name] = (value,)
    for name in filters:
        if name not in known:
            raise Invalid("row", f"“{report.name}”的指标不能按此项分组或筛选")
    one = narrowed(asked, at, [])
    return OwnQuestion(start=one.start, end=one.end, now=one.now, filters=filters)


class OwnExplaining:
    """Explains one figure for one request."""

    def __init__(
        self, session: AsyncSession, actor: Actor, site: Site, report: OwnReport, figure: OwnFigure
    ) -> None:
        assert report.counting is not None
        self._session = session
        self._actor = actor
        self._names = Names(site)
        self._counting: OwnCounting = report.counting
        self._figure = figure
        self._words = report.told
        self._key = f"{report.family}_{figure.key}"

    async def explain(self, question: OwnQuestion) -> Explanation:
        """Return how the figure came about."""
        figure, unit = self._figure, Unit(self._figure.unit)
        lines = await self._counting.lines(self._session, self._actor, question)
        values = lines[0].values if lines else self._counting.nothing()
        terms = await self._counting.terms(self._session, self._actor, figure.key, question)
        return Explanation(
            figure=self._key,
            name=figure.name,
            unit=unit,
            words=figure.words,
            formula=figure.formula,
            variant="",
            variant_words=self._words,
            variants=[],
            start=question.start,
            end=question.end,
            value=number(unit, values[figure.key]),
            text=text(unit, values[figure.key]),
            terms=[
                Term(
                    measure=one.key,
                    words=one.words,
                    side=one.side,
                    factor=1,
                    count=one.count,
                    contributes=one.count,
                    listed=one.listed,
                )
                for one in terms
            ],
        )

    async def items(
        self, question: OwnQuestion, *, side: Side, cursor: str | None, limit: int
    ) -> CountedCalls:
        """Return a page of what the figure counts. Raises `Invalid`, `NotPermitted`."""
        offset = offset_of(cursor)
        found, total = await self._counting.items(
            self._session, self._actor, self._figure.key, question, side=side, offset=offset, limit=limit
        )
        people = {one.agent_id for one in found if one.agent_id}
        theirs = await self._counting.names(self._session, "agent", people)
        more = offset + len(found) < total
        return CountedCalls(
            figure=self._key,
            name=self._figure.name,
            total=total if cursor is None else None,
            next_cursor=make_cursor(str(offset + limit)) if more and found else None,
            items=[self._told(one, theirs.get(one.agent_id, "")) for one in found],
        )

    def _told(self, one: OwnItem, name: str) -> Counted:
        ours = self._names.of(Dimension.AGENT, one.agent_id) if one.agent_id else ""
        return Counted(
            at=one.at, table="ticket", parts={}, call_id=None, started_at=None, direction="", ani="", dnis="", hotline_name="",
            queue_name="", agent_name=name if ours == GONE else ours, business_type="", disposition="", disposition_name="",
            outcome=one.state, talk_s=None, wait_s=None, recorded=False, title=one.title, path=one.path,
        )  # fmt: skip
