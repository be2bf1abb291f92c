"""Queries of global parameters: those in sight, those that count in an organisation, and the flows that use them."""

import re
from typing import cast

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core import site
from hotline.core.expression import Kind
from hotline.core.ids import AuthorityId
from hotline.features.flows.models import Flow, FlowVersion, Parameter
from hotline.platform.access import Use
from hotline.platform.actor import Actor, Repository
from hotline.platform.audit import AuditEntry
from hotline.platform.people import Organisation

HISTORY_MAX = 200


class ParameterRepository(Repository[Parameter]):
    """Parameters in sight."""

    model = Parameter

    async def everywhere(self, key: str) -> list[Parameter]:
        """The parameters of this key in all organisations: their kinds must agree."""
        return list(await self.session.scalars(select(Parameter).where(Parameter.key == key)))

    async def changes(self, row: Parameter) -> list[AuditEntry]:
        """The audit entries of a parameter in sight, newest first."""
        chosen = (
            select(AuditEntry)
            .where(AuditEntry.target_kind == "parameter", AuditEntry.target_id == row.id)
            .order_by(AuditEntry.seq.desc())
            .limit(HISTORY_MAX)
        )
        return list(await self.session.scalars(chosen))


async def parameter_kinds(session: AsyncSession, actor: Actor) -> dict[str, Kind]:
    """Return the keys that flows of the actor may use, and what they hold: those in sight and those of organisations above."""
    rows = await session.execute(select(Parameter.key, Parameter.kind, Parameter.authority_id))
    above = _above(await _parents(session), actor.authority_id)
    return {
        key: cast("Kind", kind)
        for key, kind, authority_id in rows
        if actor.sees(authority_id) or authority_id in above
    }


async def parameters_for_site(session: AsyncSession) -> tuple[site.Parameter, ...]:
    """Return all parameters, each with the organisations in which its value counts."""
    parents = await _parents(session)
    rows = list(await session.scalars(select(Parameter).order_by(Parameter.key, Parameter.id)))
    by_place = {(row.key, row.authority_id): row for row in rows}
    counts: dict[str, set[str]] = {row.id: set() for row in rows}
    for authority_id in parents:
        for key in {row.key for row in rows}:
            nearest = next(
                (by_place[key, one] for one in _above(parents, authority_id) if (key, one) in by_place), None
            )
            if nearest is not None:
                counts[nearest.id].add(authority_id)
    return tuple(
        site.Parameter(
            key=row.key,
            kind=row.kind,
            value=row.value,
            inherited_by=frozenset(AuthorityId(one) for one in counts[row.id]),
        )
        for row in rows
    )


async def _parents(session: AsyncSession) -> dict[str, str | None]:
    rows = await session.execute(select(Organisation.id, Organisation.parent_id))
    return {row.id: row.parent_id for row in rows}


def _above(parents: dict[str, str | None], authority_id: str) -> list[str]:
    """Return an organisation and those above it, nearest first."""
    chain: list[str] = []
    here: str | None = authority_id
    while here is not None and here not in chain:
        chain.append(here)
        here = parents.get(here)
    return chain


async def uses_of_parameter(session: AsyncSession, key: str) -> list[Use]:
    """Return the active flows whose published version or draft uses a parameter."""
    chosen = (
        select(Flow, FlowVersion.document)
        .outerjoin(
            FlowVersion, (FlowVersion.flow_id == Flow.id) & (FlowVersion.version == Flow.published_version)
        )
        .where(Flow.active)
        .order_by(Flow.name)
    )
    wanted = re.compile(rf"\bparam\s*\.\s*{re.escape(key)}\b")
    return [
        Use(kind="flow", id=flow.id, name=flow.name)
        for flow, document in await session.execute(chosen)
        if any(wanted.search(text) for text in (flow.draft, document or ""))
    ]
