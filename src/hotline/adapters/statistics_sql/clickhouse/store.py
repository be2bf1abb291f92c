"""The store on ClickHouse, which knows no transactions: rows first, each with the number of its write, the watermark last in one row.

Who begins takes the store over under a new, higher number and takes out what an unfinished write left; the journal after the watermark
brings it again. A write finds out first whether somebody else has taken over since. Questions meanwhile may see a part of a write.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import pyarrow as pa
from sqlalchemy import Select
from sqlalchemy import Table as SqlTable

from hotline.adapters.statistics_sql import late
from hotline.adapters.statistics_sql.clickhouse import changes
from hotline.adapters.statistics_sql.clickhouse.line import Line
from hotline.adapters.statistics_sql.clickhouse.tables import (
    FACTS,
    PROGRESS,
    creating,
    emptying,
    is_fact,
    key_of,
    schema,
)
from hotline.adapters.statistics_sql.coding import Coding, News
from hotline.adapters.statistics_sql.dialects import CLICKHOUSE, literal_sql
from hotline.adapters.statistics_sql.fact_store import (
    GAPS_AT_ONCE,
    PUT_OFF_MOST,
    StoreUnavailable,
    TakenOver,
)
from hotline.adapters.statistics_sql.incoming import Incoming
from hotline.adapters.statistics_sql.questions import Questions
from hotline.adapters.statistics_sql.tables import TABLES, TEAM, WORD
from hotline.core.metrics import facts as f
from hotline.core.metrics.folds import Memory
from hotline.core.metrics.measures import Table
from hotline.platform.statistics_address import StatisticsAddress

LAYOUT = "clickhouse-1"
"""Changes with the tables: those of another layout are dropped and made again from the journal."""
_TURN_BITS: Final = 40
_STEPS: Final = 8
"""Versions that one write may use: for rows, and for what it changes of rows, one after the other."""
_MEMORY = msgspec.json.Decoder(Memory)
_CALL: Final = TABLES[Table.CALL].sql
_CALLER: Final = _CALL.columns.keys().index("caller")
_STATE: Final = f"SELECT version, state FROM {PROGRESS} ORDER BY version DESC LIMIT 1"  # noqa: S608 - our own name


@dataclass(slots=True)
class _State:
    """What stands beside the rows. `committed`: the last write that counts; `gaps`: whether some are still to be made."""

    layout: str = LAYOUT
    watermark: int = 0
    low_water: int = 0
    memory: str = ""
    committed: int = 0
    calls: int = 0
    gaps: str = ""


class ClickHouseStore(Questions):
    """`fact_store.FactStore` on a ClickHouse server or cluster."""

    def __init__(self, address: StatisticsAddress) -> None:
        """Connects with the first `progress`."""
        super().__init__()
        self._address = address
        self._writing = threading.Lock()
        self._line: Line | None = None
        self._ours = False
        """Whether the store is as this process left it, so that it may write."""
        self._version = 0
        self._state = _State()
        self._put_off: set[int] | None = None

    # ── Beginning ────────────────────────────────────────────────────────────────────────────────────────────

    def progress(self) -> tuple[int, int, Memory]:
        """Take the store over, and say how far it is."""
        with self._writing:
            line = self._connected(anew=not self._ours)
            self._ours = False
            for statement in creating(line.cluster):
                line.run(statement)
            last, state = self._last(line)
            if state.layout != LAYOUT:
                for statement in (*emptying(line.cluster, drop=True), *creating(line.cluster)):
                    line.run(statement)
                state = _State()
            self._state, self._version = state, ((last >> _TURN_BITS) + 1) << _TURN_BITS
            self._tell(line, self._version)
            self._take_out_unfinished(line)
            self.coding = _coding(line)
            self._put_off = None
            self._versions.all_changed()
            self._ours = True
            memory = _MEMORY.decode(state.memory) if state.memory else Memory()
            return state.watermark, state.low_water, memory

    def _connected(self, *, anew: bool) -> Line:
        """The line; after a failure a new one, perhaps to another node."""
        if self._line is None or anew:
            old, self._line = self._line, Line(self._address)
            if old is not None:
                old.close()
        return self._line

    def _last(self, line: Line) -> tuple[int, _State]:
        found = line.rows(_STATE)
        return (int(found[0][0]), _State(**json.loads(found[0][1]))) if found else (0, _State())

    def _take_out_unfinished(self, line: Line) -> None:
        if not self._state.watermark:
            for statement in emptying(line.cluster):
                line.run(statement)
            return
        for table in FACTS:
            line.run(changes.again(table, self._version, f"batch > {self._state.committed}", gone=True))

    def _tell(self, line: Line, version: int) -> None:
        """The watermark and what belongs to it, in one row."""
        values = {name: getattr(self._state, name) for name in _State.__slots__}
        columns = [[version], [0], [json.dumps(values)]]
        kinds = pa.schema([("version", pa.uint64()), ("gone", pa.uint8()), ("state", pa.string())])
        line.insert(PROGRESS, [pa.array(one, kind) for one, kind in zip(columns, kinds.types, strict=True)], kinds, f"{PROGRESS}-{version}")  # fmt: skip

    def clear(self) -> None:
        """Drop all rows, codes and the watermark: the watermark first, so that what is left of rows is dropped in any case."""
        with self._writing:
            line = self._mine()
            self._state = _State()
            self._tell(line, self._next())
            for statement in emptying(line.cluster):
                line.run(statement)
            self.coding = Coding()
            self._versions.all_changed()

    def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            self._line.close()

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────

    def put(
        self, batch: Incoming, *, watermark: int, low_water: int, memory: Memory, catching_up: bool = False
    ) -> None:
        """Add rows, then move the watermark."""
        with self._writing:
            line = self._mine()
            try:
                version = self._next()
                callers = self._write(line, batch, version)
                if callers and (catching_up or len(callers) > GAPS_AT_ONCE):
                    self._put_off_gaps(callers)
                elif callers:
                    _run_all(line, changes.gaps_of(callers, version + 3))
                self._state.watermark, self._state.low_water = watermark, low_water
                self._state.memory = msgspec.json.encode(memory).decode()
                self._state.committed = version
                self._state.calls += len(batch.rows.get(Table.CALL, []))
                self._tell(line, version + 4)
            except BaseException:
                self._ours = False
                raise
            if batch.late or batch.withdrawn:
                self._versions.all_changed()
            for members in batch.rows.values():
                self._versions.changed(row[1] for row in members)

    def settle_gaps(self) -> None:
        """Make the gaps between callers' calls, if they were put off."""
        with self._writing:
            if not self._state.gaps:
                return
            line = self._mine()
            try:
                version = self._next()
                whose = self._put_off
                _run_all(line, changes.all_gaps(self._state.calls, version) if whose is None else changes.gaps_of(whose, version))  # fmt: skip
                self._state.gaps = ""
                self._tell(line, version)
            except BaseException:
                self._ours = False
                raise
            self._versions.all_changed()

    def _mine(self) -> Line:
        """The line, when nobody else has taken the store over since our last write."""
        if not self._ours or self._line is None:
            raise StoreUnavailable("what was written last is not known: begin again")
        last, _ = self._last(self._line)
        if last >> _TURN_BITS > self._version >> _TURN_BITS:
            self._ours = False
            raise TakenOver("another statistics process writes to this ClickHouse database")
        return self._line

    def _next(self) -> int:
        self._version += _STEPS
        return self._version

    def _write(self, line: Line, batch: Incoming, version: int) -> set[int]:
        """Write codes, rows and corrections; return the callers whose calls are not the same any more."""
        self._add_news(line, batch.news, version)
        for agent, since in batch.withdrawn:
            line.run(changes.withdrawn(agent, since, version))
        places: dict[Table, int] = {}
        for table, members in batch.rows.items():
            places[table] = self._add(line, TABLES[table].sql, members, version)
        callers = {row[_CALLER] for row in batch.rows.get(Table.CALL, [])}
        if batch.late:
            callers |= self._write_late(line, batch.late, version, places.get(Table.SURVEY, 0))
        return callers

    def _write_late(self, line: Line, news: Sequence[f.Late], version: int, place: int) -> set[int]:
        """What is told of calls whose rows are there; return the callers whose matters have changed."""
        calls = self._calls_of(line, news)
        types: dict[int, int] = {}
        classes: dict[int, int] = {}
        answers: list[tuple[Any, ...]] = []
        callers: set[int] = set()
        for fact in news:
            row = calls.get(self.coding.call_key(fact.call_id, known_only=True))
            if row is None:
                continue
            if isinstance(fact, f.Reclassified):
                types[row[0]] = self.coding.word(fact.business_type)
                callers.add(row[3])
            elif isinstance(fact, f.LateInvitation):
                classes[row[0]] = late.invited_class(self.coding, row)
            else:
                answers.append(late.answer_row(self.coding, fact, row))
        self._add_news(line, self.coding.take_news(), version)
        self._add(line, TABLES[Table.SURVEY].sql, answers, version, first=place)
        _run_all(line, changes.retyped(types, version + 1))
        _run_all(line, changes.classed(classes, version + 2))
        return callers

    def _calls_of(self, line: Line, news: Sequence[f.Late]) -> dict[tuple[int, int], tuple[Any, ...]]:
        keys = {self.coding.call_key(fact.call_id, known_only=True) for fact in news}
        listed = ", ".join(f"({high}, {low})" for high, low in keys)
        lows = ", ".join(str(low) for _, low in keys)
        asked = f"SELECT call_high, call_low, {late.COLUMNS} FROM call WHERE call_low IN ({lows}) AND (call_high, call_low) IN ({listed})"  # noqa: S608 - our own names and numbers
        return {(row[0], row[1]): row[2:] for row in line.rows(asked)}

    def _add_news(self, line: Line, news: News, version: int) -> None:
        self._add(line, WORD, news.words, version)
        self._add(line, TEAM, news.teams, version)
        for table, classes in news.classes.items():
            self._add(line, TABLES[table].class_sql, classes, version)

    def _add(
        self, line: Line, sql: SqlTable, members: Sequence[tuple[Any, ...]], version: int, *, first: int = 0
    ) -> int:
        """Insert rows; of those with the same key the last. Return the place after them."""
        if not members:
            return first
        if is_fact(sql) and "place" not in (key := key_of(sql)):
            at = [sql.columns.keys().index(name) for name in key]
            members = list({tuple(row[n] for n in at): row for row in members}.values())
        count, kinds = len(members), schema(sql)
        marks = [[version] * count, range(first, first + count)] if is_fact(sql) else []
        values = [*zip(*members, strict=True), *marks, [version] * count, [0] * count]
        columns = [pa.array(one, kind) for one, kind in zip(values, kinds.types, strict=True)]
        line.insert(sql.name, columns, kinds, f"{sql.name}-{version}-{first}")
        return first + count

    def _put_off_gaps(self, callers: set[int]) -> None:
        """Say beside the rows that gaps are still to be made, and remember whose."""
        if not self._state.gaps:
            self._put_off = set()
        if self._put_off is not None:
            self._put_off |= callers
            if len(self._put_off) > PUT_OFF_MOST:
                self._put_off = None
        self._state.gaps = "stale"

    # ── Questions ────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, statement: Select[Any]) -> list[tuple[Any, ...]]:
        """Run a SELECT. Raises `StoreUnavailable`."""
        if self._line is None:
            raise StoreUnavailable("ClickHouse has not answered yet")
        return self._line.rows(literal_sql(statement, CLICKHOUSE))

    def calls(self) -> int:
        """How many calls the store holds."""
        return self._state.calls


def _run_all(line: Line, statements: Any) -> None:
    for statement in statements:
        line.run(statement)


def _coding(line: Line) -> Coding:
    """The codes that the store knows."""
    coding = Coding()
    coding.load(
        [(int(code), str(text)) for code, text in line.rows("SELECT code, text FROM word ORDER BY code")],
        [int(row[0]) for row in line.rows("SELECT DISTINCT team FROM team")],
        {table: line.rows(_everything(spec.class_sql)) for table, spec in TABLES.items()},
        [-int(row[0]) for row in line.rows("SELECT DISTINCT caller FROM call WHERE caller <= 0")],
    )
    return coding


def _everything(table: SqlTable) -> str:
    columns = ", ".join(f"`{one.name}`" for one in table.columns)
    return f"SELECT {columns} FROM {table.name}"  # noqa: S608 - our own names
