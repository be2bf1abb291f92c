"""The fact tables as narrow columns: whole numbers, texts by their code in `word`, what conditions ask for by the row's class.

A class is one combination of the low-cardinality columns of a table (direction, disposition, outcome, …, wait by the borders of
the distribution); `<table>_class` lists them. A report groups millions of rows by class once, and asks its hundred conditions of the
few classes there are. Times are epoch milliseconds, with the local month, day and quarter of the day beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, MetaData, SmallInteger, String
from sqlalchemy import Table as SqlTable

from hotline.core.metrics import facts as f
from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.evaluate import DERIVED, key_shown
from hotline.core.metrics.measures import Table

metadata = MetaData()

WORD = SqlTable(
    "word", metadata, Column("code", Integer, nullable=False), Column("text", String, nullable=False)
)
"""Texts by number; 0 is no text."""
TEAM = SqlTable(
    "team", metadata, Column("team", Integer, nullable=False), Column("queue", Integer, nullable=False)
)
"""The queues of each combination that agents were members of; `team` is the code of their ids, joined."""

_D = Dimension
ROW_DIMENSIONS: dict[Dimension, str] = {
    _D.HOTLINE: "hotline",
    _D.QUEUE: "queue",
    _D.AGENT: "agent",
    _D.CALLED: "called",
    _D.CALLER: "caller",
    _D.TYPE: "type",
    _D.PROVINCE: "province",
    _D.CITY: "city",
}
"""Dimensions that are columns of rows; `hour` and `weekday` come from the time, the others are columns of classes."""
CLASS_DIMENSIONS: dict[Dimension, str] = {
    _D.DIRECTION: "direction",
    _D.DISPOSITION: "disposition",
    _D.CAUSE: "cause",
    _D.STATE: "state",
    _D.REASON: "reason",
    _D.GRADE: "grade",
    _D.FLOW: "flow",
    _D.NODE: "node",
    _D.KEY: "key",
    _D.LABEL: "label",
}
NULL_IS_FAR = frozenset({"before_ms", "matter_before_ms", "matter_after_ms"})
"""Columns in which nothing means: further away than anything."""

Derive = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Derived:
    """How a fact gives a value; `attribute`: the one attribute of the fact that it comes from, "" when it is more than that."""

    value: Derive
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class FactTable:
    """One fact table.

    `codes`: columns of texts by code, with the fact's attribute; `classes`: the columns of its classes; `values`: whole numbers of the
    row.
    """

    sql: SqlTable
    class_sql: SqlTable
    codes: dict[str, str]
    classes: dict[str, Derived]
    values: dict[str, Derived]
    stamped: bool
    """Whether rows carry the numbers and the business type of their call."""
    texts: Callable[[Any], tuple[Any, ...]] = field(init=False)
    """The authority and the texts of `codes`, all at once."""
    repeating: Callable[[Any], tuple[Any, ...]] = field(init=False)
    """What decides a fact's texts and class, cheaper than these themselves."""
    numbers: Callable[[Any], tuple[Any, ...]] = field(init=False)
    """The values of `values`, all at once."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", _all_of(["authority_id", *self.codes.values()], []))
        texts = ["authority_id", *self.codes.values()]
        plain, more = _split(self.classes)
        object.__setattr__(self, "repeating", _all_of([*texts, *plain], more))
        plain, more = _split(self.values)
        assert [one.attribute for one in self.values.values()][: len(plain)] == plain, "attributes first"
        object.__setattr__(self, "numbers", _all_of(plain, more))


def _split(columns: dict[str, Derived]) -> tuple[list[str], list[Derive]]:
    """The attributes of a fact that columns are, and how the other columns come about."""
    return (
        [one.attribute for one in columns.values() if one.attribute],
        [one.value for one in columns.values() if not one.attribute],
    )


def _all_of(attributes: list[str], more: list[Derive]) -> Callable[[Any], tuple[Any, ...]]:
    """Several attributes of a fact as one tuple, then what is more than an attribute."""
    if len(attributes) < 2:
        derive = [*map(attrgetter, attributes), *more]
        return lambda fact: tuple([one(fact) for one in derive])
    plain = attrgetter(*attributes)
    if not more:
        return plain
    return lambda fact: (*plain(fact), *[one(fact) for one in more])


def _text(name: str) -> Derived:
    def derive(fact: Any) -> Any:
        value = getattr(fact, name)
        return "" if value is None else str(value)

    return Derived(derive, name)


def _flag(name: str) -> Derived:
    if name in _MORE:
        more = _MORE[name]
        return Derived(lambda fact: int(more(fact)))
    return Derived(lambda fact: int(getattr(fact, name)), name)


def _number(name: str) -> Derived:
    if name in _MORE:
        return Derived(_MORE[name])
    return Derived(attrgetter(name), name)


_MORE = {name: derive for (_, name), derive in DERIVED.items()}


def _zero(_fact: Any) -> int:
    return 0


_TEXT_CLASSES = frozenset(
    {"direction", "disposition", "outcome", "cause", "kind", "how", "state", "reason", "flow", "node", "key", "label", "what"}
)  # fmt: skip


def _table(
    name: Table,
    *,
    codes: dict[str, str],
    classes: dict[str, Derived],
    values: dict[str, Derived],
    stamped: bool = True,
    extra: tuple[Column[Any], ...] = (),
) -> FactTable:
    stamps = (
        (Column("called", Integer, nullable=False), Column("caller", BigInteger, nullable=False), Column("type", Integer, nullable=False))
        if stamped
        else ()
    )  # fmt: skip
    sql = SqlTable(
        name.value,
        metadata,
        Column("no", BigInteger, nullable=False),
        Column("t_ms", BigInteger, nullable=False),
        Column("month", Integer, nullable=False),
        Column("day", Integer, nullable=False),
        Column("slot", SmallInteger, nullable=False),
        Column("authority", Integer, nullable=False),
        *(Column(one, Integer, nullable=False) for one in codes),
        *stamps,
        Column("class", SmallInteger, nullable=False),
        *(Column(one, BigInteger, nullable=False) for one in values),
        *extra,
    )
    class_sql = SqlTable(
        f"{name.value}_class",
        metadata,
        Column("class", SmallInteger, nullable=False),
        *(Column(one, String if one in _TEXT_CLASSES else SmallInteger, nullable=False) for one in classes),
    )
    return FactTable(
        sql=sql,
        class_sql=class_sql,
        codes=codes,
        classes=classes,
        values=values,
        stamped=stamped,
    )


def _call_id() -> tuple[Column[Any], ...]:
    """A call's id as two numbers (see `coding.call_key`)."""
    return Column("call_high", BigInteger, nullable=False), Column("call_low", BigInteger, nullable=False)


