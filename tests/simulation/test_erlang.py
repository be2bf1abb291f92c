"""The simulated queue against Erlang's formulas: independent runs, within three standard errors."""

import pytest

from hotline.simulation.theory import bare_plan, compare

GRACE = 3.0


@pytest.mark.req("ACD-1", "WFM-1")
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_patient_callers_wait_as_erlang_c_says() -> None:
    plan = bare_plan("mmn", calls_per_hour=200, agents=12, talk_s=180.0, patience_s=0.0, hours=12.0)
    for figure in compare(plan, seed=1, runs=12):
        assert figure.errors_off <= GRACE, figure


@pytest.mark.req("ACD-1", "WFM-1")
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_impatient_callers_give_up_as_erlang_a_says() -> None:
    plan = bare_plan("mmnm", calls_per_hour=200, agents=10, talk_s=180.0, patience_s=120.0, hours=12.0)
    for figure in compare(plan, seed=1, runs=12):
        assert figure.errors_off <= GRACE, figure
