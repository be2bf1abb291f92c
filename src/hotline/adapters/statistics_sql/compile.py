"""From a query to SQL: for each table asked, rows are grouped once by interval, keys and class; conditions are asked of the groups.

SQLAlchemy Core in words that DuckDB, ClickHouse, SQLite and PostgreSQL share, so that another engine can take its place.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal_column,
    not_,
    select,
)
from sqlalchemy import Table as SqlTable

from hotline.adapters.statistics_sql.buckets import (
    FIRST,
    bucket_column,
    by_gap,
    far_if_none,
    first_of_interval,
    whole,
)
from hotline.adapters.statistics_sql.coding import Coding
from hotline.adapters.statistics_sql.tables import (
    CLASS_DIMENSIONS,
    NULL_IS_FAR,
    ROW_DIMENSIONS,
    TABLES,
    TEAM,
    FactTable,
)
from hotline.core.metrics.dimensions import NUMERIC, Dimension
from hotline.core.metrics.measures import MEASURES, Measure, Param, Table, Where
from hotline.core.metrics.query import Exclusion, Query, epoch_ms

BUCKET = "bucket"
GroupValue = int | str


@dataclass(frozen=True, slots=True)
class Question:
    """One SELECT: its columns are the bucket, one per dimension, one per measure."""

    measures: list[str]
    statement: Select[Any]


def questions(
    query: Query, coding: Coding, *, callers_by_gap: bool = False, apart: Sequence[int] = ()
) -> list[Question]:
    """Return the statements that answer a query.

    `callers_by_gap`: different callers are told by their calls before, but for those of `apart` (see `distinct_callers`).
    """
    by_group: dict[tuple[Table, str], list[Measure]] = {}
    for key in query.measures:
        measure = by_gap(MEASURES[key]) if callers_by_gap else MEASURES[key]
        if query.answers(measure.table):
            alone = measure.column if measure.kind == "distinct" else ""
            by_group.setdefault((measure.table, alone), []).append(measure)
    return [
        Question([m.key for m in measures], _Grouping(query, coding, table, apart).outer(measures))
        for (table, _), measures in by_group.items()
    ]


@dataclass(slots=True)
class _Grouping:
    """The two levels of one SELECT."""

    query: Query
    coding: Coding
    table: Table
    apart: Sequence[int] = ()
    keys: dict[str, ColumnElement[Any]] = field(default_factory=dict[str, ColumnElement[Any]])
    """What rows are grouped by, beside bucket and class."""
    sums: dict[str, ColumnElement[Any]] = field(default_factory=dict[str, ColumnElement[Any]])

    @property
    def spec(self) -> FactTable:
        return TABLES[self.table]

    def outer(self, measures: list[Measure]) -> Select[Any]:
        spec, query = self.spec, self.query
        for dimension in query.dimensions:
            if (column := _row_column(self.table, dimension)) is not None:
                self.keys[f"d_{dimension.value}"] = column
        if self._told_apart(measures):
            return self._distinct(measures[0])
        for measure in measures:
            self._need(measure)
        inner = self._inner()
        joined: Any = inner.join(spec.class_sql, inner.c["class"] == spec.class_sql.c["class"])
        team = self._team_needed()
        if team:
            joined = joined.join(TEAM, inner.c.d_team == TEAM.c.team)
        groups = [
            inner.c[BUCKET].label(BUCKET),
            *(self._shown(inner, d).label(f"k_{d.value}") for d in query.dimensions),
        ]
        figures = [self._aggregate(inner, measure).label(f"m_{measure.key}") for measure in measures]
        chosen: Select[Any] = select(*groups, *figures).select_from(joined).where(*self._class_conditions())
        return chosen.group_by(*(literal_column(str(n + 1)) for n in range(len(groups))))

    def _told_apart(self, measures: list[Measure]) -> bool:
        """Whether only different values are counted, of rows that their class alone chooses."""
        (first, *others) = measures
        return (
            first.kind == "distinct"
            and not others
            and all(self._of_class(where.column) for where in first.where)
            and not any(dimension in CLASS_DIMENSIONS for dimension in self.query.dimensions)
        )

    def _distinct(self, measure: Measure) -> Select[Any]:
        """Count values among the different ones of each group: the classes are asked first, and are no keys."""
        kinds = self.spec.class_sql
        wanted = [
            *class_conditions(self.query, self.spec),
            *(compared(self.query, kinds.c[w.column], w) for w in measure.where),
        ]
        self._need(measure)
        of_class = self.spec.sql.c["class"].in_(select(kinds.c["class"]).where(*wanted))
        inner = self._inner(of_class)
        joined: Any = inner.join(TEAM, inner.c.d_team == TEAM.c.team) if self._team_needed() else inner
        groups = [
            inner.c[BUCKET].label(BUCKET),
            *(self._shown(inner, d).label(f"k_{d.value}") for d in self.query.dimensions),
        ]
        value = inner.c[f"v_{measure.column}"]  # once in each group already, but for agents of several teams
        count = func.count(value.distinct() if self._team_needed() else value).label(f"m_{measure.key}")
        chosen: Select[Any] = select(*groups, count).select_from(joined).where(*self._team_conditions())
        return chosen.group_by(*(literal_column(str(n + 1)) for n in range(len(groups))))

    def _inner(self, of_class: ColumnElement[bool] | None = None) -> Subquery:
        """Rows in groups: by class, or those that `of_class` chooses."""
        sql, query = self.spec.sql, self.query
        if self._team_needed():
            self.keys["d_team"] = sql.c.team
        columns = [
            bucket_column(query.grain, sql).label(BUCKET),
            *(column.label(name) for name, column in self.keys.items()),
            *([sql.c["class"].label("class")] if of_class is None else []),
        ]
        sums = [column.label(name) for name, column in self.sums.items()]
        chosen: Select[Any] = select(*columns, func.count().label("n"), *sums).where(
            *row_conditions(query, self.coding, self.table), *([] if of_class is None else [of_class])
        )
        return chosen.group_by(*(literal_column(str(n + 1)) for n in range(len(columns)))).subquery("g")

    def _need(self, measure: Measure) -> None:
        """Take into the inner grouping what this measure needs of rows."""
        sql = self.spec.sql
        for where in measure.where:
            if not self._of_class(where.column):
                holds = row_condition(self.query, sql, where)
                if where.column == FIRST and self.apart:
                    holds = and_(holds, sql.c.caller.not_in(self.apart))
                self.keys[_condition_name(where)] = case(
                    (holds, literal_column("1")), else_=literal_column("0")
                )
        match measure.kind:
            case "sum":
                self.sums[f"s_{measure.column}"] = func.sum(sql.c[measure.column])
            case "max":
                self.sums[f"x_{measure.column}"] = func.max(sql.c[measure.column])
            case "distinct":
                self.keys[f"v_{measure.column}"] = sql.c[_VALUE.get(measure.column, measure.column)]
            case "count":
                pass

    def _of_class(self, column: str) -> bool:
        return column in self.spec.classes

    def _aggregate(self, inner: Subquery, measure: Measure) -> ColumnElement[Any]:
        conditions = [self._asked(inner, where) for where in measure.where]
        holds = and_(*conditions) if conditions else None

        def when(column: ColumnElement[Any]) -> ColumnElement[Any]:
            return column if holds is None else case((holds, column))

        match measure.kind:
            case "count":
                return func.coalesce(func.sum(when(inner.c.n)), 0)
            case "sum":
                return func.coalesce(func.sum(when(inner.c[f"s_{measure.column}"])), 0)
            case "max":
                return func.coalesce(func.max(when(inner.c[f"x_{measure.column}"])), 0)
            case "distinct":
                return func.count(when(inner.c[f"v_{measure.column}"]).distinct())

    def _asked(self, inner: Subquery, where: Where) -> ColumnElement[bool]:
        if self._of_class(where.column):
            return compared(self.query, self.spec.class_sql.c[where.column], where)
        return inner.c[_condition_name(where)] == 1

    def _shown(self, inner: Subquery, dimension: Dimension) -> ColumnElement[Any]:
        if self.table is Table.AGENT and dimension is Dimension.QUEUE:
            return TEAM.c.queue
        if dimension in CLASS_DIMENSIONS:
            return self.spec.class_sql.c[CLASS_DIMENSIONS[dimension]]
        return inner.c[f"d_{dimension.value}"]

    def _team_needed(self) -> bool:
        return self.table is Table.AGENT and Dimension.QUEUE in self.query.dimensions

    def _class_conditions(self) -> list[ColumnElement[bool]]:
        return [*class_conditions(self.query, self.spec), *self._team_conditions()]

    def _team_conditions(self) -> list[ColumnElement[bool]]:
        wanted = self.query.filters.get(Dimension.QUEUE)
        if not self._team_needed() or not wanted:
            return []
        return [TEAM.c.queue.in_([self.coding.known(one) for one in wanted])]


_VALUE = {"agent_id": "agent"}


def _condition_name(where: Where) -> str:
    value = where.value.name if isinstance(where.value, Param) else str(where.value)
    return f"c_{where.column}_{where.op}_{value}"


def _row_column(table: Table, dimension: Dimension) -> ColumnElement[Any] | None:
    """The column of rows that carries a dimension; None for one of classes (or of teams)."""
    sql = TABLES[table].sql
    match dimension:
        case Dimension.HOUR:
            return whole(sql.c.slot, literal_column("4"))
        case Dimension.WEEKDAY:
            return (sql.c.day + 3) % 7 + 1
        case Dimension.QUEUE if table is Table.AGENT:
            return None
        case _:
            name = ROW_DIMENSIONS.get(dimension)
            return None if name is None else sql.c[name]


def row_conditions(query: Query, coding: Coding, table: Table) -> list[ColumnElement[bool]]:
    """Period, authority, filters and exclusions, as far as they are asked of rows."""
    sql = TABLES[table].sql
    conditions: list[ColumnElement[bool]] = [
        sql.c.t_ms >= epoch_ms(query.start),
        sql.c.t_ms < epoch_ms(query.end),
    ]
    if query.authorities is not None:
        conditions.append(sql.c.authority.in_([coding.known(one) for one in query.authorities]))
    for dimension, values in query.filters.items():
        if table is Table.AGENT and dimension is Dimension.QUEUE:
            teams = select(TEAM.c.team).where(TEAM.c.queue.in_([coding.known(one) for one in values]))
            conditions.append(sql.c.team.in_(teams))
        elif (column := _row_column(table, dimension)) is not None:
            conditions.append(column.in_([code_of(coding, dimension, value) for value in values]))
    if not query.variant.include_excluded:
        conditions.extend(_exclusions(query, coding, table))
    return conditions


def code_of(coding: Coding, dimension: Dimension, value: str) -> int:
    """A filter's value as it stands in rows."""
    if dimension is Dimension.CALLER:
        return coding.caller(value, known_only=True)
    if dimension in NUMERIC:
        return int(value) if value.isdigit() and len(value) < 9 else -9
    return coding.known(value)


