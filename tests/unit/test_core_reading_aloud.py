"""Running text is read aloud as people say it; whatever numerals it holds, none is left for the synthesiser to guess."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.core.reading_aloud import in_words

pytestmark = pytest.mark.req("TEL-4")


@pytest.mark.parametrize(
    "written,said",
    [
        ("您的证件将于2026年11月28日到期", "您的证件将于二零二六年十一月二十八日到期"),
        ("2026-11-08起", "二零二六年十一月八日起"),
        ("2026/2/3", "二零二六年二月三日"),
        ("2026年11月30日14:05办结", "二零二六年十一月三十日下午两点零五分办结"),
        ("2027年春节", "二零二七年春节"),
        ("10月1日至7日", "十月一日至七日"),
        ("12月2号", "十二月二号"),
        ("14:05开门", "下午两点零五分开门"),
        ("工作日9:00-17:30", "工作日上午九点至下午五点三十分"),
        ("应缴123.45元", "应缴一百二十三元四角五分"),
        ("￥1,234.5", "一千两百三十四元五角"),
        ("共2元", "共两元"),
        ("3万元", "三万元"),
        ("1.5万元", "一点五万元"),
        ("满意率98.5%", "满意率百分之九十八点五"),
        ("前面还有2位，约3分钟", "前面还有两位，约三分钟"),
        ("2个工作日，2小时，第2位，2月", "两个工作日，两小时，第二位，二月"),
        ("22个", "二十二个"),
        ("请拨打12345", "请拨打幺二三四五"),
        ("110和119", "幺幺零和幺幺九"),
        ("010-84000000", "零幺零，八四零零，零零零零"),
        ("13800138000", "幺三八，零零幺三，八零零零"),
        ("身份证11010519491231002X", "身份证幺幺零幺零五，幺九四九，幺二三幺，零零二艾克斯"),
        ("请按1，结束按#键，留言按*", "请按一，结束按井号键，留言按星号键"),
        ("气温-5度", "气温负五度"),
        ("B座3层", "必座三层"),
        ("WPS文件", "WPS文件"),
        ("比分25:70", "比分二十五比七十"),
        ("2026-13-45", "二零二六幺三四五"),
        ("10,000人，共1,234.50元", "一万人，共一千两百三十四元五角"),
    ],
)
def test_what_is_written_is_said_like_this(written: str, said: str) -> None:
    assert in_words(written) == said


@given(
    st.text("0123456789.-/:年月日元%￥X,，个第按#* 至", max_size=30)
    | st.lists(st.integers(0, 10**13).map(str) | st.sampled_from([*"年月日元%:-.个"]), max_size=8).map(
        "".join
    )
)
def test_no_numeral_is_left_and_nothing_is_refused(written: str) -> None:
    assert not re.search(r"[0-9]", in_words(written))


@given(st.text("您好请按的是，。！", max_size=30))
def test_text_without_numerals_stays_as_it_is(written: str) -> None:
    assert in_words(written) == written.strip()
