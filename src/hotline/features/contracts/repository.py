"""Queries of contracts and acceptances, scoped by the actor's authorities."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.contracts.models import Acceptance, Contract, ContractExclusion
from hotline.platform.access import Use
from hotline.platform.actor import Repository


class ContractRepository(Repository[Contract]):
    """Contracts."""

    model = Contract


class ExclusionRepository(Repository[ContractExclusion]):
    """Excluded periods."""

    model = ContractExclusion

    async def of(self, contract_id: str) -> list[ContractExclusion]:
        """All those of a contract that is in sight, in order: whoever may see the contract counts with the same."""
        chosen = select(ContractExclusion).where(ContractExclusion.contract_id == contract_id)
        ordered = chosen.order_by(ContractExclusion.starts_at, ContractExclusion.id)
        return list(await self.session.scalars(ordered))


class AcceptanceRepository(Repository[Acceptance]):
    """Acceptances."""

    model = Acceptance

    async def of(self, contract_ids: Sequence[str]) -> list[Acceptance]:
        """Those of some contracts, in the order of their periods."""
        return await self.all(Acceptance.contract_id.in_(contract_ids), order_by=[Acceptance.first])

    async def kept(self, contract_id: str) -> int:
        """How many acceptances of a contract have left the draft."""
        chosen = self.query().where(Acceptance.contract_id == contract_id, Acceptance.state != "draft")
        return await self.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0


async def uses_by_contracts(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """The contracts that are accepted by a hotline's figures."""
    if kind != "hotline":
        return []
    rows = await session.scalars(select(Contract).where(Contract.active).order_by(Contract.name))
    return [Use(kind="contract", id=row.id, name=row.name) for row in rows if thing in row.hotline_ids]
