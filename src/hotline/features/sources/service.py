"""Change data sources and named queries. Secrets are sealed before they are stored, and never come back."""

from typing import Any

from hotline.features.sources.models import DataSource, SourceQuery
from hotline.features.sources.repository import QueryRepository, SourceRepository
from hotline.features.sources.schemas import (
    HeaderRead,
    QueryParameter,
    QueryRead,
    QueryWrite,
    SourceRead,
    SourceWrite,
)
from hotline.platform import audit
from hotline.platform.access import Platform
from hotline.platform.actor import Actor
from hotline.platform.database import Work
from hotline.platform.errors import Invalid, NotFound
from hotline.platform.ids import new_id
from hotline.platform.sealing import Sealer, sealer_of

PASSWORD = "password"  # noqa: S105 - the name of a secret, not one
_HEADER = "header:"


class SourceService:
    """Changes sources within one unit of work."""

    def __init__(self, work: Work, actor: Actor, platform: Platform) -> None:
        self._work = work
        self._actor = actor
        self._platform = platform
        self._sources = SourceRepository(work.session, actor)
        self._queries = QueryRepository(work.session, actor)

    async def create(self, wanted: SourceWrite) -> SourceRead:
        """Declare a source."""
        row = DataSource(
            id=new_id(),
            authority_id=wanted.authority_id or self._actor.authority_id,
            kind=wanted.kind,
            sealed={},
            active=True,
        )
        self._fill(row, wanted)
        self._sources.add(row)
        await self._work.session.flush()
        audit.record(self._work, self._actor, "sources.create", _target(row), after=_logged(row))
        return read_source(row)

    async def change(self, source_id: str, wanted: SourceWrite) -> SourceRead:
        """Set everything but the kind and the organisation. Secrets that are not given stay."""
        row = await self._active(source_id)
        if wanted.kind != row.kind:
            raise Invalid("kind", "数据源的种类不能改，请另建一个")
        before = _logged(row)
        self._fill(row, wanted)
        audit.record(
            self._work, self._actor, "sources.change", _target(row), before=before, after=_logged(row)
        )
        return read_source(row)

    async def remove(self, source_id: str) -> None:
        """Take a source out of use; refused while a flow uses it or one of its queries."""
        row = await self._active(source_id)
        await self._platform.require_unused(self._work.session, "source", row.id)
        for query in await self._queries.all(SourceQuery.source_id == row.id, SourceQuery.active):
            await self._platform.require_unused(self._work.session, "query", query.id)
            query.active = False
        row.active = False
        audit.record(self._work, self._actor, "sources.remove", _target(row), before=_logged(row))

    async def create_query(self, source_id: str, wanted: QueryWrite) -> QueryRead:
        """Declare a named query of a database."""
        source = await self._active(source_id)
        if source.kind == "http":
            raise Invalid("source_id", "只有数据库有命名查询")
        row = SourceQuery(id=new_id(), authority_id=source.authority_id, source_id=source.id, active=True)
        self._fill_query(row, wanted)
        self._queries.add(row)
        await self._work.session.flush()
        audit.record(
            self._work, self._actor, "sources.query_create", _query_target(row), after=_logged_query(row)
        )
        return read_query(row, source.name)

    async def change_query(self, query_id: str, wanted: QueryWrite) -> QueryRead:
        """Set a named query."""
        row = await self._active_query(query_id)
        before = _logged_query(row)
        self._fill_query(row, wanted)
        audit.record(
            self._work,
            self._actor,
            "sources.query_change",
            _query_target(row),
            before=before,
            after=_logged_query(row),
        )
        return read_query(row, (await self._sources.require(row.source_id)).name)

    async def remove_query(self, query_id: str) -> None:
        """Take a named query out of use; refused while a flow uses it."""
        row = await self._active_query(query_id)
        await self._platform.require_unused(self._work.session, "query", row.id)
        row.active = False
        audit.record(
            self._work, self._actor, "sources.query_remove", _query_target(row), before=_logged_query(row)
        )

    async def _active(self, source_id: str) -> DataSource:
        row = await self._sources.require(source_id)
        if not row.active:
            raise NotFound(id=source_id)
        return row

    async def _active_query(self, query_id: str) -> SourceQuery:
        row = await self._queries.require(query_id)
        if not row.active:
            raise NotFound(id=query_id)
        return row

    def _fill(self, row: DataSource, wanted: SourceWrite) -> None:
        sealer = sealer_of(self._platform.settings.data)
        before: dict[str, Any] = dict(row.sealed)
        row.name, row.base_url, row.allow_loopback = (
            wanted.name,
            wanted.base_url.strip(),
            wanted.allow_loopback,
        )
        row.host, row.port, row.database, row.username = (
            wanted.host,
            wanted.port,
            wanted.database,
            wanted.username,
        )
        row.concurrency, row.note = wanted.concurrency, wanted.note
        row.headers = [
            {"name": one.name, "secret": one.secret, "value": "" if one.secret else one.value or ""}
            for one in wanted.headers
        ]
        given = {_HEADER + one.name.lower(): one.value for one in wanted.headers if one.secret}
        if wanted.kind == "postgresql":
            given[PASSWORD] = wanted.password
        row.sealed = {
            name: before.get(name, "") if value is None else sealer.seal(value, f"{row.id}:{name}")
            for name, value in given.items()
        }
        row.changed_at, row.changed_by = self._platform.clock(), self._actor.name

    def _fill_query(self, row: SourceQuery, wanted: QueryWrite) -> None:
        row.name, row.sql, row.note = wanted.name, wanted.sql, wanted.note
        row.parameters = [one.model_dump() for one in wanted.parameters]
        row.row_limit, row.timeout_s = wanted.row_limit, wanted.timeout_s
        row.changed_at, row.changed_by = self._platform.clock(), self._actor.name


