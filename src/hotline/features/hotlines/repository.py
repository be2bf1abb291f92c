"""Queries of hotlines, trunks and blocked callers, scoped by the actor's authorities."""

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.hotlines.models import BlockedNumber, Hotline, KnownCallerRow, OutboundRuleRow, Trunk
from hotline.platform.access import Mention, Use
from hotline.platform.actor import Actor, Repository
from hotline.platform.survey_fields import survey_prompts


class HotlineRepository(Repository[Hotline]):
    """Hotlines."""

    model = Hotline

    async def number_taken(self, number: str, but: str = "") -> bool:
        """Whether another hotline of the installation has this number."""
        taken = exists().where(Hotline.number == number, Hotline.id != but)
        return await self.session.scalar(select(taken)) or False


class TrunkRepository(Repository[Trunk]):
    """Trunks."""

    model = Trunk


class BlacklistRepository(Repository[BlockedNumber]):
    """Blocked callers."""

    model = BlockedNumber

    async def replace(self, authority_id: str, rows: list[BlockedNumber]) -> None:
        """Make the list of one organisation be exactly these."""
        await self.session.execute(delete(BlockedNumber).where(BlockedNumber.authority_id == authority_id))
        for row in rows:
            self.add(row)


class KnownCallerRepository(Repository[KnownCallerRow]):
    """Known callers."""

    model = KnownCallerRow

    async def replace(self, authority_id: str, rows: list[KnownCallerRow]) -> None:
        """Make the list of one organisation be exactly these."""
        await self.session.execute(delete(KnownCallerRow).where(KnownCallerRow.authority_id == authority_id))
        for row in rows:
            self.add(row)


class OutboundRuleRepository(Repository[OutboundRuleRow]):
    """Rules for calls out."""

    model = OutboundRuleRow

    async def replace(self, rows: list[OutboundRuleRow]) -> None:
        """Make the list be exactly these."""
        await self.session.execute(delete(OutboundRuleRow))
        for row in rows:
            self.add(row)


async def hotline_is_known(session: AsyncSession, actor: Actor, hotline_id: str) -> bool:
    """Whether a hotline is there, active and in sight."""
    return await HotlineRepository(session, actor).first(Hotline.id == hotline_id, Hotline.active) is not None


async def trunk_is_known(session: AsyncSession, actor: Actor, trunk_id: str) -> bool:
    """Whether a trunk is there, active and in sight."""
    return await TrunkRepository(session, actor).first(Trunk.id == trunk_id, Trunk.active) is not None


async def uses_by_hotlines(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """The active hotlines that refer to a flow, to hours, to a trunk, or to a prompt (by their survey)."""
    rows = await session.scalars(select(Hotline).where(Hotline.active).order_by(Hotline.number))
    return [Use(kind="hotline", id=row.id, name=row.name) for row in rows if _refers(row, kind, thing)]


def _refers(row: Hotline, kind: str, thing: str) -> bool:
    match kind:
        case "flow":
            return row.flow_id == thing
        case "hours":
            return row.hours_id == thing
        case "trunk":
            return thing in {row.outbound_trunk_id, *row.further_trunk_ids}
        case "prompt":
            return thing in survey_prompts(row.survey)
        case _:
            return False


async def mentions_by_hotlines(session: AsyncSession, kind: str) -> list[Mention]:
    """Every prompt that an active hotline's survey plays."""
    if kind != "prompt":
        return []
    rows = await session.scalars(select(Hotline).where(Hotline.active).order_by(Hotline.number))
    return [
        Mention(thing=key, use=Use(kind="hotline", id=row.id, name=row.name), authority_id=row.authority_id)
        for row in rows
        for key in sorted(survey_prompts(row.survey))
    ]
