"""The fact tables in ClickHouse: the columns of `tables`, and beside them which write a row came with and which made it what it is.

Everything is an INSERT: a row is changed by a newer version of it under the same key, taken out by a version that says it is gone
(ReplacingMergeTree; questions read with FINAL). In a cluster each table is a replicated one on every shard under one that distributes;
the rows of a call lie together.
"""

from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import BigInteger, Integer, SmallInteger, String
from sqlalchemy import Table as SqlTable

from hotline.adapters.statistics_sql.tables import TABLES, TEAM, WORD
from hotline.core.metrics.measures import Table

PROGRESS: Final = "progress"
_KEYS: Final[dict[str, tuple[str, ...]]] = {
    Table.CALL.value: ("t_ms", "no"),
    Table.TALK.value: ("t_ms", "no", "talk_no"),
    Table.SIGN_IN.value: ("t_ms", "agent"),
    Table.CALLBACK.value: ("t_ms", "call_id"),
    WORD.name: ("code",),
    TEAM.name: ("team", "queue"),
}
"""What a later row replaces an earlier one by; facts without a key of their own have their place in the write that brought them."""
_SHARDS: Final[dict[str, str]] = {
    Table.AGENT.value: "cityHash64(agent)",
    Table.SIGN_IN.value: "cityHash64(agent)",
    Table.OPERATION.value: "cityHash64(agent)",
    Table.CALLBACK.value: "cityHash64(call_id)",
}
_TYPES: Final[dict[type[Any], tuple[str, pa.DataType]]] = {
    BigInteger: ("Int64", pa.int64()),
    Integer: ("Int32", pa.int32()),
    SmallInteger: ("Int16", pa.int16()),
    String: ("String", pa.string()),
}
_RISING: Final = frozenset({"no", "t_ms", "call_high"})
"""Columns that are small steps in the order of time."""
BOOKS: Final[tuple[SqlTable, ...]] = (WORD, TEAM, *(spec.class_sql for spec in TABLES.values()))
FACTS: Final[tuple[SqlTable, ...]] = tuple(spec.sql for spec in TABLES.values())
MARKS: Final = (("batch", pa.uint64()), ("place", pa.uint32()))
"""With which write a fact came, and its place in it."""
VERSION: Final = (("version", pa.uint64()), ("gone", pa.uint8()))
"""Which write made a row what it is, and whether it took it out."""


def is_fact(table: SqlTable) -> bool:
    """Whether rows are facts, not codes."""
    return "t_ms" in table.c


def schema(table: SqlTable) -> pa.Schema:
    """The columns of what is sent."""
    return pa.schema(
        [
            *((column.name, _TYPES[type(column.type)][1]) for column in table.columns),
            *(MARKS if is_fact(table) else ()),
            *VERSION,
        ]
    )


def key_of(table: SqlTable) -> tuple[str, ...]:
    """The columns whose values tell one row from another; rows lie in their order."""
    if is_fact(table):
        return _KEYS.get(table.name, ("t_ms", "no", "batch", "place"))
    return _KEYS.get(table.name, ("class",))


def creating(cluster: str) -> Iterator[str]:
    """The statements that make what is not there yet."""
    for table in (*FACTS, *BOOKS):
        yield from _creating(table.name, _columns(table), _order(table), cluster)
    columns = "`version` UInt64, `gone` UInt8, `state` String"
    yield from _creating(PROGRESS, columns, "ORDER BY tuple()", cluster)


def emptying(cluster: str, *, drop: bool = False) -> Iterator[str]:
    """The statements that take out all facts and codes; `drop`: the tables too."""
    for name in (*(table.name for table in (*FACTS, *BOOKS)), *((PROGRESS,) if drop else ())):
        if not drop:
            yield f"TRUNCATE TABLE IF EXISTS {_stored(name, cluster)}{_everywhere(cluster)}"
            continue
        for one in dict.fromkeys((name, _stored(name, cluster))):
            yield f"DROP TABLE IF EXISTS {one}{_everywhere(cluster)} SYNC"


def _creating(name: str, columns: str, order: str, cluster: str) -> Iterator[str]:
    stored = _stored(name, cluster)
    engine = "ReplacingMergeTree(version, gone)"
    if cluster:
        where = f"'/clickhouse/tables/{{shard}}/{{database}}/{stored}', '{{replica}}'"
        engine = f"ReplicatedReplacingMergeTree({where}, version, gone)"
    durable = "fsync_after_insert = 1, fsync_part_directory = 1"
    yield f"CREATE TABLE IF NOT EXISTS {stored}{_everywhere(cluster)} ({columns}) ENGINE = {engine} {order} SETTINGS {durable}"
    if cluster:
        shard = _SHARDS.get(name, "cityHash64(no)" if name in TABLES else "0")
        spread = f"Distributed({cluster}, currentDatabase(), {stored}, {shard})"
        yield f"CREATE TABLE IF NOT EXISTS {name}{_everywhere(cluster)} AS {stored} ENGINE = {spread}"


def _columns(table: SqlTable) -> str:
    columns = [
        f"`{column.name}` {f'Nullable({kind})' if column.nullable else kind}{_codec(column.name) if is_fact(table) else ''}"
        for column in table.columns
        for kind in (_TYPES[type(column.type)][0],)
    ]
    marks = (
        ["`batch` UInt64 CODEC(ZSTD(1))", "`place` UInt32 CODEC(Delta, ZSTD(1))"] if is_fact(table) else []
    )
    return ", ".join([*columns, *marks, "`version` UInt64 CODEC(ZSTD(1))", "`gone` UInt8", *_indexes(table)])


def _codec(name: str) -> str:
    return " CODEC(Delta, ZSTD(1))" if name in _RISING else " CODEC(ZSTD(1))"


def _indexes(table: SqlTable) -> list[str]:
    """What spares reading years for a few rows: of one call, of some callers, of the last write."""
    if not is_fact(table):
        return []
    found = ["INDEX of_batch batch TYPE minmax GRANULARITY 1", "INDEX of_call no TYPE minmax GRANULARITY 1"]
    if table.name == Table.CALL:
        found += [
            f"INDEX of_{one} {one} TYPE bloom_filter(0.01) GRANULARITY 4" for one in ("caller", "call_low")
        ]
    return found


def _order(table: SqlTable) -> str:
    parts = "PARTITION BY month " if is_fact(table) else ""
    return f"{parts}ORDER BY ({', '.join(f'`{one}`' for one in key_of(table))})"


def _stored(name: str, cluster: str) -> str:
    return f"{name}_local" if cluster else name


def _everywhere(cluster: str) -> str:
    return f" ON CLUSTER {cluster}" if cluster else ""
