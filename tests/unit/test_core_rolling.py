"""The worst continuous 24 hours: against plain counting of every window."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.metrics.rolling import QUARTERS, Stretch, worst

COUNTED = st.dictionaries(st.integers(0, 300), st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60)


@pytest.mark.req("STA-0")
@given(COUNTED, st.integers(0, 120), st.integers(0, 300))
def test_it_is_the_lowest_share_of_all_windows(
    counted: dict[int, tuple[int, int]], first: int, length: int
) -> None:
    after = first + length
    shares = []
    for start in range(first, after - QUARTERS + 1):
        inside = [counted.get(quarter, (0, 0)) for quarter in range(start, start + QUARTERS)]
        top, bottom = sum(one for one, _ in inside), sum(two for _, two in inside)
        if bottom:
            shares.append((Fraction(top, bottom), start, top, bottom))
    lowest = min(shares, default=None)
    assert worst(counted, first, after) == (None if lowest is None else Stretch(*lowest[1:]))


@pytest.mark.req("STA-0")
def test_a_bad_night_over_midnight_is_seen_though_each_day_is_good() -> None:
    counted = dict.fromkeys(range(192), (10, 10)) | dict.fromkeys(range(84, 108), (0, 10))
    days = [worst(counted, 0, 96), worst(counted, 96, 192)]
    assert [one and Fraction(one.top, one.bottom) for one in days] == [Fraction(84, 96), Fraction(84, 96)]
    whole = worst(counted, 0, 192)
    assert whole is not None
    assert Fraction(whole.top, whole.bottom) == Fraction(72, 96)
