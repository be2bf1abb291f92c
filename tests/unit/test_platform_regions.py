"""Regions of Chinese numbers, mobile and landline."""

import pytest

from hotline.platform.regions import region_of


@pytest.mark.req("AGT-2")
@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("13800138000", "北京"),
        ("13512345678", "重庆"),
        ("01084000000", "北京"),
        ("02112345678", "上海"),
        ("075512345678", "广东 深圳"),
        ("057112345678", "浙江 杭州"),
        ("", ""),
        ("110", ""),
        ("sip-user", ""),
        ("00000000000", ""),
        ("19999999999999", ""),
    ],
)
def test_region_of_a_number(number: str, region: str) -> None:
    assert region_of(number) == region