def _exclusions(query: Query, coding: Coding, table: Table) -> list[ColumnElement[bool]]:
    if table in {Table.AGENT, Table.SIGN_IN, Table.OPERATION}:
        return []
    sql, spec = TABLES[table].sql, TABLES[table]
    conditions: list[ColumnElement[bool]] = []
    numbers: dict[tuple[str, ...] | None, list[int]] = defaultdict(list)
    for one in query.exclusions:
        if one.number is not None:
            numbers[one.authorities].append(coding.caller(one.number, known_only=True))
        else:
            conditions.append(not_(and_(*excluded_period(one, coding, sql))))
    if spec.stamped:
        for authorities, callers in numbers.items():
            inside = sql.c.caller.in_(callers)
            conditions.append(not_(and_(inside, *_of_authorities(authorities, coding, sql))))
    return conditions


def excluded_period(one: Exclusion, coding: Coding, sql: SqlTable) -> list[ColumnElement[bool]]:
    """The conditions, all together, of rows in an excluded period."""
    assert one.start is not None and one.end is not None, "a period has two ends"
    inside = [sql.c.t_ms >= epoch_ms(one.start), sql.c.t_ms < epoch_ms(one.end)]
    if one.hotline is not None:
        inside.append(sql.c.hotline == coding.known(one.hotline))
    return [*inside, *_of_authorities(one.authorities, coding, sql)]


