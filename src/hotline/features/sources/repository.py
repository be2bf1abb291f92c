"""Queries of data sources and their named queries, scoped by the actor's authorities."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from hotline.features.sources.models import DataSource, SourceQuery
from hotline.platform.actor import Actor, Repository


class SourceRepository(Repository[DataSource]):
    """Data sources."""

    model = DataSource


class QueryRepository(Repository[SourceQuery]):
    """Named queries."""

    model = SourceQuery

    async def with_names(self) -> list[tuple[SourceQuery, str]]:
        """All queries in sight that are in use, each with the name of its source, by name."""
        chosen = (
            self.query()
            .join(DataSource, DataSource.id == SourceQuery.source_id)
            .where(SourceQuery.active, DataSource.active)
            .order_by(SourceQuery.name)
        )
        rows = list(await self.session.scalars(chosen))
        names = {
            row.id: row.name for row in await self.session.execute(select(DataSource.id, DataSource.name))
        }
        return [(row, names[row.source_id]) for row in rows]


async def source_is_known(session: AsyncSession, actor: Actor, source_id: str) -> bool:
    """Whether a source of HTTP is there, in use and in sight."""
    sources = SourceRepository(session, actor)
    return (
        await sources.first(DataSource.id == source_id, DataSource.active, DataSource.kind == "http")
        is not None
    )


async def query_is_known(session: AsyncSession, actor: Actor, query_id: str) -> bool:
    """Whether a named query and its source are there, in use and in sight."""
    row = await QueryRepository(session, actor).first(SourceQuery.id == query_id, SourceQuery.active)
    return row is not None
