"""What a figure is: a whole-number combination of measures, or the ratio of two such combinations, under a variant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from hotline.core.metrics.variant import Variant


class Unit(StrEnum):
    """How a figure is written.

    `duration` is shown h:mm:ss and given in seconds; `ratio` as per cent with two decimals; `number` with two decimals.
    """

    COUNT = "count"
    DURATION = "duration"
    RATIO = "ratio"
    NUMBER = "number"


INTERVAL = "interval_ms"
"""Not counted but known: how long the row's interval is, as far as it lies in the period asked for."""
WHOLE = "@"
"""A measure with this before its name is that of all rows of the interval together, for shares."""

ROLLING = "24h:"
"""A measure with this before its name is that of the worst continuous 24 hours in the interval (`rolling.worst`)."""

Terms = Mapping[str, int]
"""A whole-number combination of measures: key → factor."""


@dataclass(frozen=True, slots=True)
class Formula:
    """`numerator` ÷ `denominator`; no denominator: the combination itself."""

    numerator: Terms
    denominator: Terms | None = None

    def measures(self) -> set[str]:
        """The keys of every measure that must be counted for it."""
        named = {*self.numerator, *(self.denominator or {})}
        return {key.removeprefix(WHOLE).removeprefix(ROLLING) for key in named if key != INTERVAL}

    def rolling(self) -> tuple[str, str] | None:
        """The two measures whose share the worst 24 hours are chosen by, if it is about them."""
        keys = [*self.numerator, *(self.denominator or {})]
        if not all(key.startswith(ROLLING) for key in keys):
            return None
        top, bottom = (key.removeprefix(ROLLING) for key in keys)
        return top, bottom

    def wholes(self) -> set[str]:
        """Of these, what is needed of all rows together."""
        named = {*self.numerator, *(self.denominator or {})}
        return {key.removeprefix(WHOLE) for key in named if key.startswith(WHOLE)}

    def value(self, counts: Mapping[str, int | None]) -> Fraction | None:
        """The exact value; None when the denominator is 0 or a measure cannot be counted under the chosen filters."""
        return quotient(combine(self.numerator, counts), self.denominator, counts)


def quotient(
    top: Fraction | None, denominator: Terms | None, counts: Mapping[str, int | None]
) -> Fraction | None:
    """The top over the denominator, if there is one."""
    if denominator is None:
        return top
    bottom = combine(denominator, counts)
    return None if top is None or not bottom else top / bottom


def combine(terms: Terms, counts: Mapping[str, int | None]) -> Fraction | None:
    """The combination of these counts; None when one of them is unknown."""
    total = 0
    for key, factor in terms.items():
        count = counts.get(key)
        if count is None:
            return None
        total += factor * count
    return Fraction(total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: key, names, unit, family, and its formula under a variant, in symbols and in words.

    Durations are summed in milliseconds; `Unit.DURATION` figures are given in seconds.
    """

    key: str
    name: str
    name_en: str
    unit: Unit
    family: str
    words: str
    formula: Callable[[Variant], Formula]


def plain(*keys: str) -> Callable[[Variant], Formula]:
    """The sum of these measures."""
    formula = Formula(dict.fromkeys(keys, 1))
    return lambda _variant: formula


def ratio(numerator: Terms, denominator: Terms) -> Callable[[Variant], Formula]:
    """The ratio of two combinations, the same in every variant."""
    formula = Formula(numerator, denominator)
    return lambda _variant: formula


def figure(
    key: str,
    name: str,
    name_en: str,
    unit: Unit,
    family: str,
    words: str,
    formula: Callable[[Variant], Formula],
) -> Figure:
    """A figure, by position."""
    return Figure(key=key, name=name, name_en=name_en, unit=unit, family=family, words=words, formula=formula)
