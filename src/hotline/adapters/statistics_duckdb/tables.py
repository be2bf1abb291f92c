"""The fact tables as columns: epoch milliseconds of the counting moment, local month/day/slot, the dimensions, the numbers.

Column names are those of `core.metrics.facts`; what is not counted, grouped or filtered is left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, SmallInteger, String
from sqlalchemy import Table as SqlTable

from hotline.core.metrics import facts as f
from hotline.core.metrics.evaluate import column, counted_at
from hotline.core.metrics.measures import Table
from hotline.core.metrics.query import epoch_ms, local_day, local_month, local_slot

metadata = MetaData()

_TIME = ("t_ms", "month", "day", "slot")
_ARROW: dict[type[Any], pa.DataType] = {
    BigInteger: pa.int64(),
    Integer: pa.int32(),
    SmallInteger: pa.int16(),
    String: pa.string(),
    Boolean: pa.bool_(),
}


@dataclass(frozen=True, slots=True)
class FactTable:
    """One fact table: how it stands in the store, and how a fact becomes a row."""

    sql: SqlTable
    schema: pa.Schema
    derive: dict[str, Callable[[Any], Any]]

    def rows(self, facts: list[Any]) -> pa.Table:
        """Return facts as an Arrow table with this table's columns."""
        names = self.schema.names
        columns = [
            [self.derive[name](fact) if name in self.derive else column(fact, name) for fact in facts]
            for name in names
        ]
        return pa.table(dict(zip(names, columns, strict=True)), schema=self.schema)


def _table(
    name: Table, *columns: Column[Any], derive: dict[str, Callable[[Any], Any]] | None = None
) -> FactTable:
    sql = SqlTable(
        name.value,
        metadata,
        Column("t_ms", BigInteger, nullable=False),
        Column("month", Integer, nullable=False),
        Column("day", Integer, nullable=False),
        Column("slot", SmallInteger, nullable=False),
        Column("authority_id", String, nullable=False),
        *columns,
    )
    schema = pa.schema([(c.name, _ARROW[type(c.type)]) for c in sql.columns])
    time: dict[str, Callable[[Any], Any]] = {
        "t_ms": lambda fact: epoch_ms(counted_at(fact)),
        "month": lambda fact: local_month(counted_at(fact)),
        "day": lambda fact: local_day(counted_at(fact)),
        "slot": lambda fact: local_slot(counted_at(fact)),
    }
    return FactTable(sql=sql, schema=schema, derive={**time, **(derive or {})})


def _text(name: str) -> Column[Any]:
    return Column(name, String)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False)


def _ms(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


TABLES: dict[Table, FactTable] = {
    Table.CALL: _table(
        Table.CALL,
        _text("call_id"), _text("hotline_id"), _text("queue_id"), _text("agent_id"), _text("dnis"), _text("ani"),
        _text("direction"), _text("disposition"),
        _flag("test"), _flag("answered"), _flag("agent_requested"), _flag("agent_answered"), _flag("survey_invited"),
        _ms("talk_ms"),
    ),
    Table.VISIT: _table(
        Table.VISIT,
        _text("visit_id"), _text("call_id"), _text("hotline_id"), _text("queue_id"), _text("agent_id"), _text("dnis"),
        _text("outcome"), _text("cause"),
        _flag("test"), _ms("left_ms"), _ms("wait_ms"),
        derive={"left_ms": lambda fact: max(epoch_ms(fact.left_at), epoch_ms(fact.entered_at) + 1)},
    ),
    Table.OFFER: _table(
        Table.OFFER,
        _text("offer_id"), _text("call_id"), _text("hotline_id"), _text("queue_id"), _text("agent_id"), _text("dnis"),
        _text("outcome"), _text("why"), _text("kind"),
        _flag("test"), _flag("duty"), _ms("ring_ms"),
    ),
    Table.TALK: _table(
        Table.TALK,
        _text("talk_id"), _text("call_id"), _text("hotline_id"), _text("queue_id"), _text("agent_id"), _text("dnis"),
        _text("direction"), _text("how"),
        _flag("test"), _ms("talk_ms"), _ms("hold_ms"), _ms("wrap_ms"),
    ),
    Table.AGENT: _table(
        Table.AGENT,
        _text("agent_id"), _text("state"), _text("reason"), _text("queue_id"), _flag("first"), _ms("duration_ms"),
    ),
    Table.SURVEY: _table(
        Table.SURVEY,
        _text("call_id"), Column("question", Integer, nullable=False), _text("hotline_id"), _text("queue_id"),
        _text("agent_id"), _text("dnis"), _flag("test"), Column("grade", Integer, nullable=False), _text("key"),
        _text("label"),
    ),
    Table.KEY: _table(
        Table.KEY,
        _text("call_id"), Column("number", Integer, nullable=False), _text("hotline_id"), _flag("test"),
        _text("flow_id"), _text("node_id"), _text("keys"), _text("label"), _flag("accepted"),
    ),
}  # fmt: skip

TABLE_OF_FACT: dict[type, Table] = {
    f.CallFact: Table.CALL,
    f.QueueVisitFact: Table.VISIT,
    f.OfferFact: Table.OFFER,
    f.TalkFact: Table.TALK,
    f.AgentIntervalFact: Table.AGENT,
    f.SurveyAnswerFact: Table.SURVEY,
    f.IvrKeyFact: Table.KEY,
}

REPLACED_BY: dict[Table, str] = {Table.TALK: "talk_id"}
"""Tables of which a later row replaces an earlier one, and by which column."""
