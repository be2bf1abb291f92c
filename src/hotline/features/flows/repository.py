"""Queries of flows and their versions, scoped by the actor's authorities."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.core.flow import examine
from hotline.core.ids import FlowId
from hotline.features.flows.checking import references, subflows_of
from hotline.features.flows.models import Flow, FlowVersion
from hotline.platform.access import Mention, Use
from hotline.platform.actor import Actor, Repository


class FlowRepository(Repository[Flow]):
    """Flows; versions are reached through a flow in sight."""

    model = Flow

    async def version(self, flow: Flow, version: int) -> FlowVersion | None:
        """A published version of a flow."""
        return await self.session.get(FlowVersion, (flow.id, version))

    async def versions(self, flow: Flow) -> list[FlowVersion]:
        """All published versions, newest first."""
        chosen = (
            select(FlowVersion).where(FlowVersion.flow_id == flow.id).order_by(FlowVersion.version.desc())
        )
        return list(await self.session.scalars(chosen))

    async def published(self) -> dict[str, str]:
        """The published documents of all flows in sight, by flow."""
        chosen = select(FlowVersion).join(
            Flow, (Flow.id == FlowVersion.flow_id) & (Flow.published_version == FlowVersion.version)
        )
        return {row.flow_id: row.document for row in await self.session.scalars(chosen)}

    async def latest(self, flows: list[Flow], count: int) -> list[FlowVersion]:
        """The newest `count` versions of each of these flows: running calls may still be on an older one."""
        numbered = select(
            FlowVersion.flow_id,
            FlowVersion.version,
            func.row_number()
            .over(partition_by=FlowVersion.flow_id, order_by=FlowVersion.version.desc())
            .label("place"),
        ).subquery()
        chosen = (
            select(FlowVersion)
            .join(
                numbered,
                (numbered.c.flow_id == FlowVersion.flow_id) & (numbered.c.version == FlowVersion.version),
            )
            .where(numbered.c.place <= count, FlowVersion.flow_id.in_([flow.id for flow in flows]))
            .order_by(FlowVersion.flow_id, FlowVersion.version)
        )
        return list(await self.session.scalars(chosen))

    def enter_version(self, row: FlowVersion) -> None:
        """Enter a new version."""
        self.session.add(row)


async def flow_is_known(session: AsyncSession, actor: Actor, flow_id: str) -> bool:
    """Whether a flow is there, active, published and in sight."""
    flows = FlowRepository(session, actor)
    return await flows.first(Flow.id == flow_id, Flow.active, Flow.published_version > 0) is not None


async def walked_by_flows(flows: FlowRepository) -> dict[str, frozenset[str]]:
    """Return which flows each published flow in sight walks as sub-flows."""
    walked: dict[str, frozenset[str]] = {}
    for flow_id, text in (await flows.published()).items():
        flow, _ = examine(FlowId(flow_id), text)
        if flow is not None:
            walked[flow_id] = subflows_of(flow)
    return walked


async def uses_by_flows(session: AsyncSession, kind: str, thing: str) -> list[Use]:
    """The active flows whose published version or draft names a prompt, queue, hours or another flow."""
    chosen = (
        select(Flow, FlowVersion.document)
        .outerjoin(
            FlowVersion, (FlowVersion.flow_id == Flow.id) & (FlowVersion.version == Flow.published_version)
        )
        .where(Flow.active)
        .order_by(Flow.name)
    )
    rows = await session.execute(chosen)
    return [
        Use(kind="flow", id=flow.id, name=flow.name)
        for flow, document in rows
        if any(_names(flow.id, text, kind, thing) for text in {flow.draft, document} if text)
    ]


def _names(flow_id: str, text: str, kind: str, thing: str) -> bool:
    flow, _ = examine(FlowId(flow_id), text)
    return flow is not None and any((kind, thing) == named[:2] for _, named in references(flow))


async def mentions_by_flows(session: AsyncSession, kind: str) -> list[Mention]:
    """Everything of a kind that the published version or the draft of an active flow names."""
    chosen = (
        select(Flow, FlowVersion.document)
        .outerjoin(
            FlowVersion, (FlowVersion.flow_id == Flow.id) & (FlowVersion.version == Flow.published_version)
        )
        .where(Flow.active)
        .order_by(Flow.name)
    )
    found: list[Mention] = []
    for flow, document in await session.execute(chosen):
        named = {thing for text in {flow.draft, document} if text for thing in _named(flow.id, text, kind)}
        use = Use(kind="flow", id=flow.id, name=flow.name)
        found += [Mention(thing=thing, use=use, authority_id=flow.authority_id) for thing in sorted(named)]
    return found


def _named(flow_id: str, text: str, kind: str) -> set[str]:
    flow, _ = examine(FlowId(flow_id), text)
    return set() if flow is None else {named[1] for _, named in references(flow) if named[0] == kind}
