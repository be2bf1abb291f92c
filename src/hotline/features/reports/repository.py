"""Queries of variants, exclusions and own reports, scoped by the actor's authorities."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.metrics.query import Exclusion
from hotline.core.metrics.variant import Variant, parse_variant
from hotline.core.site import Hotline
from hotline.features.reports.counting import Book
from hotline.features.reports.models import DEFAULT, MetricExclusion, MetricVariant, OwnReport
from hotline.platform.actor import Actor, Repository
from hotline.platform.errors import NotFound
from hotline.platform.people import Organisation, Role

STANDARD = Variant()
Excluded = tuple[MetricExclusion, tuple[str, ...] | None]
"""What does not count, and for whose calls: these organisations', or everybody's."""


class Variants(Repository[MetricVariant]):
    """Versions of variants."""

    model = MetricVariant

    async def in_force(self, hotlines: Iterable[Hotline]) -> dict[str, MetricVariant]:
        """What counts by hotline, and for the actor's organisation (`DEFAULT`), see `in_force`.

        The defaults of organisations above are read too: a figure is the same for whoever looks at it.
        """
        parents = await parents_of_organisations(self.session)
        ours = self.actor.authority_id or topmost(self.actor.authorities, parents)
        above = select(MetricVariant).where(
            MetricVariant.hotline_id == DEFAULT, MetricVariant.authority_id.in_(chain(ours, parents))
        )
        rows = [*await self.all(), *await self.session.scalars(above)]
        return in_force(rows, hotlines, ours, parents)

    async def versions(self, hotline_id: str) -> Sequence[MetricVariant]:
        """Every version of one hotline's variant, or of the default of the actor's organisation, latest first."""
        own = [MetricVariant.authority_id == self.actor.authority_id] if hotline_id == DEFAULT else []
        return await self.all(
            MetricVariant.hotline_id == hotline_id, *own, order_by=[MetricVariant.version.desc()]
        )


class Exclusions(Repository[MetricExclusion]):
    """What does not count."""

    model = MetricExclusion

    async def that_count(self) -> list[Excluded]:
        """All in sight and those of organisations above, latest first, each for its organisation's hotlines and those below.

        So the figures of a hotline are the same for whoever looks at them.
        """
        parents = await parents_of_organisations(self.session)
        above = {one for here in self.actor.authorities or () for one in chain(here, parents)}
        condition = self.in_sight()
        chosen = select(MetricExclusion)
        if condition is not None:
            chosen = chosen.where(or_(condition, MetricExclusion.authority_id.in_(above)))
        rows = await self.session.scalars(
            chosen.order_by(MetricExclusion.created_at.desc(), MetricExclusion.id)
        )
        return [(row, reach(row.authority_id, parents)) for row in rows]


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


async def parents_of_organisations(session: AsyncSession) -> dict[str, str | None]:
    """Which organisation stands directly above each."""
    tree = await session.execute(select(Organisation.id, Organisation.parent_id))
    return {row_id: parent for row_id, parent in tree}  # noqa: C416 - rows, for the type checker


def reach(authority_id: str, parents: Mapping[str, str | None]) -> tuple[str, ...] | None:
    """The organisation and all below it; None where these are all there are."""
    found = tuple(one for one in sorted(parents) if authority_id in chain(one, parents))
    return None if found and len(found) == len(parents) else found or (authority_id,)


def chain(authority_id: str, parents: Mapping[str, str | None]) -> list[str]:
    """The organisation and those above it, nearest first."""
    found: list[str] = []
    here: str | None = authority_id
    while here is not None and here not in found:
        found.append(here)
        here = parents.get(here)
    return found


def topmost(authorities: Collection[str] | None, parents: Mapping[str, str | None]) -> str:
    """The organisation that stands above the others in sight (None: all), "" without any."""
    sight = parents.keys() if authorities is None else authorities
    return next((one for one in sorted(sight) if parents.get(one) not in sight), "")


def in_force(
    rows: Iterable[MetricVariant], hotlines: Iterable[Hotline], ours: str, parents: Mapping[str, str | None]
) -> dict[str, MetricVariant]:
    """Which version counts for each hotline, and for all others (`DEFAULT`).

    A hotline's latest own version, else the latest default of its organisation, else of the nearest organisation above that has one.
    `DEFAULT` is what counts for `ours`; hotlines for which the same counts are not named.
    """
    latest: dict[tuple[str, str], MetricVariant] = {}
    for row in sorted(rows, key=lambda row: row.version):
        latest[row.authority_id if row.hotline_id == DEFAULT else "", row.hotline_id] = row

    def default(authority_id: str) -> MetricVariant | None:
        steps = (latest.get((one, DEFAULT)) for one in chain(authority_id, parents))
        return next((row for row in steps if row is not None and row.text is not None), None)

    everywhere = default(ours) or latest.get((ours, DEFAULT))
    found = {DEFAULT: everywhere} if everywhere is not None else {}
    for hotline in hotlines:
        row = latest.get(("", hotline.id))
        inherited = default(hotline.authority_id)
        if row is not None and row.text is not None:
            found[hotline.id] = row
        elif inherited is not None and inherited is not everywhere:
            found[hotline.id] = inherited
        elif row is not None:
            found[hotline.id] = row
    return found


def variant_of(rows: Mapping[str, MetricVariant], hotline_id: str) -> Variant:
    """The variant in force for a hotline."""
    for key in (hotline_id, DEFAULT):
        row = rows.get(key)
        if row is not None and row.text is not None:
            return parse_variant(row.text)
    return STANDARD


def book_of(rows: Mapping[str, MetricVariant], excluded: Sequence[Excluded]) -> Book:
    """What reports are counted by."""
    return Book(
        default=variant_of(rows, DEFAULT),
        hotlines={
            key: variant_of(rows, key) for key, row in rows.items() if key != DEFAULT and row.text is not None
        },
        exclusions=tuple(_exclusion(row, authorities) for row, authorities in excluded),
    )


def _exclusion(row: MetricExclusion, authorities: tuple[str, ...] | None) -> Exclusion:
    if row.number:
        return Exclusion(number=row.number, authorities=authorities)
    return Exclusion(start=row.starts_at, end=row.ends_at, hotline=row.hotline_id, authorities=authorities)
