"""Judge a period: from a plan and counted numbers to figures, failing days and what follows. Pure, exact, half up.

A figure is held against its target as it is shown (two decimals, half up), so that what is printed is what was judged. Of several
days the ratio is that of the sums. The stand-alone checker does the same in other words.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hotline.core.metrics.rolling import QUARTERS, worst

Json = dict[str, Any]
Counts = Mapping[str, Mapping[str, Mapping[str, int]]]
"""figure key → local day → measure → count, exclusions taken off. Days that are excluded as a whole are absent."""


def shown(figure: Json, top: Fraction | int, bottom: Fraction | int | None) -> str | None:
    """The quotient as a decimal number in the unit shown, half up; None where there is nothing to divide by."""
    if bottom is not None and not bottom:
        return None
    value = Fraction(top) if bottom is None else Fraction(top) / Fraction(bottom)
    return str(half_up(value * Fraction(figure["factor"]), figure["places"]))


def half_up(value: Fraction, places: int) -> Decimal:
    """Round exactly to so many decimals, halves away from zero (values here are never below it)."""
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-places)


def judge(plan: Json, counts: Counts) -> Json:
    """Return the result: every figure with its days, deductions, totals."""
    figures = [_figure(figure, plan, counts.get(figure["key"], {})) for figure in plan["figures"]]
    failed = any(figure["passed"] is False for figure in figures)
    known = all(figure["passed"] is not None for figure in figures)
    passed = False if failed else True if known else None
    return {"figures": figures, "passed": passed} | _consequences(plan, figures, failed=failed)


def _figure(figure: Json, plan: Json, counts: Mapping[str, Mapping[str, int]]) -> Json:
    if figure["source"] == "declared":
        return _declared(figure)
    return _rolling(figure, plan, counts) if figure.get("rolling") else _counted(figure, counts)


def _holds(figure: Json, value: str | None) -> bool | None:
    if value is None:
        return None
    target = Decimal(str(figure["target"]))
    return Decimal(value) >= target if figure["direction"] == "at_least" else Decimal(value) <= target


def _declared(figure: Json) -> Json:
    given = figure["declared"] or {"numerator": None, "denominator": None}
    numerator, denominator = given["numerator"], given["denominator"]
    value = None
    if numerator is not None:
        value = shown(figure, Fraction(numerator), None if denominator is None else Fraction(denominator))
    return {
        "key": figure["key"],
        "numerator": numerator,
        "denominator": denominator,
        "counted_days": 0,
        "value": value,
        "passed": _holds(figure, value),
        "days": [],
        "failing_days": [],
    }


def _counted(figure: Json, by_day: Mapping[str, Mapping[str, int]]) -> Json:
    days = [_day(figure, day, by_day.get(day)) for day in figure["days"]]
    counted = [day for day in days if not day["left_out"]]
    top = sum(day["numerator"] for day in counted) if counted else None
    divided = figure["denominator"] is not None and counted
    bottom = sum(day["denominator"] for day in counted) if divided else None
    value = None if top is None else shown(figure, top, bottom)
    failing = [day["day"] for day in counted if day["passed"] is False]
    passed = _holds(figure, value)
    if figure["per"] == "day":
        judged = any(day["passed"] is not None for day in counted)
        passed = len(failing) <= figure["allowed_days"] if judged else None
    return {
        "key": figure["key"],
        "numerator": top,
        "denominator": bottom,
        "counted_days": len(counted),
        "value": value,
        "passed": passed,
        "days": days,
        "failing_days": failing,
    }


def _rolling(figure: Json, plan: Json, by_quarter: Mapping[str, Mapping[str, int]]) -> Json:
    """The 24 hours with the lowest share, in steps of a quarter; the earliest of equals. Quarters count from the period's beginning."""
    (top,), (bottom,) = figure["numerator"], figure["denominator"]
    counted = {int(at): (counts[top], counts[bottom]) for at, counts in by_quarter.items()}
    first, last = (date.fromisoformat(plan["period"][key]) for key in ("first", "last"))
    found = worst(counted, 0, QUARTERS * ((last - first).days + 1))
    value = None if found is None else shown(figure, found.top, found.bottom)
    begins = None if found is None else datetime.combine(first, time()) + timedelta(minutes=15 * found.first)
    return {
        "key": figure["key"],
        "numerator": None if found is None else found.top,
        "denominator": None if found is None else found.bottom,
        "counted_days": 0,
        "worst_from": None if begins is None else begins.isoformat(" ", "minutes"),
        "value": value,
        "passed": _holds(figure, value),
        "days": [],
        "failing_days": [],
    }


