"""How each engine reads our SQL: DuckDB, ClickHouse, and for comparison SQLite and PostgreSQL. Statements with values in their places."""

from typing import Any

from sqlalchemy import BigInteger, Integer, Select, SmallInteger, String
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles

from hotline.adapters.statistics_sql.buckets import whole

POSTGRESQL = postgresql.dialect(paramstyle="named")
SQLITE = sqlite.dialect(paramstyle="named")


class ClickHouse(postgresql.dialect):
    """Enough of ClickHouse: it reads standard SQL, and divides whole numbers by intDiv."""

    name = "clickhouse"


class _DuckDb(postgresql.dialect):
    name = "duckdb"


DUCKDB = _DuckDb(paramstyle="numeric_dollar")
CLICKHOUSE = ClickHouse(paramstyle="named")


@compiles(whole, "clickhouse")
def _int_div(element: Any, compiler: Any, **kw: Any) -> str:
    top, bottom = (compiler.process(one, **kw) for one in element.clauses)
    return f"intDiv({top}, {bottom})"


@compiles(whole, "duckdb")
def _floor(element: Any, compiler: Any, **kw: Any) -> str:
    top, bottom = (compiler.process(one, **kw) for one in element.clauses)
    return f"(({top}) // ({bottom}))"


def literal_sql(statement: Select[Any], dialect: Dialect) -> str:
    """The statement with every value written out: they are numbers and texts of our own dictionary, quoted by SQLAlchemy."""
    return str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})).replace("%%", "%")


_CLICKHOUSE_TYPES: dict[type[Any], str] = {
    BigInteger: "Int64",
    Integer: "Int32",
    SmallInteger: "Int16",
    String: "String",
}


def clickhouse_ddl(table: SqlTable, order: tuple[str, ...], *, replacing: bool) -> str:
    """CREATE TABLE in ClickHouse: rows with the same `order` replace one another when `replacing`."""
    columns = ", ".join(
        f"`{column.name}` {f'Nullable({kind})' if column.nullable else kind}"
        for column in table.columns
        for kind in (_CLICKHOUSE_TYPES[type(column.type)],)
    )
    version = ", `version` UInt64" if replacing else ""
    engine = "ReplacingMergeTree(version)" if replacing else "MergeTree"
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({columns}{version}) ENGINE = {engine} ORDER BY ({', '.join(order)})"
