"""The one DuckDB file: rows in, counts out, watermark and rows in one transaction.

Writing is one thread's; questions may come from several, each on a cursor of its own.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
from sqlalchemy import BigInteger, Integer, Select, SmallInteger, String
from sqlalchemy import Table as SqlTable
from sqlalchemy.schema import CreateTable

from hotline.adapters.statistics_sql import late
from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.dialects import DUCKDB
from hotline.adapters.statistics_sql.fact_store import GAPS_AT_ONCE, PUT_OFF_MOST
from hotline.adapters.statistics_sql.gaps import refresh_all, refresh_callers
from hotline.adapters.statistics_sql.incoming import Incoming, coded
from hotline.adapters.statistics_sql.questions import Questions
from hotline.adapters.statistics_sql.tables import TABLES, TEAM, WORD
from hotline.core.metrics import facts as f
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import Table
from hotline.core.metrics.settling import Settled

LAYOUT = "5"
"""Changes with the tables: a file of another layout is thrown away and rebuilt from the journal."""

THREADS = 2
_MEMORY = msgspec.json.Decoder(Memory)
_ARROW: dict[type[Any], pa.DataType] = {
    BigInteger: pa.int64(),
    Integer: pa.int32(),
    SmallInteger: pa.int16(),
    String: pa.string(),
}


class Store(Questions):
    """The statistics file."""

    def __init__(self, path: Path | None) -> None:
        """Open the file at `path` (None: in memory). A file that cannot be read or is of another layout is replaced."""
        self._path = path
        super().__init__()
        self._writing = threading.Lock()
        self._put_off: set[int] | None = None
        """The callers whose gaps are still to be made, if the file says that some are; None: not known, so all."""
        self._db = self._open()
        self._load()

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
        db.execute(f"SET threads = {THREADS}")
        _create(db)
        return db

    def _load(self) -> None:
        db = self._db
        self.coding = Coding()
        self.coding.load(
            db.execute("SELECT code, text FROM word").fetchall(),
            [row[0] for row in db.execute("SELECT DISTINCT team FROM team").fetchall()],
            {
                table: db.execute(f"SELECT * FROM {spec.class_sql.name}").fetchall()  # noqa: S608 - our own names
                for table, spec in TABLES.items()
            },
            [-row[0] for row in db.execute("SELECT DISTINCT caller FROM call WHERE caller <= 0").fetchall()],
        )

    def close(self) -> None:
        """Write back and close."""
        self._db.close()

    def clear(self) -> None:
        """Drop all rows, codes and the watermark."""
        with self._writing, self._transaction():
            for name in _names():
                self._db.execute(f"DELETE FROM {name}")  # noqa: S608 - our own names
            self._db.execute("DELETE FROM meta")
            self._db.execute("INSERT INTO meta VALUES ('layout', ?)", [LAYOUT])
        self.coding = Coding()
        self._versions.all_changed()

    def progress(self) -> tuple[int, int, Memory]:
        """Return the watermark, the seq from which open calls must be read again, and what else the fold must remember."""
        meta = _meta(self._db)
        memory = _MEMORY.decode(meta["memory"]) if "memory" in meta else Memory()
        return int(meta.get("watermark", "0")), int(meta.get("low_water", "0")), memory

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.begin()
        try:
            yield
        except BaseException:
            self._db.rollback()
            raise
        self._db.commit()

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def write(
        self,
        settled: Iterable[Settled],
        *,
        watermark: int,
        low_water: int,
        memory: Memory,
        catching_up: bool = False,
    ) -> None:
        """Add rows and move the watermark, both or neither. `catching_up`: more follow at once, callers' gaps can wait."""
        batch = coded([*settled], self.coding)
        self.put(batch, watermark=watermark, low_water=low_water, memory=memory, catching_up=catching_up)

    def put(
        self, batch: Incoming, *, watermark: int, low_water: int, memory: Memory, catching_up: bool = False
    ) -> None:
        """The same for facts that are coded already (`incoming.coded`)."""
        with self._writing:
            try:
                with self._transaction():
                    callers = self._write(batch)
                    if callers and (catching_up or len(callers) > GAPS_AT_ONCE):
                        self._put_off_gaps(callers)
                    elif callers:
                        refresh_callers(self._db, callers)
                    self._put_meta(
                        watermark=str(watermark),
                        low_water=str(low_water),
                        memory=msgspec.json.encode(memory).decode(),
                    )
            except BaseException:
                self._load()  # codes that were not written are given out again
                raise
            if batch.late or batch.withdrawn:
                self._versions.all_changed()
            for members in batch.rows.values():
                self._versions.changed(row[1] for row in members)

    def _write(self, batch: Incoming) -> set[int]:
        """Write rows, corrections and new codes; return the callers whose calls are not the same any more."""
        for agent, since in batch.withdrawn:
            void = "DELETE FROM agent_interval WHERE agent = ? AND t_ms >= ?"
            self._db.execute(void, [agent, since])
        for table, members in batch.rows.items():
            self._insert(table, members)
        callers = {row[_CALLER] for row in batch.rows.get(Table.CALL, [])}
        for fact in batch.late:
            if isinstance(fact, f.Reclassified):
                callers.update(self._reclassify(fact))
            elif isinstance(fact, f.LateInvitation):
                late.count_invited(self._db, self.coding, fact)
            elif (row := late.row_of(self._db, self.coding, fact)) is not None:
                self._insert(Table.SURVEY, [row])
        for news in (batch.news, self.coding.take_news()) if batch.late else (batch.news,):
            self._add(WORD, news.words)
            self._add(TEAM, news.teams)
            for table, classes in news.classes.items():
                self._add(TABLES[table].class_sql, classes)
        return callers

    def _put_meta(self, **values: str) -> None:
        for key, value in values.items():
            self._db.execute("DELETE FROM meta WHERE key = ?", [key])
            self._db.execute("INSERT INTO meta VALUES (?, ?)", [key, value])

    def _put_off_gaps(self, callers: set[int]) -> None:
        """Say in the file that gaps are still to be made, and remember whose."""
        if _meta(self._db).get("gaps") != "stale":
            self._put_off = set()
        if self._put_off is not None:
            self._put_off |= callers
            if len(self._put_off) > PUT_OFF_MOST:
                self._put_off = None
        self._put_meta(gaps="stale")

    def settle_gaps(self) -> None:
        """Make the gaps between callers' calls, if they were put off."""
        with self._writing:
            if _meta(self._db).get("gaps") != "stale":
                return
            with self._transaction():
                if self._put_off is None:
                    refresh_all(self._db)
                else:
                    refresh_callers(self._db, self._put_off)
                self._db.execute("DELETE FROM meta WHERE key = 'gaps'")
            self._versions.all_changed()

    def _reclassify(self, fact: f.Reclassified) -> list[int]:
        """Give all rows of a call another business type; return its caller, whose matters have changed."""
        key = self.coding.call_key(fact.call_id, known_only=True)
        asked = "SELECT no, caller FROM call WHERE call_high = ? AND call_low = ?"
        found = self._db.execute(asked, list(key)).fetchone()
        if found is None:
            return []
        code = self.coding.word(fact.business_type)
        for table, spec in TABLES.items():
            if spec.stamped:
                self._db.execute(f"UPDATE {table.value} SET type = ? WHERE no = ?", [code, found[0]])  # noqa: S608
        return [found[1]]

    def _insert(self, table: Table, members: list[tuple[Any, ...]]) -> None:
        sql = TABLES[table].sql
        key = _KEYS.get(table)
        if key is not None:
            places = [sql.columns.keys().index(name) for name in key]
            last = {tuple(row[n] for n in places): row for row in members}
            members = list(last.values())
            self._delete(sql.name, key, list(last))
        self._add(sql, members)

    def _delete(self, name: str, key: tuple[str, ...], values: list[tuple[Any, ...]]) -> None:
        columns = {one: [value[n] for value in values] for n, one in enumerate(key)}
        self._db.register("replaced", pa.table(columns))
        same = " AND ".join(f"{name}.{one} = replaced.{one}" for one in key)
        if key[0] == "no":  # numbers ascend: only the newest rows need be looked at
            same += f" AND {name}.no BETWEEN {min(columns['no'])} AND {max(columns['no'])}"
        self._db.execute(f"DELETE FROM {name} USING replaced WHERE {same}")  # noqa: S608
        self._db.unregister("replaced")

    def _add(self, sql: SqlTable, members: Sequence[tuple[Any, ...]]) -> None:
        if not members:
            return
        schema = _schema(sql)
        columns = [
            pa.array(values, type=kind.type)
            for values, kind in zip(zip(*members, strict=True), schema, strict=True)
        ]
        self._db.register("incoming", pa.Table.from_arrays(columns, schema=schema))
        self._db.execute(f"INSERT INTO {sql.name} SELECT * FROM incoming")  # noqa: S608
        self._db.unregister("incoming")

    # ── Questions ────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, statement: Select[Any]) -> list[tuple[Any, ...]]:
        """Run a SELECT on a cursor of its own."""
        compiled = statement.compile(dialect=DUCKDB, compile_kwargs={"render_postcompile": True})
        parameters = [compiled.params[name] for name in compiled.positiontup or ()]
        cursor = self._db.cursor()
        try:
            return cursor.execute(str(compiled), parameters).fetchall()
        finally:
            cursor.close()

    def calls(self) -> int:
        """How many calls the store holds."""
        cursor = self._db.cursor()
        found = cursor.execute("SELECT count(*) FROM call").fetchone()
        cursor.close()
        return int(found[0]) if found else 0


