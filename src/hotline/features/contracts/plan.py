"""The plan of an acceptance: everything that decides its figures, in one document. Pure.

The evidence package carries it; `judging` and the stand-alone checker work from it and from counted numbers alone.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hotline.core.metrics.dimensions import Dimension
from hotline.core.metrics.figures import FIGURES, Formula, Unit, Variant, parse_variant
from hotline.core.metrics.formula import ROLLING, Terms
from hotline.core.metrics.measures import MEASURES, Measure, Param, Table, Where
from hotline.core.metrics.query import DIMENSIONS, LOCAL_OFFSET
from hotline.features.contracts.periods import Period, works
from hotline.features.contracts.schemas import (
    Consequence,
    ContractFields,
    ContractFigure,
    Declared,
    ExclusionRead,
)

FORMAT = 1
ADDITIVE = {"count", "sum"}
REQUESTS = "agent_requests"
"""What the agreed capacity is held against: 人工请求量."""

FACTORS = {"ratio": "100", "permille": "1000", "count": "1", "duration": "1/1000", "number": "1"}
"""From the exact value to the unit shown; durations are counted in milliseconds."""
PLACES = {"ratio": 2, "permille": 2, "count": 0, "duration": 0, "number": 2}

Json = dict[str, Any]


def usable(key: str) -> bool:
    """Whether a figure of the dictionary can stand in a contract: made of sums that can be split by hotline and cut at any moment."""
    figure = FIGURES.get(key)
    if figure is None:
        return False
    formula = figure.formula(parse_variant(""))
    return all(
        _adds_up(name.removeprefix(ROLLING)) for name in (*formula.numerator, *(formula.denominator or {}))
    )


def rolls(key: str | None) -> bool:
    """Whether a figure is about the worst continuous 24 hours of a whole period (GB/T 33358)."""
    return key in FIGURES and FIGURES[key].formula(parse_variant("")).rolling() is not None


_TABLES = frozenset({Table.CALL, Table.VISIT, Table.OFFER, Table.TALK, Table.SURVEY})


def _adds_up(name: str) -> bool:
    measure = MEASURES.get(name)
    if measure is None or measure.kind not in ADDITIVE or measure.table not in _TABLES:
        return False
    known = Variant().parameters()
    named = {where.value.name for where in measure.where if isinstance(where.value, Param)}
    return Dimension.HOTLINE in DIMENSIONS[measure.table] and named <= known.keys()


def make_plan(
    contract: ContractFields,
    period: Period,
    exclusions: Sequence[ExclusionRead],
    declared: Sequence[Declared],
    earlier_failures: Sequence[bool],
) -> Json:
    """Return the plan. `earlier_failures`: for each earlier accepted period in order whether it failed."""
    given = {one.figure: one for one in declared}
    return {
        "format": FORMAT,
        "contract": {
            "name": contract.name,
            "number": contract.number,
            "client": contract.client,
            "contractor": contract.contractor,
            "period_fee": str(contract.period_fee),
            "hotline_ids": sorted(contract.hotline_ids),
        },
        "period": {
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "label": period.label,
            "utc_offset_minutes": LOCAL_OFFSET // timedelta(minutes=1),
        },
        "exclusions": [_exclusion(one) for one in exclusions],
        "figures": [_figure(figure, period, given.get(figure.key)) for figure in contract.terms.figures],
        "consequences": [_rule(rule, contract.period_fee) for rule in contract.terms.consequences],
        "earlier_failures": list(earlier_failures),
    }


def _exclusion(one: ExclusionRead) -> Json:
    return {
        "kind": one.kind,
        "from_ms": epoch_ms(one.starts_at),
        "to_ms": epoch_ms(one.ends_at),
        "reason": one.reason,
        "evidence": one.evidence,
    }


def _rule(rule: Consequence, fee: Decimal) -> Json:
    """A rule with what it costs each time, exactly."""
    each = rule.amount if rule.percent is None else fee * rule.percent / 100
    return rule.model_dump(mode="json") | {"each": str(each or 0)}


def _figure(figure: ContractFigure, period: Period, declared: Declared | None) -> Json:
    known = figure.model_dump(
        mode="json", exclude={"metric", "variant", "days", "hours", "capacity", "formula"}
    )
    if figure.metric is None:
        value = None if declared is None else declared.model_dump(mode="json", exclude={"figure"})
        as_given = figure.unit == "duration" or declared is None or declared.denominator is None
        return known | {
            "source": "declared",
            "words": figure.formula,
            "declared": value,
            "factor": "1" if as_given else FACTORS[figure.unit],
            "places": PLACES[figure.unit],
        }
    variant = parse_variant(figure.variant)
    entry = FIGURES[figure.metric]
    formula = entry.formula(variant)
    return known | {
        "source": "metric",
        "metric": figure.metric,
        "unit": shown_unit(figure),
        "factor": FACTORS[shown_unit(figure)],
        "places": PLACES[shown_unit(figure)],
        "words": entry.words,
        "variant": variant.text(),
        "rolling": formula.rolling() is not None,
        "numerator": _counted(formula.numerator),
        "denominator": None if formula.denominator is None else _counted(formula.denominator),
        "measures": {key: _measure(MEASURES[key], variant) for key in _needed(formula, figure)},
        "days": [day.isoformat() for day in period.days if figure.days == "all" or works(day)],
        "minutes": [0, 1440]
        if figure.hours is None
        else [_minute(figure.hours.start), _minute(figure.hours.end)],
        "capacity": None if figure.capacity is None else _capacity(figure),
    }


def shown_unit(figure: ContractFigure) -> str:
    """The unit in which a figure of the dictionary is shown: its own; a ratio may be shown per mille."""
    own = FIGURES[figure.metric].unit if figure.metric in FIGURES else Unit.RATIO
    if own is Unit.RATIO:
        return "permille" if figure.unit == "permille" else "ratio"
    return str(own)


def _counted(terms: Terms) -> dict[str, int]:
    """The combination by what is counted, whatever stretch it is counted in."""
    return {key.removeprefix(ROLLING): factor for key, factor in terms.items()}


def _needed(formula: Formula, figure: ContractFigure) -> list[str]:
    return sorted(formula.measures() | ({REQUESTS} if figure.capacity else set()))


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _capacity(figure: ContractFigure) -> Json:
    assert figure.capacity is not None
    calls, reaching = figure.capacity.calls, figure.capacity.counts == "reaching"
    bounds = {"least": calls if reaching else 0, "most": None if reaching else calls}
    return figure.capacity.model_dump() | bounds | {"measure": REQUESTS}


def _measure(measure: Measure, variant: Variant) -> Json:
    """A measure with the variant's numbers put in: conditions over columns of a fact table, words compared as in the CSV."""
    parameters = variant.parameters()
    where = [_condition(w, parameters) for w in measure.where]
    if not variant.include_test:
        where.append(["test", "in", ["0"]])
    return {"table": str(measure.table), "kind": measure.kind, "column": measure.column, "where": where}


def _condition(where: Where, parameters: dict[str, int]) -> list[Any]:
    value = parameters[where.value.name] if isinstance(where.value, Param) else where.value
    if where.op in {"eq", "in"}:
        return [where.column, "in", [cell(one) for one in (value if isinstance(value, tuple) else (value,))]]
    return [where.column, where.op, value]


def cell(value: object) -> str:
    """A value as it stands in the CSV of the facts: truth is 1 and 0, nothing is empty."""
    return "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)


def epoch_ms(at: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def day_start_ms(day: date) -> int:
    """The first moment of a local day, in milliseconds since 1970."""
    return epoch_ms(datetime(day.year, day.month, day.day, tzinfo=UTC) - LOCAL_OFFSET)
