"""Numbers, dates and amounts are said as people say them."""

from datetime import date, time
from decimal import Decimal

import pytest

from hotline.core import speaking
from hotline.core.speaking import Word, text_of

pytestmark = pytest.mark.req("IVR-6")


@pytest.mark.parametrize(
    "number, said",
    [
        (0, "零"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (22, "二十二"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (200, "两百"),
        (222, "两百二十二"),
        (1_000, "一千"),
        (1_010, "一千零一十"),
        (1_001, "一千零一"),
        (2_002, "两千零二"),
        (10_000, "一万"),
        (10_003, "一万零三"),
        (10_010, "一万零一十"),
        (20_000, "两万"),
        (22_222, "两万两千两百二十二"),
        (100_000, "十万"),
        (120_000, "十二万"),
        (203_000, "二十万三千"),
        (200_300, "二十万零三百"),
        (1_000_300, "一百万零三百"),
        (2_000_000, "两百万"),
        (100_000_003, "一亿零三"),
        (100_003_000, "一亿零三千"),
        (100_020_000, "一亿零两万"),
        (200_000_000, "两亿"),
        (1_012_000_000, "十亿一千两百万"),
        (speaking.NUMBER_MAX, "九千九百九十九亿九千九百九十九万九千九百九十九"),
        (-15, "负十五"),
    ],
)
def test_cardinal_numbers(number: int, said: str) -> None:
    assert text_of(speaking.cardinal(number)) == said


def test_number_beyond_all_words_is_refused() -> None:
    with pytest.raises(ValueError, match="13 digits"):
        speaking.cardinal(speaking.NUMBER_MAX + 1)


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "number, said", [(0, "零位"), (1, "一位"), (2, "两位"), (12, "十二位"), (20, "二十位")]
)
def test_people_ahead_in_the_queue(number: int, said: str) -> None:
    assert text_of(speaking.count(number, Word.PEOPLE)) == said


@pytest.mark.parametrize(
    "number, said",
    [
        ("3.50", "三点五零"),
        ("0.02", "零点零二"),
        ("12", "十二"),
        ("-2.5", "负二点五"),
        ("-0.5", "负零点五"),
        ("1E+3", "一千"),
    ],
)
def test_decimal_numbers(number: str, said: str) -> None:
    assert text_of(speaking.decimal(Decimal(number))) == said


@pytest.mark.parametrize("number", ["0.1234567", "NaN", "Infinity"])
def test_decimal_without_words_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match=r"digits|finite"):
        speaking.decimal(Decimal(number))


@pytest.mark.req("IVR-3")
def test_agent_number_is_read_digit_by_digit_with_yao() -> None:
    assert [str(word) for word in speaking.digits("1012")] == ["say_yao", "say_0", "say_yao", "say_2"]


def test_mobile_number_is_read_in_three_groups() -> None:
    words = speaking.telephone_number("13800138000")
    assert text_of(words) == "幺三八零零幺三八零零零"
    assert [at for at, word in enumerate(words) if word is Word.PAUSE] == [3, 8]


def test_landline_is_read_in_one_go() -> None:
    assert Word.PAUSE not in speaking.telephone_number("01084000000")


def test_id_number_is_read_in_groups_with_its_x() -> None:
    words = speaking.id_number("11010519491231002x")
    assert text_of(words) == "幺幺零幺零五幺九四九幺二三幺零零二X"
    assert [at for at, word in enumerate(words) if word is Word.PAUSE] == [6, 11, 16]


@pytest.mark.parametrize("text", ["12a", "１２", "1 2", "²", "-1"])
def test_only_digits_are_read_place_by_place(text: str) -> None:
    with pytest.raises(ValueError, match="only digits"):
        speaking.digits(text)


def test_short_id_number_is_refused() -> None:
    with pytest.raises(ValueError, match="18 places"):
        speaking.id_number("110105")


def test_date_has_its_year_in_digits() -> None:
    assert text_of(speaking.calendar_date(date(2026, 11, 22))) == "二零二六年十一月二十二日"
    assert text_of(speaking.calendar_date(date(2010, 2, 2), with_year=False)) == "二月二日"


@pytest.mark.parametrize(
    "at, said",
    [
        (time(0, 5), "凌晨零点零五分"),
        (time(2, 0), "凌晨两点"),
        (time(9, 30), "上午九点三十分"),
        (time(12, 0), "中午十二点"),
        (time(14, 5), "下午两点零五分"),
        (time(17, 30, 59), "下午五点三十分"),
        (time(22, 10), "晚上十点十分"),
    ],
)
def test_time_of_day(at: time, said: str) -> None:
    assert text_of(speaking.clock_time(at)) == said


@pytest.mark.req("ACD-2")
@pytest.mark.parametrize(
    "seconds, said",
    [
        (0, "零秒"),
        (2, "两秒"),
        (60, "一分钟"),
        (150, "两分钟三十秒"),
        (3_600, "一小时"),
        (7_325, "两小时两分钟五秒"),
    ],
)
def test_estimated_wait(seconds: int, said: str) -> None:
    assert text_of(speaking.duration(seconds)) == said


@pytest.mark.parametrize(
    "fen, said",
    [
        (0, "零元"),
        (2, "两分"),
        (50, "五角"),
        (200, "两元"),
        (1_005, "十元零五分"),
        (12_345, "一百二十三元四角五分"),
        (2_000_020, "两万元两角"),
        (-150, "负一元五角"),
    ],
)
def test_amount_of_money(fen: int, said: str) -> None:
    assert text_of(speaking.amount(fen)) == said