def _day(figure: Json, day: str, counts: Mapping[str, int] | None) -> Json:
    given = counts or {}
    top = sum(factor * given.get(key, 0) for key, factor in figure["numerator"].items())
    terms, capacity = figure["denominator"], figure["capacity"]
    bottom = None if terms is None else sum(factor * given.get(key, 0) for key, factor in terms.items())
    requests = None if capacity is None else given.get(capacity["measure"], 0)
    value = shown(figure, top, bottom)
    left_out = "excluded" if counts is None else "capacity" if _beyond(capacity, requests) else ""
    return {
        "day": day,
        "numerator": top,
        "denominator": bottom,
        "requests": requests,
        "value": value,
        "left_out": left_out,
        "passed": _holds(figure, value) if figure["per"] == "day" and not left_out else None,
    }


def _beyond(capacity: Json | None, requests: int | None) -> bool:
    """Whether the agreed capacity leaves a day out."""
    if capacity is None or requests is None:
        return False
    return requests < capacity["least"] or (capacity["most"] is not None and requests > capacity["most"])


# ── consequences ─────────────────────────────────────────────────────────────────────────────────────────────


def _consequences(plan: Json, figures: list[Json], *, failed: bool) -> Json:
    fee = Decimal(plan["contract"]["period_fee"])
    results = {figure["key"]: figure for figure in figures}
    entries = [
        entry
        for number, rule in enumerate(plan["consequences"])
        if (entry := _entry(number, rule, plan, results, failed=failed)) is not None
    ]

    def total(kind: str) -> Decimal:
        return sum((Decimal(e["amount"]) for e in entries if e["kind"] == kind), Decimal("0.00"))

    deducted = min(total("deduct"), fee) if fee else total("deduct")
    withheld = min(total("withhold"), fee - deducted) if fee else total("withhold")
    return {
        "entries": entries,
        "deducted": f"{deducted:.2f}",
        "withheld": f"{withheld:.2f}",
        "payable": f"{fee - deducted - withheld:.2f}" if fee else None,
        "terminate": any(entry["kind"] == "terminate" for entry in entries),
    }


def _entry(number: int, rule: Json, plan: Json, results: Mapping[str, Json], *, failed: bool) -> Json | None:
    times = _times(rule, plan, results, failed=failed)
    if not times:
        return None
    amount = half_up(Fraction(rule["each"]) * times, 2)
    if rule["most"] is not None:
        amount = min(amount, Decimal(rule["most"]))
    return {
        "rule": number,
        "kind": rule["kind"],
        "figure": rule["figure"],
        "times": times,
        "amount": f"{amount:.2f}",
    }


def _times(rule: Json, plan: Json, results: Mapping[str, Json], *, failed: bool) -> int:
    """How often a rule applies in this period."""
    result = results.get(rule["figure"] or "")
    if rule["when"] == "repeated":
        return _repeated(rule, [*plan["earlier_failures"], failed])
    if result is None:
        return int(failed)
    if rule["when"] == "per_day":
        return len(result["failing_days"])
    if rule["when"] == "failed":
        return int(result["passed"] is False)
    if result["passed"] is not False or result["value"] is None:
        return 0
    figure = next(f for f in plan["figures"] if f["key"] == rule["figure"])
    off = abs(Fraction(result["value"]) - Fraction(str(figure["target"]))) / Fraction(rule["step"])
    return -(-off.numerator // off.denominator) if rule["begun"] else off.numerator // off.denominator


def _repeated(rule: Json, history: list[bool]) -> int:
    """1 when with this period enough periods failed."""
    if not history[-1]:
        return 0
    count = sum(history)
    if rule["in_a_row"]:
        count = next((n for n, fine in enumerate(reversed(history)) if not fine), len(history))
    return int(count >= rule["after"])
