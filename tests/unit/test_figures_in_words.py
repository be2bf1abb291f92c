"""What people read of figures, formulas and variants is Chinese: no key of ours stands on a report, a contract or an export."""

import re

import pytest

from hotline.core.metrics.figures import FIGURES, Variant, parse_variant
from hotline.core.metrics.formula import ROLLING
from hotline.core.metrics.measures import MEASURES
from hotline.core.metrics.variant import OPTIONS
from hotline.features.contracts import words
from hotline.features.contracts.plan import usable
from hotline.features.reports.wording import measure_words

KEY = re.compile("[a-z_]{2,}")
VARIANTS = [
    Variant(),
    parse_variant("answered,answer_base=trunk,unanswered=request,short_abandons=exclude"),
    parse_variant("ignore_abandons"),
    parse_variant("credit_abandons,service_level_s=15,include_test=true"),
]


@pytest.mark.req("STA-0")
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_names_every_choice_in_words(variant: Variant) -> None:
    said = variant.words()
    assert not KEY.search(said)
    assert [part.split("：")[0] for part in said.split("；")] == [one.name for one in OPTIONS]
    assert len({one.words() for one in VARIANTS}) == len(VARIANTS)


@pytest.mark.req("STA-0")
def test_formulas_and_counts_are_told_in_words() -> None:
    told = {key: measure_words(key, Variant()) for key in MEASURES} | {
        key: figure.words for key, figure in FIGURES.items()
    }
    assert {key: said for key, said in told.items() if KEY.search(said)} == {}


@pytest.mark.req("KPI-1")
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_contract_says_in_words_how_its_figures_are_counted(variant: Variant) -> None:
    for key in filter(usable, FIGURES):
        formula = FIGURES[key].formula(variant)

        def counted(terms: dict[str, int]) -> dict[str, int]:
            return {one.removeprefix(ROLLING): factor for one, factor in terms.items()}

        figure = {
            "source": "metric", "words": FIGURES[key].words, "variant": variant.text(), "minutes": [0, 1440], "days": [],
            "capacity": None, "per": "period", "numerator": counted(dict(formula.numerator)),
            "denominator": None if formula.denominator is None else counted(dict(formula.denominator)),
        }  # fmt: skip
        said = words.of_figure(figure)
        assert f"口径：{variant.words()}" in said
        assert not KEY.search("；".join(said)), key
