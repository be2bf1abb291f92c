"""Figures by the book: published examples, exact rounding, variants that can be read back."""

from fractions import Fraction

import pytest

from hotline.core.metrics.catalogue import REPORTS
from hotline.core.metrics.figures import FIGURES, Unit, Variant, parse_variant
from hotline.core.metrics.measures import DISPOSITIONS, MEASURES
from hotline.features.reports.service import number, text

OFFERED_100 = {
    "queue_entered": 100,
    "visits_answered": 90,
    "answered_within": 70,
    "abandoned_within": 10,
}


@pytest.mark.req("STA-0")
@pytest.mark.parametrize(
    ("variant", "shown"),
    [
        ("ignore_abandons", "77.78%"),
        ("offered", "70.00%"),
        ("credit_abandons", "80.00%"),
        ("answered", "77.78%"),
    ],
)
def test_service_level_gives_the_published_figures(variant: str, shown: str) -> None:
    figure = FIGURES["service_level"]
    assert text(figure.unit, figure.formula(parse_variant(variant)).value(OFFERED_100)) == shown


@pytest.mark.req("STA-0")
def test_unanswered_follows_its_variant() -> None:
    counts = {
        "trunk_in": 100,
        "agent_requests": 80,
        "agent_answered": 60,
        "ended_self_served": 10,
        "ended_closed": 5,
    }
    figure = FIGURES["agent_unanswered"]
    assert figure.formula(Variant()).value(counts) == 25
    assert figure.formula(parse_variant("unanswered=request")).value(counts) == 20


@pytest.mark.req("STA-0")
def test_a_ratio_without_denominator_is_a_dash() -> None:
    figure = FIGURES["abandon_rate"]
    nothing = figure.formula(Variant()).value({"visits_abandoned": 0, "queue_entered": 0})
    assert text(figure.unit, nothing) == "—"
    assert number(figure.unit, nothing) is None


@pytest.mark.req("STA-0")
def test_a_measure_that_cannot_be_split_is_unknown_not_zero() -> None:
    figure = FIGURES["signed_in"]
    assert text(figure.unit, figure.formula(Variant()).value({"signed_in_ms": None})) == "—"


@pytest.mark.req("STA-0")
@pytest.mark.parametrize(
    ("unit", "exact", "shown"),
    [
        (Unit.RATIO, Fraction(1, 3), "33.33%"),
        (Unit.RATIO, Fraction(12345, 100_000), "12.35%"),  # a half goes up, exactly
        (Unit.RATIO, Fraction(123_449_999, 1_000_000_000), "12.34%"),
        (Unit.RATIO, Fraction(1), "100.00%"),
        (Unit.DURATION, Fraction(3_599_500), "1:00:00"),
        (Unit.DURATION, Fraction(3_599_499), "0:59:59"),
        (Unit.DURATION, Fraction(360_000_000), "100:00:00"),
        (Unit.COUNT, Fraction(7), "7"),
    ],
)
def test_figures_are_written_half_up(unit: Unit, exact: Fraction, shown: str) -> None:
    assert text(unit, exact) == shown


@pytest.mark.req("STA-0")
def test_a_printed_variant_is_read_back() -> None:
    variant = Variant(
        service_level="credit_abandons", service_level_s=30, answer_base="trunk", include_test=True
    )
    assert parse_variant(variant.text()) == variant


@pytest.mark.req("STA-0")
@pytest.mark.parametrize(
    "wrong", ["nonsense", "service_level=best", "service_level_s=-1", "service_level_s=99999", "x=1"]
)
def test_an_unknown_variant_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValueError, match="variant"):
        parse_variant(wrong)


@pytest.mark.req("STA-0")
def test_every_figure_is_made_of_known_measures_in_every_variant() -> None:
    variants = [Variant(), Variant(service_level="answered", answer_base="trunk", unanswered="request")]
    used = {
        key
        for figure in FIGURES.values()
        for variant in variants
        for key in figure.formula(variant).measures()
    }
    assert used <= set(MEASURES)


@pytest.mark.req(*(f"STA-{n}" for n in (*range(1, 16), 19, 20)))
def test_every_column_of_every_report_is_in_the_dictionary() -> None:
    assert {report.number for report in REPORTS.values()} == {*range(1, 16), 19, 20}
    assert {key for report in REPORTS.values() for key in report.figures} <= set(FIGURES)


@pytest.mark.req("STA-6")
def test_tracking_shows_every_disposition() -> None:
    assert {f"ended_{name}" for name in DISPOSITIONS} <= set(REPORTS["inbound_tracking"].figures)
