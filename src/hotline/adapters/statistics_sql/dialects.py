"""How each engine reads our SQL: DuckDB, ClickHouse, and for comparison SQLite and PostgreSQL. Statements with values in their places."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles

from hotline.adapters.statistics_sql.buckets import whole

POSTGRESQL = postgresql.dialect(paramstyle="named")
SQLITE = sqlite.dialect(paramstyle="named")


class ClickHouse(postgresql.dialect):
    """Enough of ClickHouse: it reads standard SQL, divides whole numbers by intDiv, and takes a backslash in a text for an escape."""

    name = "clickhouse"
    _backslash_escapes = True


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
