"""Queries of variants, exclusions and own reports, scoped by the actor's authorities."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.query import Exclusion
from hotline.core.metrics.variant import Variant, parse_variant
from hotline.features.reports.counting import Book
from hotline.features.reports.models import DEFAULT, MetricExclusion, MetricVariant, OwnReport
from hotline.platform.actor import Actor, Repository
from hotline.platform.errors import NotFound
from hotline.platform.people import Role

STANDARD = Variant()


class Variants(Repository[MetricVariant]):
    """Versions of variants."""

    model = MetricVariant

    async def in_force(self) -> dict[str, MetricVariant]:
        """The latest version of each hotline, and of the default."""
        rows = await self.all(order_by=[MetricVariant.version])
        return {row.hotline_id: row for row in rows}

    async def versions(self, hotline_id: str) -> Sequence[MetricVariant]:
        """Every version of one hotline's variant, latest first."""
        return await self.all(MetricVariant.hotline_id == hotline_id, order_by=[MetricVariant.version.desc()])


class Exclusions(Repository[MetricExclusion]):
    """What does not count."""

    model = MetricExclusion

    async def in_order(self) -> Sequence[MetricExclusion]:
        """All in sight, latest first."""
        return await self.all(order_by=[MetricExclusion.created_at.desc(), MetricExclusion.id])


class OwnReports(Repository[OwnReport]):
    """Own reports: one's own, and those that others share with one's role."""

    model = OwnReport

    async def readable(self) -> Sequence[OwnReport]:
        """Those the actor may open: their own first, then by name."""
        rows = await self.all(order_by=[OwnReport.name, OwnReport.id])
        found = [row for row in rows if may_open(row, self.actor)]
        return sorted(found, key=lambda row: row.owner_id != self.actor.user_id)

    async def openable(self, report_id: str) -> OwnReport:
        """One that the actor may open. Raises `NotFound`."""
        row = await self.require(report_id)
        if not may_open(row, self.actor):
            raise NotFound(id=report_id)
        return row

    async def mine(self, report_id: str) -> OwnReport:
        """One of the actor's own. Raises `NotFound`, for those of others too."""
        row = await self.require_to_change(report_id)
        if row.owner_id != self.actor.user_id:
            raise NotFound(id=report_id)
        return row


def may_open(row: OwnReport, actor: Actor) -> bool:
    """Whether a report in sight is one's own, or shared with one's role."""
    return row.owner_id == actor.user_id or (row.shared and (not row.roles or actor.role in row.roles))


async def roles_with(session: AsyncSession, permission: str) -> Sequence[Role]:
    """The roles that hold a permission, by name."""
    rows = await session.scalars(select(Role).order_by(Role.name))
    return [role for role in rows if permission in role.permissions]


def variant_of(rows: Mapping[str, MetricVariant], hotline_id: str) -> Variant:
    """The variant in force for a hotline."""
    for key in (hotline_id, DEFAULT):
        row = rows.get(key)
        if row is not None and row.text is not None:
            return parse_variant(row.text)
    return STANDARD


def book_of(rows: Mapping[str, MetricVariant], excluded: Sequence[MetricExclusion]) -> Book:
    """What reports are counted by."""
    return Book(
        default=variant_of(rows, DEFAULT),
        hotlines={
            key: variant_of(rows, key) for key, row in rows.items() if key != DEFAULT and row.text is not None
        },
        exclusions=tuple(_exclusion(row) for row in excluded),
    )


def _exclusion(row: Any) -> Exclusion:
    if row.number:
        return Exclusion(number=row.number)
    return Exclusion(start=row.starts_at, end=row.ends_at, hotline=row.hotline_id)