def secret_of(sealer: Sealer, row: DataSource, name: str) -> str:
    """Return a secret of a source, for asking it and for nothing else. Raises `SealBroken`."""
    return sealer.open(row.sealed.get(name, ""), f"{row.id}:{name}")


def headers_of(sealer: Sealer, row: DataSource) -> tuple[tuple[str, str], ...]:
    """Return the headers of every request to a source, secret ones opened."""
    return tuple(
        (
            one["name"],
            secret_of(sealer, row, _HEADER + one["name"].lower()) if one["secret"] else one["value"],
        )
        for one in row.headers
    )


def read_source(row: DataSource) -> SourceRead:
    """Return a source as the page shows it: without its secrets."""
    headers = [
        HeaderRead(name=one["name"], value=None if one["secret"] else one["value"], secret=one["secret"])
        for one in row.headers
    ]
    told = _logged(row) | {
        "headers": headers,
        "id": row.id,
        "authority_id": row.authority_id,
        "has_password": bool(row.sealed.get(PASSWORD)),
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }
    return SourceRead.model_validate(told)


def read_query(row: SourceQuery, source_name: str) -> QueryRead:
    """Return a named query as the page shows it."""
    return QueryRead(
        id=row.id,
        authority_id=row.authority_id,
        source_id=row.source_id,
        source_name=source_name,
        name=row.name,
        sql=row.sql,
        parameters=[QueryParameter.model_validate(one) for one in row.parameters],
        row_limit=row.row_limit,
        timeout_s=row.timeout_s,
        note=row.note,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _logged(row: DataSource) -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "base_url": row.base_url,
        "headers": row.headers,
        "allow_loopback": row.allow_loopback,
        "host": row.host,
        "port": row.port,
        "database": row.database,
        "username": row.username,
        "concurrency": row.concurrency,
        "note": row.note,
    }


def _logged_query(row: SourceQuery) -> dict[str, Any]:
    return {
        "name": row.name,
        "sql": row.sql,
        "parameters": row.parameters,
        "row_limit": row.row_limit,
        "timeout_s": row.timeout_s,
    }


def _target(row: DataSource) -> audit.Target:
    return audit.Target(kind="source", id=row.id, name=row.name, authority_id=row.authority_id)


def _query_target(row: SourceQuery) -> audit.Target:
    return audit.Target(kind="source_query", id=row.id, name=row.name, authority_id=row.authority_id)
