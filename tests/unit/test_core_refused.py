"""Calls that the switch itself turns away are calls all the same."""

import pytest

from hotline.core import events as e
from hotline.core import switching as s
from hotline.core.events import Disposition
from hotline.core.switching import LegKind
from tests.unit.core_bench import Bench


@pytest.mark.req("TEL-1", "STA-6")
def test_a_call_that_the_switch_turned_away_is_counted_and_over() -> None:
    bench = Bench()
    bench.tell(
        s.LegRefused, leg_id="no-1", kind=LegKind.TRUNK, ani="1", dnis="01084000000", sip_status=503, q850=42
    )
    (ended,) = bench.of(e.CallEnded)
    assert (ended.disposition, ended.sip_status, ended.q850) == (Disposition.REJECTED, 503, 42)
    assert bench.of(e.CallArrived)[0].hotline_id is not None
    assert not bench.centre.calls, "nothing is left of it"
    assert not bench.sent(s.Reject)