_WHOSE = {"hotline": "hotline_id", "queue": "queue_id", "agent": "agent_id"}

TABLES: dict[Table, FactTable] = {
    Table.CALL: _table(
        Table.CALL,
        codes={**_WHOSE},
        classes={
            "direction": _text("direction"), "disposition": _text("disposition"), "test": _flag("test"), "answered": _flag("answered"),
            "agent_requested": _flag("agent_requested"), "agent_answered": _flag("agent_answered"),
            "survey_invited": _flag("survey_invited"), "recorded": _flag("recorded"), "known_caller": _flag("known_caller"),
        },
        values={"talk_ms": _number("talk_ms"), "dial_ms": _number("dial_ms"), "voicemail_ms": _number("voicemail_ms")},
        extra=(
            Column("province", Integer, nullable=False),
            Column("city", Integer, nullable=False),
            *_call_id(),
            Column("before_ms", BigInteger),
            Column("matter_before_ms", BigInteger),
            Column("matter_after_ms", BigInteger),
            Column("first_of_day", SmallInteger, nullable=False),
            Column("nth", Integer, nullable=False),
        ),
    ),
    Table.VISIT: _table(
        Table.VISIT,
        codes={**_WHOSE},
        classes={
            "outcome": _text("outcome"), "cause": _text("cause"), "test": _flag("test"), "wait_class": _number("wait_class"),
        },
        values={"wait_ms": _number("wait_ms"), "line": _number("line")},
    ),
    Table.OFFER: _table(
        Table.OFFER,
        codes={**_WHOSE},
        classes={"outcome": _text("outcome"), "kind": _text("kind"), "duty": _flag("duty"), "test": _flag("test")},
        values={"ring_ms": _number("ring_ms")},
    ),
    Table.TALK: _table(
        Table.TALK,
        codes={**_WHOSE},
        classes={"direction": _text("direction"), "how": _text("how"), "test": _flag("test")},
        values={
            "talk_ms": _number("talk_ms"), "hold_ms": _number("hold_ms"), "wrap_ms": _number("wrap_ms"),
            "connected_ms": _number("connected_ms"), "talk_no": Derived(_zero),
        },
    ),
    Table.AGENT: _table(
        Table.AGENT,
        codes={"agent": "agent_id"},
        classes={"state": _text("state"), "reason": _text("reason"), "first": _flag("first")},
        values={"duration_ms": _number("duration_ms"), "team": Derived(_zero)},
        stamped=False,
    ),
    Table.SURVEY: _table(
        Table.SURVEY,
        codes={"queue": "queue_id", "agent": "agent_id", "hotline": "hotline_id"},
        classes={"question": _number("question"), "grade": _number("grade"), "label": _text("label"), "test": _flag("test")},
        values={},
    ),
    Table.KEY: _table(
        Table.KEY,
        codes={"hotline": "hotline_id"},
        classes={
            "flow": _text("flow_id"), "node": _text("node_id"), "key": Derived(key_shown), "label": _text("label"), "accepted": _flag("accepted"),
            "pressed": _flag("pressed"), "left": _flag("left"), "reached": _flag("reached"), "test": _flag("test"),
        },
        values={},
    ),
    Table.SIGN_IN: _table(
        Table.SIGN_IN,
        codes={"agent": "agent_id", "device": "device_id", "address": "address", "why": "why", "who": "by"},
        classes={"ended": Derived(lambda fact: int(fact.to_at is not None))},
        values={"to_at_ms": Derived(_zero)},
        stamped=False,
    ),
    Table.OPERATION: _table(
        Table.OPERATION,
        codes={"agent": "agent_id", "who": "by"},
        classes={"what": _text("what")},
        values={},
        stamped=False,
        extra=(Column("detail", String, nullable=False), *_call_id()),
    ),
    Table.CALLBACK: _table(
        Table.CALLBACK,
        codes={**_WHOSE},
        classes={"test": _flag("test")},
        values={},
        stamped=False,
        extra=(
            Column("number", String, nullable=False),
            Column("call_id", String, nullable=False),
            Column("done_in_ms", BigInteger, nullable=False),
        ),
    ),
}  # fmt: skip

REPLACED: dict[type, Table] = {
    f.TalkFact: Table.TALK,
    f.SignInFact: Table.SIGN_IN,
    f.CallbackFact: Table.CALLBACK,
}
"""Facts that are made again when more is known, each with its key in the row: `no`, or agent and time."""
