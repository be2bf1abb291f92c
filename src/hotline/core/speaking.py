"""Numbers, digits, dates, times and amounts as people say them in Mandarin, as a sequence of recorded words.

Every `Word` is the key of a recorded prompt, and carries the characters that the recording says; so one result
serves the telephone (play the keys one after another) and the screen (`text_of`). Knows no audio and no clock.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, time
    from decimal import Decimal

NUMBER_MAX = 10**12 - 1
"""Largest number that can be spoken: 九千九百九十九亿九千九百九十九万九千九百九十九."""

FRACTION_DIGITS_MAX = 6


class Word(StrEnum):
    """A word with a recording. The value is the key of the prompt; `text` is what it says."""

    ZERO = "say_0", "零"
    ONE = "say_1", "一"
    TWO = "say_2", "二"
    THREE = "say_3", "三"
    FOUR = "say_4", "四"
    FIVE = "say_5", "五"
    SIX = "say_6", "六"
    SEVEN = "say_7", "七"
    EIGHT = "say_8", "八"
    NINE = "say_9", "九"
    YAO = "say_yao", "幺"
    LIANG = "say_liang", "两"
    X = "say_x", "X"
    TEN = "say_ten", "十"
    HUNDRED = "say_hundred", "百"
    THOUSAND = "say_thousand", "千"
    WAN = "say_wan", "万"
    YI = "say_yi", "亿"
    POINT = "say_point", "点"
    MINUS = "say_minus", "负"
    YEAR = "say_year", "年"
    MONTH = "say_month", "月"
    DAY = "say_day", "日"
    HOUR = "say_hour", "点"
    MINUTE = "say_minute", "分"
    SMALL_HOURS = "say_small_hours", "凌晨"
    MORNING = "say_morning", "上午"
    NOON = "say_noon", "中午"
    AFTERNOON = "say_afternoon", "下午"
    EVENING = "say_evening", "晚上"
    YUAN = "say_yuan", "元"
    JIAO = "say_jiao", "角"
    FEN = "say_fen", "分"
    PEOPLE = "say_people", "位"
    ITEMS = "say_items", "件"
    HOURS = "say_hours", "小时"
    MINUTES = "say_minutes", "分钟"
    SECONDS = "say_seconds", "秒"
    PAUSE = "say_pause", ""
    """A short silence between the groups of a long number."""

    text: str

    def __new__(cls, key: str, text: str) -> Word:  # noqa: PYI034 - an enum's member is always a Word
        """Make the key the value, so that a word can be used wherever a prompt's key is wanted."""
        word = str.__new__(cls, key)
        word._value_ = key
        word.text = text
        return word


Saying = tuple[Word, ...]

_DIGITS = (
    Word.ZERO,
    Word.ONE,
    Word.TWO,
    Word.THREE,
    Word.FOUR,
    Word.FIVE,
    Word.SIX,
    Word.SEVEN,
    Word.EIGHT,
    Word.NINE,
)
_PLACES = ((1_000, Word.THOUSAND), (100, Word.HUNDRED), (10, Word.TEN))
_SECTIONS = ((10**8, Word.YI), (10**4, Word.WAN), (1, None))

_DAY_PARTS = (
    (6, Word.SMALL_HOURS),
    (12, Word.MORNING),
    (13, Word.NOON),
    (18, Word.AFTERNOON),
    (24, Word.EVENING),
)
_ID_NUMBER_GROUPS = (6, 4, 4, 4)
_ID_NUMBER_LENGTH = sum(_ID_NUMBER_GROUPS)
_MOBILE_GROUPS = (3, 4, 4)
_MOBILE_LENGTH = sum(_MOBILE_GROUPS)


def text_of(words: Iterable[Word]) -> str:
    """Return the characters that the recordings say, as a person would write them down from hearing."""
    return "".join(word.text for word in words)


def cardinal(number: int) -> Saying:
    """Say a whole number from -999,999,999,999 to 999,999,999,999: 10003 is 一万零三, 2200 is 两千两百.

    Raises ValueError beyond that.
    """
    if abs(number) > NUMBER_MAX:
        message = f"no words for a number of {len(str(abs(number)))} digits"
        raise ValueError(message)
    if number == 0:
        return (Word.ZERO,)
    sign = (Word.MINUS,) if number < 0 else ()
    return (*sign, *_positive(abs(number)))


def count(number: int, unit: Word) -> Saying:
    """Say how many of something, 0 or more: two people are 两位, twelve are 十二位."""
    assert number >= 0, "a count is never negative"
    words = (Word.LIANG,) if number == 2 else cardinal(number)
    return (*words, unit)


def decimal(number: Decimal) -> Saying:
    """Say a decimal number with at most six digits after the point, as it is written: 3.50 is 三点五零.

    Raises ValueError for more digits, and for what is no number.
    """
    if not number.is_finite():
        message = "not a finite number"
        raise ValueError(message)
    whole, _, fraction = f"{abs(number):f}".partition(".")
    if len(fraction) > FRACTION_DIGITS_MAX:
        message = f"no words for {len(fraction)} digits after the point"
        raise ValueError(message)
    sign = (Word.MINUS,) if number < 0 else ()
    point = (Word.POINT, *(_DIGITS[int(digit)] for digit in fraction)) if fraction else ()
    return (*sign, *cardinal(int(whole)), *point)