def _of_authorities(
    authorities: tuple[str, ...] | None, coding: Coding, sql: SqlTable
) -> list[ColumnElement[bool]]:
    return [] if authorities is None else [sql.c.authority.in_([coding.known(one) for one in authorities])]


def class_conditions(query: Query, spec: FactTable) -> list[ColumnElement[bool]]:
    """Test calls and filters, as far as they are asked of classes."""
    sql = spec.class_sql
    conditions: list[ColumnElement[bool]] = []
    if not query.variant.include_test and "test" in spec.classes:
        conditions.append(sql.c.test == 0)
    for dimension, values in query.filters.items():
        name = CLASS_DIMENSIONS.get(dimension)
        if name is not None:
            numeric = dimension in NUMERIC
            conditions.append(
                sql.c[name].in_(
                    [int(v) if v.isdigit() and len(v) < 5 else -9 for v in values]
                    if numeric
                    else list(values)
                )
            )
    return conditions


def row_condition(query: Query, sql: Any, where: Where) -> ColumnElement[bool]:
    """A measure's condition on a column of rows."""
    if where.column == FIRST:
        return first_of_interval(query, sql)
    column = sql.c[where.column]
    if where.column in NULL_IS_FAR and where.op in {"gt", "ge"}:
        return compared(query, far_if_none(column), where)
    return compared(query, column, where)


def compared(query: Query, column: Any, where: Where) -> ColumnElement[bool]:
    """A condition; flags are 0 and 1."""
    value: Any = query.parameters()[where.value.name] if isinstance(where.value, Param) else where.value
    if isinstance(value, bool):
        value = int(value)
    match where.op:
        case "eq":
            return column == value
        case "in":
            return column.in_(value)
        case "le":
            return column <= value
        case "lt":
            return column < value
        case "ge":
            return column >= value
        case "gt":
            return column > value
