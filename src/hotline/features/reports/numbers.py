"""Figures as numbers for pictures and as people read them (rule 4 of metrics.md)."""

from datetime import timedelta
from fractions import Fraction

from hotline.core.metrics.formula import Unit
from hotline.platform.tabular import clock_text

EMPTY = "—"


def number(unit: Unit, exact: Fraction | int | None) -> float | None:
    """The figure as a number for pictures: counts whole, durations in seconds, ratios as fractions of one."""
    if exact is None:
        return None
    return float(exact / 1000 if unit is Unit.DURATION else exact)


def text(unit: Unit, exact: Fraction | int | None) -> str:
    """The figure as people read it: percentages with two decimals half up, durations h:mm:ss."""
    if exact is None:
        return EMPTY
    match unit:
        case Unit.COUNT:
            return str(_rounded(exact.numerator, exact.denominator))
        case Unit.NUMBER:
            return _with_hundredths(_rounded(100 * exact.numerator, exact.denominator))
        case Unit.RATIO:
            return f"{_with_hundredths(_rounded(10_000 * exact.numerator, exact.denominator))}%"
        case Unit.DURATION:
            return clock_text(timedelta(seconds=_rounded(exact.numerator, 1000 * exact.denominator)))


def _rounded(numerator: int, denominator: int) -> int:
    """Half up and exactly: a fraction is compared with the half, never with its own decimal expansion."""
    return (2 * numerator + denominator) // (2 * denominator)


def _with_hundredths(hundredths: int) -> str:
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02}"
