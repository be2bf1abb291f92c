"""Changes of rows that are there, as INSERT … SELECT of their newer versions: business types, invitations, withdrawals, callers' gaps."""

from collections.abc import Collection, Iterator
from typing import Final

from sqlalchemy import Table as SqlTable

from hotline.adapters.statistics_sql.clickhouse.tables import MARKS
from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.metrics.measures import Table

CALL: Final = TABLES[Table.CALL].sql
INBOUND: Final = (
    "`class` IN (SELECT `class` FROM call_class WHERE direction = 'inbound' AND known_caller = 1)"
)
AT_ONCE: Final = 2_000_000
"""Calls put in order at once in a sweep."""
CALLERS_AT_ONCE: Final = 5_000
_NONE: Final = -1
_OF_CALLER: Final = "PARTITION BY authority, caller ORDER BY t_ms, no ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
_OF_MATTER: Final = _OF_CALLER.replace("caller ORDER", "caller, `type` ORDER")
_GAPS: Final = {
    "before_ms": f"t_ms - lagInFrame(toNullable(t_ms)) OVER ({_OF_CALLER})",
    "matter_before_ms": f"t_ms - lagInFrame(toNullable(t_ms)) OVER ({_OF_MATTER})",
    "matter_after_ms": f"leadInFrame(toNullable(t_ms)) OVER ({_OF_MATTER}) - t_ms",
    "nth": f"toInt32(row_number() OVER ({_OF_CALLER}))",
    "first_of_day": "toInt16(coalesce(t_ms - new_before_ms < toInt64(day) * 86400000 - 28800000, 1))",
}


def again(
    table: SqlTable, version: int, where: str, changes: dict[str, str] | None = None, *, gone: bool = False
) -> str:
    """Newer versions of the rows that `where` chooses, with some columns changed, or gone."""
    names = [column.name for column in table.columns] + [name for name, _ in MARKS]
    chosen = ", ".join((changes or {}).get(name, f"`{name}`") for name in names)
    columns = ", ".join(f"`{name}`" for name in names)
    return f"INSERT INTO {table.name} ({columns}, `version`, `gone`) SELECT {chosen}, {version}, {int(gone)} FROM {table.name} WHERE {where}"  # noqa: S608 - our own names and numbers


def withdrawn(agent: int, since_ms: int, version: int) -> str:
    """Take out an agent's pieces since then."""
    return again(TABLES[Table.AGENT].sql, version, f"agent = {agent} AND t_ms >= {since_ms}", gone=True)


def retyped(types: dict[int, int], version: int) -> Iterator[str]:
    """Give all rows of some calls, by their numbers, another business type."""
    if not types:
        return
    where = f"no IN ({_listed(types)}) AND no BETWEEN {min(types)} AND {max(types)}"
    change = {"type": f"toInt32(transform(no, [{_listed(types)}], [{_listed(types.values())}], `type`))"}
    for spec in TABLES.values():
        if spec.stamped:
            yield again(spec.sql, version, where, change)


def classed(classes: dict[int, int], version: int) -> Iterator[str]:
    """Give the rows of some calls, by their numbers, another class."""
    if classes:
        change = {
            "class": f"toInt16(transform(no, [{_listed(classes)}], [{_listed(classes.values())}], `class`))"
        }
        yield again(CALL, version, f"no IN ({_listed(classes)})", change)


def gaps_of(callers: Collection[int], version: int) -> Iterator[str]:
    """Make the gaps of all calls by these callers anew; only rows that differ are written."""
    known = sorted(callers)
    for start in range(0, len(known), CALLERS_AT_ONCE):
        yield _gaps(f"caller IN ({_listed(known[start : start + CALLERS_AT_ONCE])})", version)


def all_gaps(calls: int, version: int) -> Iterator[str]:
    """Make every gap anew, a share of the callers at a time."""
    parts = 1 + calls // AT_ONCE
    for part in range(parts):
        yield _gaps(f"abs(caller) % {parts} = {part}", version)


def _gaps(whose: str, version: int) -> str:
    """The same for the callers that `whose` chooses, each with all calls or not at all."""
    names = [column.name for column in CALL.columns] + [name for name, _ in MARKS]
    columns = ", ".join(f"`{name}`" for name in names)
    chosen = ", ".join(f"new_{name}" if name in _GAPS else f"`{name}`" for name in names)
    windows = ", ".join(f"{sql} AS new_{name}" for name, sql in _GAPS.items())
    differs = " OR ".join(f"coalesce(new_{name}, {_NONE}) <> coalesce(`{name}`, {_NONE})" for name in _GAPS)
    inner = f"SELECT {columns}, {windows} FROM call WHERE {whose} AND {INBOUND}"  # noqa: S608
    return f"INSERT INTO call ({columns}, `version`, `gone`) SELECT {chosen}, {version}, 0 FROM ({inner}) WHERE {differs}"  # noqa: S608


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(str(int(one)) for one in numbers)
