"""How long before and after a call its caller called: kept beside the call, made anew for the callers of new calls.

Only inbound calls with a number that tells one caller from another. A gap that is not there is nothing (further than anything).
"""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from hotline.adapters.statistics_sql.tables import TABLES
from hotline.core.metrics.measures import Table

_DAY_START = "(day::BIGINT * 86400000 - 28800000)"
_INBOUND = "class IN (SELECT class FROM call_class WHERE direction = 'inbound' AND known_caller = 1)"
_CHAINS = f"""
    SELECT no,
        t_ms - lag(t_ms) OVER chain AS before_ms,
        t_ms - lag(t_ms) OVER matter AS matter_before_ms,
        lead(t_ms) OVER matter - t_ms AS matter_after_ms,
        CASE WHEN lag(t_ms) OVER chain >= {_DAY_START} THEN 0 ELSE 1 END AS first_of_day
    FROM call WHERE {_INBOUND} {{more}}
    WINDOW chain AS (PARTITION BY authority, caller ORDER BY t_ms, no),
        matter AS (PARTITION BY authority, caller, type ORDER BY t_ms, no)
"""  # noqa: S608 - our own names
_SET = """
    UPDATE call SET before_ms = fresh.before_ms, matter_before_ms = fresh.matter_before_ms, matter_after_ms = fresh.matter_after_ms,
        first_of_day = fresh.first_of_day
    FROM ({chains}) AS fresh WHERE call.no = fresh.no
"""


def refresh_callers(db: duckdb.DuckDBPyConnection, callers: Iterable[int]) -> None:
    """Make the gaps of all calls by these callers anew."""
    db.register("fresh_callers", pa.table({"caller": pa.array(sorted(callers), type=pa.int64())}))
    chains = _CHAINS.format(more="AND caller IN (SELECT caller FROM fresh_callers)")
    db.execute(_SET.format(chains=chains))
    db.unregister("fresh_callers")


def refresh_all(db: duckdb.DuckDBPyConnection) -> None:
    """Make every gap anew in one sweep; the table is written again in the order of time."""
    columns = TABLES[Table.CALL].sql.columns.keys()
    derived = {"before_ms", "matter_before_ms", "matter_after_ms", "first_of_day"}
    chosen = ", ".join(
        "coalesce(fresh.first_of_day, 0)::SMALLINT AS first_of_day" if one == "first_of_day"
        else f"CASE WHEN fresh.no IS NULL AND '{one}' <> 'before_ms' THEN -1 ELSE fresh.{one} END AS {one}" if one in derived
        else f"call.{one}"
        for one in columns
    )  # fmt: skip
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE calls_again AS SELECT {chosen} FROM call LEFT JOIN ({_CHAINS.format(more='')}) AS fresh USING (no)"  # noqa: S608
    )
    db.execute("DELETE FROM call")
    db.execute("INSERT INTO call SELECT * FROM calls_again ORDER BY t_ms, no")
    db.execute("DROP TABLE calls_again")
