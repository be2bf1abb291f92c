"""Numbers with their middle hidden."""

import pytest

from hotline.platform.masking import masked


@pytest.mark.req("ADM-4")
@pytest.mark.parametrize(
    "number,shown",
    [
        ("13800138000", "138****8000"), ("01084000000", "010****0000"), ("008613800138000", "008********8000"),
        ("84000000", "84****00"), ("123456", "1****6"), ("12345", "12345"), ("1001", "1001"), ("", ""),
    ],
)  # fmt: skip
def test_the_middle_of_a_number_is_hidden(number: str, shown: str) -> None:
    assert masked(number) == shown
