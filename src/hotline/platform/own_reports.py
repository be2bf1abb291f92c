"""Reports that a feature counts from its own tables: known to the catalogue and the metric dictionary, made and shown by the feature.

A feature adds its `OwnReport`s at wiring (`add_report`); the reports feature lists them beside those of the statistics store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from hotline.platform.access import Platform

OwnUnit = Literal["count", "ratio", "duration"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigure:
    """A figure with the words it is counted by. `formula` in keys of counts; durations are seconds, ratios fractions of one."""

    key: str
    name: str
    name_en: str
    unit: OwnUnit
    words: str
    formula: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReport:
    """A report: `number` is its place in the catalogue, `path` the page that shows it, `family` prefixes its figures' keys."""

    key: str
    number: int
    name: str
    name_en: str
    about: str
    path: str
    family: str
    figures: tuple[OwnFigure, ...]


def add_report(platform: Platform, report: OwnReport) -> None:
    """Let a report be known."""
    platform.listeners.setdefault(OwnReport, []).append(report)


def reports_of(platform: Platform) -> Sequence[OwnReport]:
    """All that are known."""
    return cast("list[OwnReport]", platform.listeners.get(OwnReport, []))
