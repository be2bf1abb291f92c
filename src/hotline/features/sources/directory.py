"""The declared data sources as the adapters that ask them see them (`ports.sources.SourceDirectory`): secrets opened."""

from pathlib import Path

from hotline.features.sources.models import DataSource, SourceQuery
from hotline.features.sources.repository import QueryRepository, SourceRepository
from hotline.features.sources.service import PASSWORD, headers_of, secret_of
from hotline.platform.actor import system_actor
from hotline.platform.database import Database
from hotline.platform.sealing import sealer_of
from hotline.ports.sources import DatabaseSource, HttpSource, NamedQuery


class DeclaredSources:
    """Reads a declaration at each question: a change counts at once."""

    def __init__(self, database: Database, data: Path) -> None:
        self._database = database
        self._data = data
        self._actor = system_actor("sources")

    async def http(self, source_id: str) -> HttpSource | None:
        """The source, if it is one of HTTP and in use."""
        async with self._database.reading() as session:
            sources = SourceRepository(session, self._actor)
            row = await sources.first(
                DataSource.id == source_id, DataSource.active, DataSource.kind == "http"
            )
        if row is None:
            return None
        return HttpSource(
            id=row.id,
            base_url=row.base_url,
            headers=headers_of(sealer_of(self._data), row),
            concurrency=row.concurrency,
            allow_loopback=row.allow_loopback,
        )

    async def query(self, query_id: str) -> NamedQuery | None:
        """The query with its database, if both are in use."""
        async with self._database.reading() as session:
            query = await QueryRepository(session, self._actor).first(
                SourceQuery.id == query_id, SourceQuery.active
            )
            if query is None:
                return None
            row = await SourceRepository(session, self._actor).first(
                DataSource.id == query.source_id, DataSource.active
            )
        if row is None:
            return None
        return NamedQuery(
            id=query.id,
            source=DatabaseSource(
                id=row.id,
                kind=row.kind,
                host=row.host,
                port=row.port,
                database=row.database,
                username=row.username,
                password=secret_of(sealer_of(self._data), row, PASSWORD),
                concurrency=row.concurrency,
            ),
            sql=query.sql,
            parameters=tuple((one["name"], one["type"]) for one in query.parameters),
            row_limit=query.row_limit,
            timeout_s=query.timeout_s,
        )