_CALLER = TABLES[Table.CALL].sql.columns.keys().index("caller")
_KEYS: dict[Table, tuple[str, ...]] = {
    Table.TALK: ("no", "talk_no"),
    Table.SIGN_IN: ("agent", "t_ms"),
    Table.CALLBACK: ("call_id",),
}
"""Tables of which a later row replaces an earlier one, and by what."""


def _schema(sql: SqlTable) -> pa.Schema:
    return pa.schema([(column.name, _ARROW[type(column.type)]) for column in sql.columns])


def _names() -> list[str]:
    return [
        *(one.name for spec in TABLES.values() for one in (spec.sql, spec.class_sql)),
        WORD.name,
        TEAM.name,
    ]


def _create(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE TABLE IF NOT EXISTS meta (key VARCHAR NOT NULL, value VARCHAR NOT NULL)")
    for sql in (WORD, TEAM, *(one for spec in TABLES.values() for one in (spec.sql, spec.class_sql))):
        db.execute(str(CreateTable(sql, if_not_exists=True).compile(dialect=DUCKDB)))
    if "layout" not in _meta(db):
        db.execute("INSERT INTO meta VALUES ('layout', ?)", [LAYOUT])


def _meta(db: duckdb.DuckDBPyConnection) -> dict[str, str]:
    found = db.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'meta'").fetchone()
    if not found or not found[0]:
        return {}
    return {str(key): str(value) for key, value in db.execute("SELECT key, value FROM meta").fetchall()}
