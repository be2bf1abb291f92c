"""The metric dictionary: every figure defined once.

Screens, exports, live page and the report catalogue read it; nothing else computes a figure.

A figure is a whole-number combination of measures, or the ratio of two such combinations. Which one may depend on the variant
(口径): a stored choice that is printed on every report, so that the other party can recompute it.
"""

from hotline.core.metrics import figures_calls, figures_other, figures_service
from hotline.core.metrics.formula import Figure, Formula, Terms, Unit, plain, ratio
from hotline.core.metrics.variant import Variant, parse_variant

__all__ = ["FIGURES", "Figure", "Formula", "Terms", "Unit", "Variant", "parse_variant", "plain", "ratio"]

FIGURES: dict[str, Figure] = {
    f.key: f for f in (*figures_calls.FIGURES, *figures_service.FIGURES, *figures_other.FIGURES)
}
"""The dictionary, by key."""