def digits(text: str) -> Saying:
    """Say a string of digits one by one, 1 as 幺, the way agent and telephone numbers are read out.

    `X` or `x` (the last place of an identity number) is allowed. Raises ValueError for anything else.
    """
    return tuple(_digit_word(character) for character in text)


def telephone_number(text: str) -> Saying:
    """Say a telephone number digit by digit; the eleven digits of a mobile number in groups of 3, 4 and 4."""
    if len(text) == _MOBILE_LENGTH and text.startswith("1"):
        return _grouped(text, _MOBILE_GROUPS)
    return digits(text)


def id_number(text: str) -> Saying:
    """Say the 18 places of a resident identity number in groups: area, year, month and day, sequence.

    Raises ValueError when it has not 18 places; its check digit is not examined here.
    """
    if len(text) != _ID_NUMBER_LENGTH:
        message = f"an identity number has 18 places, not {len(text)}"
        raise ValueError(message)
    return _grouped(text, _ID_NUMBER_GROUPS)


def calendar_date(day: date, *, with_year: bool = True) -> Saying:
    """Say a date: 二零二六年十一月二十二日. The year is read digit by digit."""
    year = (*(_DIGITS[int(digit)] for digit in str(day.year)), Word.YEAR) if with_year else ()
    return (*year, *cardinal(day.month), Word.MONTH, *cardinal(day.day), Word.DAY)


def clock_time(at: time) -> Saying:
    """Say a time of day on the twelve-hour clock with its part of the day: 14:05 is 下午两点零五分.

    Seconds are left out: nobody says them.
    """
    part = next(word for until, word in _DAY_PARTS if at.hour < until)
    hour = at.hour if at.hour <= 12 else at.hour - 12
    words = (part, *count(hour, Word.HOUR))
    if at.minute == 0:
        return words
    zero = (Word.ZERO,) if at.minute < 10 else ()
    return (*words, *zero, *cardinal(at.minute), Word.MINUTE)


def duration(seconds: int) -> Saying:
    """Say a length of time in whole seconds, 0 or more: 150 is 两分钟三十秒, 3600 is 一小时."""
    assert seconds >= 0, "a duration is never negative"
    parts = (
        (seconds // 3_600, Word.HOURS),
        (seconds // 60 % 60, Word.MINUTES),
        (seconds % 60, Word.SECONDS),
    )
    words = tuple(word for number, unit in parts if number for word in count(number, unit))
    return words or count(0, Word.SECONDS)


def amount(fen: int) -> Saying:
    """Say an amount of money given in fen: 12345 is 一百二十三元四角五分, 1005 is 十元零五分."""
    assert abs(fen) <= NUMBER_MAX, "an amount beyond what can be spoken"
    sign = (Word.MINUS,) if fen < 0 else ()
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    words: list[Word] = []
    if yuan or not rest:
        words += count(yuan, Word.YUAN)
    if jiao:
        words += count(jiao, Word.JIAO)
    if cents:
        # 十元五分 without 零 is heard as 十元五角 by half of the listeners.
        words += (Word.ZERO,) if yuan and not jiao else ()
        words += count(cents, Word.FEN)
    return (*sign, *words)


def _positive(number: int) -> Iterator[Word]:
    """Yield the words of a positive number, section by section (亿, 万, ones)."""
    spoken = False
    gap = False
    for size, name in _SECTIONS:
        section = number // size % 10_000
        if section == 0:
            # 一亿零三千: a whole section of zeros is heard as one 零 before what follows.
            gap = spoken
            continue
        if spoken and (gap or section < 1_000):
            yield Word.ZERO
        yield from _section(section, leading=not spoken, named=name is not None)
        if name is not None:
            yield name
        spoken, gap = True, False


def _section(section: int, *, leading: bool, named: bool) -> Iterator[Word]:
    """Yield the words of 1 to 9999. `leading`: nothing was said before it; `named`: 万 or 亿 follows."""
    if section == 2 and named:
        yield Word.LIANG
        return
    if leading and 10 <= section < 20:
        yield Word.TEN
        if section > 10:
            yield _DIGITS[section - 10]
        return
    spoken = False
    gap = False
    for size, place in _PLACES:
        digit = section // size % 10
        if digit == 0:
            gap = spoken
            continue
        if gap:
            yield Word.ZERO
        yield Word.LIANG if digit == 2 and place is not Word.TEN else _DIGITS[digit]
        yield place
        spoken, gap = True, False
    ones = section % 10
    if ones:
        if gap:
            yield Word.ZERO
        yield _DIGITS[ones]


def _digit_word(character: str) -> Word:
    """Return the word for one character of a number that is read place by place."""
    if character in {"X", "x"}:
        return Word.X
    if character == "1":
        return Word.YAO
    if character not in "0123456789" or len(character) != 1:
        message = "only digits and X are read place by place"
        raise ValueError(message)
    return _DIGITS[int(character)]


def _grouped(text: str, groups: tuple[int, ...]) -> Saying:
    """Read `text` place by place with a pause between groups of the given lengths."""
    words: list[Word] = []
    start = 0
    for length in groups:
        if start:
            words.append(Word.PAUSE)
        words += digits(text[start : start + length])
        start += length
    return tuple(words)
