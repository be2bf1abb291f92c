"""The one DuckDB file: rows in, counts out, watermark and rows in one transaction. Synchronous; one thread at a time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import orjson
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from hotline.adapters.statistics_duckdb.compile import selects
from hotline.adapters.statistics_duckdb.tables import REPLACED_BY, TABLE_OF_FACT, TABLES
from hotline.core.metrics.facts import AgentIntervalFact, Fact
from hotline.core.metrics.measures import MEASURES, Table
from hotline.core.metrics.query import Query, Row

LAYOUT = "2"
"""Changes with the tables: a file of another layout is thrown away and rebuilt from the journal."""

_DIALECT = postgresql.dialect(paramstyle="numeric_dollar")  # DuckDB reads PostgreSQL's SQL and $1 parameters
_INTERVALS = TypeAdapter(list[AgentIntervalFact])


class Store:
    """The statistics file. Not safe for several threads at once; the server keeps it to one."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file at `path` (None: in memory). A file that cannot be read or is of another layout is replaced."""
        self._path = path
        self._db = self._open()

    def _open(self) -> duckdb.DuckDBPyConnection:
        target = ":memory:" if self._path is None else str(self._path)
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            db = duckdb.connect(target)
            known = _meta(db).get("layout")
        except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException):
            known, db = "unreadable", None
        if known not in {None, LAYOUT} and self._path is not None:
            if db is not None:
                db.close()
            self._path.unlink(missing_ok=True)
            self._path.with_suffix(self._path.suffix + ".wal").unlink(missing_ok=True)
            db = duckdb.connect(target)
        if db is None:
            raise RuntimeError("DuckDB cannot open a database in memory")
        _create(db)
        return db

    def close(self) -> None:
        """Write back and close."""
        self._db.close()

    def clear(self) -> None:
        """Drop all rows and the watermark."""
        self._db.begin()
        for table in TABLES.values():
            self._db.execute(f"DELETE FROM {table.sql.name}")  # noqa: S608 - our own names
        self._db.execute("DELETE FROM meta")
        self._db.execute("INSERT INTO meta VALUES ('layout', ?)", [LAYOUT])
        self._db.commit()

    def progress(self) -> tuple[int, int, list[AgentIntervalFact]]:
        """Return the watermark, the seq from which open calls must be read again, and the agents' open intervals."""
        meta = _meta(self._db)
        intervals = _INTERVALS.validate_json(meta.get("intervals", "[]"))
        return int(meta.get("watermark", "0")), int(meta.get("low_water", "0")), intervals

    def write(
        self, facts: Iterable[Fact], *, watermark: int, low_water: int, intervals: Sequence[AgentIntervalFact]
    ) -> None:
        """Add rows and move the watermark, both or neither."""
        by_table: dict[Table, list[Fact]] = defaultdict(list)
        for fact in facts:
            by_table[TABLE_OF_FACT[type(fact)]].append(fact)
        self._db.begin()
        try:
            for table, rows in by_table.items():
                self._insert(table, rows)
            open_now = orjson.dumps([asdict(row) for row in intervals]).decode()
            for key, value in (
                ("watermark", str(watermark)),
                ("low_water", str(low_water)),
                ("intervals", open_now),
            ):
                self._db.execute("DELETE FROM meta WHERE key = ?", [key])
                self._db.execute("INSERT INTO meta VALUES (?, ?)", [key, value])
        except BaseException:
            self._db.rollback()
            raise
        self._db.commit()

    def _insert(self, table: Table, facts: list[Any]) -> None:
        fact_table = TABLES[table]
        name = fact_table.sql.name
        if key := REPLACED_BY.get(table):
            last = {getattr(fact, key): fact for fact in facts}
            facts = list(last.values())
            self._db.execute(f"DELETE FROM {name} WHERE {key} IN (SELECT unnest(?))", [list(last)])  # noqa: S608
        self._db.register("incoming", fact_table.rows(facts))
        self._db.execute(f"INSERT INTO {name} SELECT * FROM incoming")  # noqa: S608
        self._db.unregister("incoming")

    def ask(self, query: Query) -> list[Row]:
        """Answer a query (see `ports.statistics`)."""
        width = len(query.dimensions)
        groups: dict[tuple[int, tuple[str | None, ...]], dict[str, int | None]] = defaultdict(dict)
        for keys, statement in selects(query):
            compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
            parameters = [compiled.params[name] for name in compiled.positiontup or ()]
            for bucket, *values in self._db.execute(str(compiled), parameters).fetchall():
                counts = [int(value) for value in values[width:]]
                groups[int(bucket), tuple(values[:width])].update(zip(keys, counts, strict=True))
        empty = {key: 0 if query.answers(MEASURES[key].table) else None for key in query.measures}
        rows = [
            Row(bucket=bucket, key=key, counts={**empty, **counts})
            for (bucket, key), counts in groups.items()
        ]
        rows = [row for row in rows if any(row.counts.values())]
        return sorted(rows, key=lambda row: (row.bucket, tuple((v is not None, v or "") for v in row.key)))

    def calls(self) -> int:
        """How many calls the store holds."""
        found = self._db.execute("SELECT count(*) FROM call").fetchone()
        return int(found[0]) if found else 0


def _create(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL)")
    for table in TABLES.values():
        db.execute(str(CreateTable(table.sql, if_not_exists=True).compile(dialect=_DIALECT)))
    if "layout" not in _meta(db):
        db.execute("INSERT INTO meta VALUES ('layout', ?)", [LAYOUT])


def _meta(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    found = db.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'meta'").fetchone()
    if not found or not found[0]:
        return {}
    return {str(key): str(value) for key, value in db.execute("SELECT key, value FROM meta").fetchall()}
