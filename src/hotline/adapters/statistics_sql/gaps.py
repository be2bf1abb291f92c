"""How long before and after a call its caller called, and which of the caller's calls it is: kept beside the call.

Made anew for the callers of new calls, or for everybody in one sweep, a share of the callers at a time; only rows that differ are
written. Only inbound calls with a number that tells one caller from another. A gap that is not there is nothing (further than
anything).
"""

from collections.abc import Iterable
from typing import Any, Final, cast

import duckdb
import numpy as np
import pyarrow as pa

_INBOUND: Final = "class IN (SELECT class FROM call_class WHERE direction = 'inbound' AND known_caller = 1)"
_DAY_MS: Final = 86_400_000
_OFFSET_MS: Final = 28_800_000
AT_ONCE: Final = 2_000_000
"""Calls sorted at once in a sweep: some 300 MB."""
WRITTEN_AT_ONCE: Final = 500_000
_GAPS: Final = ("before_ms", "matter_before_ms", "matter_after_ms")
_NONE: Final = -1
"""No gap, while counting."""
_Numbers = np.ndarray[Any, np.dtype[Any]]


def refresh_callers(db: duckdb.DuckDBPyConnection, callers: Iterable[int]) -> None:
    """Make the gaps of all calls by these callers anew."""
    db.register("fresh_callers", pa.table({"caller": pa.array(sorted(callers), type=pa.int64())}))
    _put(db, [_changed(db, "caller IN (SELECT caller FROM fresh_callers)")])
    db.unregister("fresh_callers")


def refresh_all(db: duckdb.DuckDBPyConnection) -> None:
    """Make every gap anew."""
    found = db.execute("SELECT count(*) FROM call").fetchone()
    parts = 1 + (found[0] if found else 0) // AT_ONCE
    _put(db, [_changed(db, f"abs(caller) % {parts} = {part}") for part in range(parts)])


def _changed(db: duckdb.DuckDBPyConnection, whose: str) -> dict[str, _Numbers]:
    """The places and new columns of rows that differ; a caller is chosen with all calls or not at all."""
    columns = "rowid AS place, t_ms, no, authority, caller, type, day, nth, first_of_day"
    gaps = ", ".join(f"coalesce({one}, {_NONE}) AS {one}" for one in _GAPS)
    asked = f"SELECT {columns}, {gaps} FROM call WHERE {whose} AND {_INBOUND}"  # noqa: S608 - our own names
    rows = cast("dict[str, _Numbers]", db.execute(asked).fetchnumpy())
    order = np.lexsort((rows["no"], rows["t_ms"], rows["caller"], rows["authority"]))
    rows = {name: values[order] for name, values in rows.items()}
    fresh = _chain(rows)
    differs = np.zeros(len(order), dtype=bool)
    for name, values in fresh.items():
        differs |= rows[name] != values
    return {name: values[differs] for name, values in {"place": rows["place"], **fresh}.items()}


def _chain(rows: dict[str, _Numbers]) -> dict[str, _Numbers]:
    """The new columns of calls that lie caller by caller in the order of time."""
    t_ms, count = rows["t_ms"], len(rows["t_ms"])
    begins = np.ones(count, dtype=bool)
    begins[1:] = (rows["caller"][1:] != rows["caller"][:-1]) | (
        rows["authority"][1:] != rows["authority"][:-1]
    )
    chain = np.cumsum(begins)
    place = np.arange(count)
    before = _since(t_ms, begins)
    midnight = rows["day"] * np.int64(_DAY_MS) - _OFFSET_MS
    by_matter = np.lexsort((rows["type"], chain))  # keeps the order of time within
    first_of_matter = np.ones(count, dtype=bool)
    chain_of, type_of = chain[by_matter], rows["type"][by_matter]
    first_of_matter[1:] = (chain_of[1:] != chain_of[:-1]) | (type_of[1:] != type_of[:-1])
    since = _since(t_ms[by_matter], first_of_matter)
    matter_before, matter_after = np.empty_like(before), np.full_like(before, _NONE)
    matter_before[by_matter] = since
    matter_after[by_matter[:-1]] = since[1:]
    return {
        "before_ms": before,
        "matter_before_ms": matter_before,
        "matter_after_ms": matter_after,
        "first_of_day": ((before == _NONE) | (t_ms - before < midnight)).astype(np.int16),
        "nth": (place - place[begins][chain - 1] + 1).astype(np.int32),
    }


def _since(t_ms: _Numbers, begins: _Numbers) -> _Numbers:
    """From the row before to each row; nothing where a chain begins."""
    since = np.full(len(t_ms), _NONE, dtype=np.int64)
    since[1:] = np.where(begins[1:], _NONE, t_ms[1:] - t_ms[:-1])
    return since


def _put(db: duckdb.DuckDBPyConnection, changed: list[dict[str, _Numbers]]) -> None:
    """Write the columns, in the order in which the rows lie."""
    together = {name: np.concatenate([one[name] for one in changed]) for name in changed[0]}
    if not len(together["place"]):
        return
    order = np.argsort(together["place"])
    news = ", ".join(
        f"{name} = nullif(fresh_gaps.{name}, {_NONE})" if name in _GAPS else f"{name} = fresh_gaps.{name}"
        for name in together
        if name != "place"
    )
    for start in range(0, len(order), WRITTEN_AT_ONCE):
        some = {name: values[order[start : start + WRITTEN_AT_ONCE]] for name, values in together.items()}
        first, last = int(some["place"][0]), int(some["place"][-1])
        db.register("fresh_gaps", pa.table(some))
        db.execute(
            f"UPDATE call SET {news} FROM fresh_gaps WHERE call.rowid = fresh_gaps.place AND call.rowid BETWEEN {first} AND {last}"  # noqa: S608 - our own names
        )
        db.unregister("fresh_gaps")
