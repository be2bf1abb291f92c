"""Figures as numbers for pictures and as people read them (rule 4 of metrics.md)."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from hotline.core.metrics.formula import Unit
from hotline.platform.tabular import clock_text

EMPTY = "—"


def number(unit: Unit, exact: Fraction | None) -> float | None:
    """The figure as a number for pictures: counts whole, durations in seconds, ratios as fractions of one."""
    if exact is None:
        return None
    return float(exact / 1000 if unit is Unit.DURATION else exact)


def text(unit: Unit, exact: Fraction | None) -> str:
    """The figure as people read it: percentages with two decimals half up, durations h:mm:ss."""
    if exact is None:
        return EMPTY
    match unit:
        case Unit.COUNT:
            return str(half_up(exact, "1"))
        case Unit.NUMBER:
            return str(half_up(exact, "0.01"))
        case Unit.RATIO:
            return f"{half_up(exact * 100, '0.01')}%"
        case Unit.DURATION:
            return clock_text(timedelta(seconds=int(half_up(exact / 1000, "1"))))


def half_up(exact: Fraction, step: str) -> Decimal:
    """Round exactly: a fraction is compared with the half, never with its own decimal expansion."""
    scale = int(1 / Decimal(step))
    scaled = exact * scale
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return (Decimal(whole) / scale).quantize(Decimal(step), ROUND_HALF_UP)
