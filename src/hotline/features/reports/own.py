"""Reports and figures that other features count themselves, and states of the moment, as catalogue and dictionary show them."""

from collections.abc import Iterable

from hotline.core.metrics.dimensions import Grain
from hotline.core.metrics.figures_live import FAMILY, LITTLE_IS_BAD, MomentFigure
from hotline.core.metrics.formula import Unit
from hotline.features.reports.schemas import DimensionView, MetricView, ReportView, SectionView
from hotline.platform.own_reports import OwnDimension, OwnReport


def own_metrics(report: OwnReport) -> Iterable[MetricView]:
    """A feature's figures as entries of the dictionary; split by what the feature knows."""
    for figure in report.figures:
        yield MetricView(
            key=f"{report.family}_{figure.key}",
            name=figure.name,
            name_en=figure.name_en,
            unit=Unit(figure.unit),
            family=report.family,
            words=figure.words,
            formula=figure.formula,
            dimensions=[one.key for one in report.dimensions] if report.counting else [],
        )


def own_dimensions(reports: Iterable[OwnReport]) -> list[DimensionView]:
    """By what features' figures can be split, each once."""
    families: dict[OwnDimension, set[str]] = {}
    for report in reports:
        for one in report.dimensions:
            families.setdefault(one, set()).add(report.family)
    return [
        DimensionView(key=one.key, name=one.name, name_en=one.name_en, families=sorted(of))
        for one, of in families.items()
    ]


def moment_metric(figure: MomentFigure) -> MetricView:
    """A state of the moment as an entry of the dictionary."""
    return MetricView(
        key=figure.key,
        name=figure.name,
        name_en=figure.name_en,
        unit=figure.unit,
        family=FAMILY,
        words=figure.words,
        formula="",
        dimensions=[],
        live="moment",
        little_is_bad=figure.key in LITTLE_IS_BAD,
    )


def own_view(report: OwnReport) -> ReportView:
    """A feature's report as an entry of the catalogue."""
    figures = [f"{report.family}_{figure.key}" for figure in report.figures]
    return ReportView(
        key=report.key,
        number=report.number,
        name=report.name,
        name_en=report.name_en,
        about=report.about,
        kind="page",
        sections=[SectionView(name=report.name, figures=figures)],
        grains=[Grain.TOTAL],
        dimensions=[],
        filters=[],
        group_by=[],
        grain=Grain.TOTAL,
        sort="",
        charts=[],
        path=report.path,
    )
